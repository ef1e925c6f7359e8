import { countdown } from "./format.ts";
import { now } from "./solid.ts";

const soonMs = 5 * 60_000;

/** Time left to a promise; amber in the last five minutes, red beyond it. */
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
