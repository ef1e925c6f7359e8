import type { Delivery, User } from "@bros/sdk";
import { complain, now, t, tell } from "@bros/ui";
import { type Accessor, createEffect, createMemo, createSignal } from "solid-js";
import { ring } from "./device.ts";
import { decided, endedUnseen, isOpen } from "./model.ts";
import type { Store } from "./store.ts";
import type { useWork } from "./work.ts";

/**
 * Calls back when something stands in a list that did not before. What is no longer `there` at
 * all is new when it comes back.
 */
export function announceNew<T>(
  list: () => T[],
  id: (each: T) => string,
  say: () => void,
  there?: () => ReadonlySet<string> | undefined,
): void {
  const known = new Set<string>();
  createEffect(() => {
    const still = there?.();
    if (still) for (const each of known) if (!still.has(each)) known.delete(each);
    const fresh = list().filter((each) => !known.has(id(each)));
    for (const each of fresh) known.add(id(each));
    if (fresh.length > 0) say();
  });
}

interface Needs {
  user: User;
  store: Store;
  work: ReturnType<typeof useWork>;
  /** What the rider is claiming itself is no news to it. */
  own: Accessor<ReadonlySet<string>>;
}

/** News of one's own deliveries: something new, taken away or cancelled rings and is said. */
export function useNews({ user, store, work, own }: Needs) {
  let before: Map<string, Delivery> | undefined;
  createEffect(() => {
    const list = work.deliveries();
    if (!work.known()) return;
    const next = new Map(list.filter(isOpen).map((delivery) => [delivery.id, delivery]));
    if (before) {
      for (const [id, delivery] of next) {
        if (before.has(id) || own().has(id)) continue;
        ring("new");
        tell(t("rider.new", { number: delivery.number, shop: delivery.shop.name }));
      }
      const there = new Set(list.map((delivery) => delivery.id));
      for (const [id, delivery] of before) {
        if (there.has(id)) continue;
        ring("gone");
        complain(t("rider.takenBack", { number: delivery.number, shop: delivery.shop.name }));
      }
    }
    before = next;
  });
  // What the center has decided, by what the server says alone: a report that the rider takes back is none.
  let stood: Map<string, Delivery> | undefined;
  createEffect(() => {
    const list = work.base();
    if (!work.known()) return;
    for (const delivery of list) {
      const was = stood?.get(delivery.id);
      const decision = was && isOpen(was) && decided(was, delivery);
      if (!decision) continue;
      ring("new");
      tell(t(`rider.decided.${decision}`, { number: delivery.number, shop: delivery.shop.name }));
    }
    stood = new Map(list.map((delivery) => [delivery.id, delivery]));
  });
  const [seen, setSeen] = createSignal<ReadonlySet<string>>(new Set(), { equals: false });
  store.seen(user.id).then(
    (ids) => setSeen(new Set(ids)),
    () => {},
  );
  const ended = createMemo(() => endedUnseen(work.deliveries(), seen(), now()));
  announceNew(
    ended,
    (delivery) => delivery.id,
    () => ring("gone"),
  );
  const see = (delivery: Delivery) => {
    const ids = [...seen(), delivery.id].slice(-200);
    setSeen(new Set(ids));
    store.keepSeen(user.id, ids).catch(() => {});
  };
  return { ended, see };
}
