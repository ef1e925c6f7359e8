import { dark, density } from "@bros/ui";
import { createEffect, on, onCleanup, onMount } from "solid-js";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";

export interface Series {
  label: string;
  values: number[];
  /** A token of tokens.css, as "--accent". */
  colour: string;
  /** Bars unless said otherwise. */
  kind?: "bars" | "line";
}

const height = 190;

/** Bars and lines over named places of one axis (hours, days). The table beside it says the same to who can't see it. */
export function Chart(props: {
  label: string;
  names: string[];
  series: Series[];
  /** Of how many places one may be named, when not all can be. */
  every?: number[];
}) {
  let place!: HTMLDivElement;
  let plot: uPlot | undefined;

  const draw = () => {
    plot?.destroy();
    const css = getComputedStyle(document.documentElement);
    const token = (name: string) => css.getPropertyValue(name).trim();
    const axis = {
      stroke: token("--muted"),
      grid: { stroke: token("--line"), width: 1 },
      ticks: { show: false },
      font: `11px ${token("--font")}`,
    };
    const bars = uPlot.paths.bars?.({ size: [0.7, 40], radius: 0.15 });
    plot = new uPlot(
      {
        width: Math.max(place.clientWidth, 200),
        height,
        legend: { live: false },
        cursor: { points: { size: 6 }, drag: { x: false, y: false } },
        scales: { x: { time: false, range: [-0.6, props.names.length - 0.4] }, y: { range: [0, top()] } },
        axes: [
          {
            ...axis,
            grid: { show: false },
            size: 28,
            values: (_, at) => at.map((i) => props.names[i] ?? ""),
            incrs: props.every ?? steps,
          },
          { ...axis, size: 44, incrs: steps },
        ],
        series: [
          { value: (_, i) => (i === null ? "" : (props.names[i] ?? "")), label: "" },
          ...props.series.map((one) => ({
            label: one.label,
            stroke: token(one.colour),
            fill: one.kind === "line" ? undefined : `${token(one.colour)}55`,
            width: one.kind === "line" ? 2 : 1,
            paths: one.kind === "line" ? undefined : bars,
            points: { show: false },
          })),
        ],
      },
      [props.names.map((_, i) => i), ...props.series.map((one) => one.values)],
      place,
    );
  };
  const top = () => Math.max(4, ...props.series.flatMap((one) => one.values)) * 1.08;

  onMount(() => {
    createEffect(on([() => props.names, () => props.series, dark, density], draw));
    const sized = new ResizeObserver(() =>
      plot?.setSize({ width: Math.max(place.clientWidth, 200), height }),
    );
    sized.observe(place);
    onCleanup(() => {
      sized.disconnect();
      plot?.destroy();
    });
  });
  return <div ref={place} class="chart" role="img" aria-label={props.label} />;
}

const steps = [1, 2, 3, 5, 7, 10, 14, 20, 30, 50, 60, 100, 200, 500, 1000, 2000, 5000, 10000];
