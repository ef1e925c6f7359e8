import type { OpenDelivery } from "@bros/sdk";
import type { OpenDeliveries } from "@bros/ui";
import { type Accessor, createEffect, createMemo, createSignal, onCleanup } from "solid-js";
import { sound } from "../intake/alerts.ts";

/** So often the board rings while a problem waits for somebody's decision. */
const ringEveryMs = 8_000;

/** Open deliveries with a problem, who waits longest first. */
export function followTroubles(open: OpenDeliveries): Accessor<readonly OpenDelivery[]> {
  const all = new Map<string, OpenDelivery>();
  const [list, setList] = createSignal<readonly OpenDelivery[]>([]);
  onCleanup(
    open.onChange((set, remove) => {
      let changed = false;
      for (const delivery of set) {
        if (delivery.trouble) all.set(delivery.id, delivery);
        else if (!all.delete(delivery.id)) continue;
        changed = true;
      }
      for (const id of remove) changed = all.delete(id) || changed;
      if (changed) setList([...all.values()].sort(byAge));
    }),
  );
  return list;
}

/** What must go now and is left so long rings softly, and again, where people assign. */
const leftMs = 15_000;

export function ringForDue(
  due: Accessor<readonly string[]>,
  open: OpenDeliveries,
  mode: (centerId: string) => string | undefined,
): void {
  createEffect(() => {
    const left = due().filter((id) => {
      const center = open.get(id)?.centerId;
      const by = center && mode(center);
      return by === "dispatch" || by === "claim";
    });
    if (left.length === 0) return;
    const timer = setInterval(() => sound("due"), leftMs);
    onCleanup(() => clearInterval(timer));
  });
}

function byAge(a: OpenDelivery, b: OpenDelivery): number {
  return (a.troubleAt ?? "") < (b.troubleAt ?? "") ? -1 : 1;
}

/** Rings at once for each new problem, and goes on until somebody has decided about all of them. */
export function ringForTroubles(troubles: Accessor<readonly OpenDelivery[]>): void {
  const known = createMemo<{ keys: ReadonlySet<string>; fresh: boolean }>(
    (before) => {
      const keys = new Set(troubles().map(({ id, troubleAt }) => `${id} ${troubleAt}`));
      return { keys, fresh: [...keys].some((key) => !before.keys.has(key)) };
    },
    { keys: new Set(), fresh: false },
  );
  const any = createMemo(() => troubles().length > 0);
  createEffect(() => {
    if (known().fresh) sound("problem");
  });
  createEffect(() => {
    if (!any()) return;
    const timer = setInterval(() => sound("problem"), ringEveryMs);
    onCleanup(() => clearInterval(timer));
  });
}
