import { soonMs } from "@bros/sdk";
import { countdown } from "./format.ts";
import { now } from "./solid.ts";

/** Time left to a promise; amber when it gets tight, red beyond it. */
export function Countdown(props: { to?: string }) {
  const left = () => (props.to ? Date.parse(props.to) - now() : undefined);
  const near = () => {
    const ms = left();
    return ms === undefined || ms > soonMs ? "" : ms >= 0 ? "soon" : "late";
  };
  const text = () => {
    const ms = left();
    return ms === undefined ? "" : countdown(ms);
  };
  return (
    <span class="count" data-near={near()}>
      {text()}
    </span>
  );
}
