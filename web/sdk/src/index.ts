export * from "./line/batch.ts";
export type { FatalReason, LinkMode } from "./line/link.ts";
export type { LiveRecord, RiderPlace, Volatile } from "./line/protocol.ts";
export { type OpenOptions, openLive } from "./page/browser.ts";
export * from "./page/live.ts";
export { LiveView, type ViewLine } from "./page/liveview.ts";
export * from "./phone.ts";
export * from "./rest/api.ts";
export * from "./rest/problem.ts";
export * from "./rest/rest.ts";
export * from "./types.gen.ts";
export {
  apartOf,
  deliveryOrder,
  isLate,
  isOpen,
  reopensUntil,
  soonMs,
  stageSince,
} from "./views/deliveries.ts";
export { finder, searchable } from "./views/hangul.ts";
export { newGroup } from "./views/held.ts";
export type * from "./views/spec.ts";
