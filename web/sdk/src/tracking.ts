// What the customer's page needs, without the realtime client.

export { Problem } from "./rest/problem.ts";
export { Rest } from "./rest/rest.ts";
export type { TrackingAnswer } from "./types.gen.ts";
