import type { Plan } from "@bros/sdk";
import { type Accessor, batch, createEffect, createSignal, on, onCleanup } from "solid-js";
import { type App, api } from "../app.ts";
import { graceMs } from "./sight.ts";

/** What the plan means with a waiting delivery. */
export interface Meant {
  /** Whom; absent: nobody yet. */
  riderId?: string;
  /** `go`: it must be acted on now. */
  level: "go" | "tentative" | "none";
  /** Why it waits. */
  why?: string;
  /** When it must go, or when it is looked at again. */
  until?: string;
  /** When the rider would be at the shop. */
  shopAt?: string;
}

/** What a plan means with each delivery that nobody has in hand. */
export function meantBy(plan: Plan): Map<string, Meant> {
  const all = new Map<string, Meant>();
  for (const { riderId, stops } of plan.riders) {
    for (const { deliveryId, kind, eta, level } of stops) {
      if (kind !== "pickup" || level === "locked") continue;
      all.set(deliveryId, { riderId, level: level === "go" ? "go" : "tentative", shopAt: eta });
    }
  }
  for (const { deliveryId, why, until, riderId } of plan.waiting) {
    const known = all.get(deliveryId);
    all.set(deliveryId, {
      level: riderId ? "tentative" : "none",
      ...known,
      riderId: known?.riderId ?? riderId,
      why,
      until,
    });
  }
  return all;
}

/** The plans of the chosen centers, as they come. */
export interface Plans {
  all: Accessor<ReadonlyMap<string, Plan>>;
  of(deliveryId: string): Meant | undefined;
  /** The same as it has been on the screen long enough to be read. */
  seen(deliveryId: string): Meant | undefined;
  /** What must go now. */
  due: Accessor<readonly string[]>;
}

/** A plan is asked for this often where it is not told: over a poll, or after a lost message. */
const askMs = 5_000;

export function followPlans(app: App): Plans {
  const [all, setAll] = createSignal<ReadonlyMap<string, Plan>>(new Map());
  const [meant, setMeant] = createSignal<ReadonlyMap<string, Meant>>(new Map());
  const [due, setDue] = createSignal<readonly string[]>([], { equals: (a, b) => a.join() === b.join() });
  const shown = new Map<string, { is: Meant | undefined; at: number; before: Meant | undefined }>();
  const heard = new Map<string, number>();

  const take = (plan: Plan) => {
    if (!app.chosen().includes(plan.centerId)) return;
    heard.set(plan.centerId, performance.now());
    const known = all().get(plan.centerId);
    if (known && known.at > plan.at) return;
    make(new Map(all()).set(plan.centerId, plan));
  };
  const make = (plans: ReadonlyMap<string, Plan>) => {
    const before = meant();
    const next = new Map<string, Meant>();
    for (const plan of plans.values()) {
      for (const [id, one] of meantBy(plan)) {
        const old = before.get(id);
        // The same object for the same meaning: what did not change is not painted again.
        next.set(id, old && JSON.stringify(old) === JSON.stringify(one) ? old : one);
      }
    }
    note(before, next);
    batch(() => {
      setAll(plans);
      setMeant(next);
      setDue([...next].flatMap(([id, { level, riderId }]) => (level === "go" && riderId ? [id] : [])).sort());
    });
  };
  const note = (before: ReadonlyMap<string, Meant>, next: ReadonlyMap<string, Meant>) => {
    const at = performance.now();
    for (const id of new Set([...before.keys(), ...next.keys()])) {
      const is = next.get(id);
      const known = shown.get(id);
      // Another minute of the same rider is the same to whoever presses a key.
      if (known && known.is?.riderId === is?.riderId) known.is = is;
      else shown.set(id, { is, at, before: known && read(known) });
      if (!is && at - (known?.at ?? at) > graceMs) shown.delete(id);
    }
  };
  const read = (one: { is: Meant | undefined; at: number; before: Meant | undefined }) =>
    performance.now() - one.at < graceMs ? one.before : one.is;
  const ask = async (id: string) => {
    try {
      take(await api.plan(id));
    } catch {
      // The badge tells that the server is away; what was known stays.
    }
  };

  createEffect(
    on(
      () => app.chosen().join(),
      () => {
        const chosen = app.chosen();
        make(new Map([...all()].filter(([id]) => chosen.includes(id))));
        const stops = chosen.map((id) => app.live.follow(`plan/${id}`, { changed: () => {} }));
        for (const id of chosen) void ask(id);
        const timer = setInterval(() => {
          for (const id of chosen) {
            if (performance.now() - (heard.get(id) ?? 0) > askMs && !document.hidden) void ask(id);
          }
        }, askMs);
        onCleanup(() => {
          clearInterval(timer);
          for (const stop of stops) stop();
        });
      },
    ),
  );
  onCleanup(
    app.live.onEvent((event) => {
      const plan = event.data as Plan;
      if (event.event === "plan:changed" && event.address === `plan/${plan.centerId}`) take(plan);
    }),
  );
  return {
    all,
    of: (id) => meant().get(id),
    seen(id) {
      const one = shown.get(id);
      return one && read(one);
    },
    due,
  };
}
