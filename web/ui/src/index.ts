export { Countdown } from "./Countdown.tsx";
export * from "./format.ts";
export * from "./i18n.ts";
export { LinkBadge } from "./LinkBadge.tsx";
export { ReasonButton } from "./ReasonButton.tsx";
export { State, stateSign } from "./State.tsx";
export * from "./solid.ts";
export { complain, explain, Toasts, tell } from "./toasts.tsx";
export { VirtualList } from "./VirtualList.tsx";
