import { t } from "@bros/ui";
import { createMemo } from "solid-js";
import { kept } from "./history.ts";

const width = 180;
const height = 36;

/** A figure of now, and how it went in the last minutes. */
export function Spark(props: { label: string; unit: string; values: number[] }) {
  const now = () => props.values.at(-1) ?? 0;
  const top = createMemo(() => Math.max(1, ...props.values));
  const points = createMemo(() =>
    props.values
      .map((value, i) => {
        const x = width - ((props.values.length - 1 - i) / (kept - 1)) * width;
        return `${x.toFixed(1)},${(height - 2 - (value / top()) * (height - 6)).toFixed(1)}`;
      })
      .join(" "),
  );
  const said = () => `${round(now())} ${props.unit}`.trim();
  return (
    <div class="spark">
      <span class="muted small">{props.label}</span>
      <b>{said()}</b>
      <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true">
        <polyline points={points()} />
      </svg>
      <span class="muted small">{t("monitor.top", { n: round(top()) })}</span>
    </div>
  );
}

function round(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: value < 10 ? 1 : 0 });
}
