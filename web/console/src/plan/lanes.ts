import type { Plan } from "@bros/sdk";

/** What is planned of the hour to come, in parts of it. */
export const spanMs = 60 * 60_000;

/** One stop as a bar: from the stop before (or now) to its own time. */
export interface Bar {
  deliveryId: string;
  kind: string;
  level: string;
  eta: string;
  /** Parts of the hour. */
  from: number;
  to: number;
  late: boolean;
}

export interface Lane {
  riderId: string;
  bars: Bar[];
  /** Stops beyond the hour. */
  beyond: number;
}

/** A rider's next hour. A stop that should have been made already stands at the beginning. */
export function lanesOf(plan: Plan, now: number, promiseOf: (id: string) => string | undefined): Lane[] {
  return plan.riders.map(({ riderId, stops }) => {
    const bars: Bar[] = [];
    let from = 0;
    let beyond = 0;
    for (const { deliveryId, kind, level, eta } of stops) {
      if (from >= 1) {
        beyond++;
        continue;
      }
      const to = Math.min(1, Math.max(from, (Date.parse(eta) - now) / spanMs));
      const promised = promiseOf(deliveryId);
      const late = kind === "dropoff" && promised !== undefined && eta > promised;
      bars.push({ deliveryId, kind, level, eta, from, to, late });
      from = to;
    }
    return { riderId, bars, beyond };
  });
}
