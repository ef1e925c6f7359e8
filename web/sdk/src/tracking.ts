// What the customer's page needs, without the realtime client.
export type { Tracking } from "./api.ts";
export { Problem } from "./problem.ts";
export { Rest } from "./rest.ts";
