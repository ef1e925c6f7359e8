// What the customer's page needs, without the realtime client.

export { Problem } from "./problem.ts";
export { Rest } from "./rest.ts";
export type { TrackingAnswer } from "./types.gen.ts";
