export * from "./api.ts";
export * from "./batch.ts";
export { openLive } from "./browser.ts";
export type { FatalReason, LinkMode } from "./link.ts";
export * from "./live.ts";
export * from "./problem.ts";
export type { LiveRecord, RiderPlace, Volatile } from "./protocol.ts";
export * from "./rest.ts";
export * from "./types.gen.ts";
