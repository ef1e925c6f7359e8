import type { Delivery, HistoryEntry, Item, Payment, User } from "@bros/sdk";
import { distance, metresBetween, money, phone, t, time } from "@bros/ui";
import { type Accessor, createEffect, createMemo, createSignal } from "solid-js";
import { ring } from "./device.ts";
import { isOpen } from "./model.ts";
import { announceNew } from "./news.ts";
import { api } from "./session.ts";
import type { Shown, Store } from "./store.ts";
import type { useWork } from "./work.ts";

export interface Change {
  field: string;
  /** Undefined: not known any more. */
  from: string | undefined;
  to: string | undefined;
}

/** A correction in hand that its rider has not seen. */
export function unseen(delivery: Delivery): boolean {
  return isOpen(delivery) && delivery.amendment !== undefined && !delivery.amendment.seenAt;
}

/** What of a delivery can be corrected, as it is. */
export function shownOf({ customer, payment, items, promisedAt, readyAt }: Delivery): Shown {
  return { customer, payment, items, promisedAt, readyAt };
}

/** What was last shown of each delivery in hand; of one whose correction is not seen, what was before it. */
export function keepShown(
  before: Record<string, Shown>,
  deliveries: readonly Delivery[],
): Record<string, Shown> {
  const next: Record<string, Shown> = {};
  for (const delivery of deliveries.filter(isOpen)) {
    const old = before[delivery.id];
    if (!unseen(delivery)) next[delivery.id] = shownOf(delivery);
    else if (old) next[delivery.id] = old;
  }
  return next;
}

/** What a delivery was before the corrections that its rider has not seen, by its history. */
export function shownBefore(delivery: Delivery, history: readonly HistoryEntry[]): Shown {
  const shown: Shown = shownOf(delivery);
  const customer: Record<string, unknown> = { ...delivery.customer };
  const fields = new Set(delivery.amendment?.fields);
  // From the newest back to the rider's last nod, which is a change that changes no field.
  for (const entry of [...history].reverse()) {
    const nod = entry.event === "delivery:changed" && entry.actor.role === "rider" && !entry.changes?.length;
    if (nod || entry.event === "delivery:assigned") break;
    for (const { field, from } of entry.changes ?? []) {
      if (!fields.has(field)) continue;
      const part = field.replace("customer.", "");
      if (part !== field) customer[part] = part === "location" ? parsed(from) : from;
      else if (field === "items") shown.items = (parsed(from) as Item[] | undefined) ?? [];
      else if (field === "payment") shown.payment = (parsed(from) as Payment | undefined) ?? shown.payment;
      else if (field === "promisedAt") shown.promisedAt = from;
      else if (field === "prepMinutes") shown.readyAt = undefined;
    }
  }
  return { ...shown, customer: customer as Shown["customer"] };
}

function parsed(text: string | undefined): unknown {
  try {
    return text ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
}

/** The corrected fields of a delivery, old and new, in words; what was corrected to and fro is none. */
export function changesOf(delivery: Delivery, old: Shown | undefined, currency: string): Change[] {
  return (delivery.amendment?.fields ?? [])
    .map((field) => ({
      field: field.replace("customer.", ""),
      from: old && said(old, field, currency),
      to: field === "customer.location" ? moved(delivery, old) : said(delivery, field, currency),
    }))
    .filter(({ from, to }) => from !== to);
}

/** A place says nothing to the eye: how far it has moved does. */
function moved({ customer }: Delivery, old: Shown | undefined): string {
  const was = old?.customer.location;
  if (!customer.location) return t("rider.changedNone");
  return was ? t("rider.moved", { distance: distance(metresBetween(was, customer.location)) }) : "●";
}

function said(
  { customer, payment, items, ...of }: Shown,
  field: string,
  currency: string,
): string | undefined {
  switch (field) {
    case "customer.phone":
      return customer.phone ? phone(customer.phone) : t("rider.changedNone");
    case "customer.location":
      return undefined;
    case "items":
      return items.map(({ quantity, name }) => `${quantity}× ${name}`).join(", ");
    case "payment":
      return `${t(`pay.${payment.method}`)} ${money(payment.amount, currency)}`;
    case "prepMinutes":
      return of.readyAt ? time(of.readyAt) : t("rider.changedNone");
    case "promisedAt":
      return of.promisedAt ? time(of.promisedAt) : t("rider.changedNone");
    default: {
      const part = field.replace("customer.", "") as "name" | "address" | "addressDetail" | "memo";
      return customer[part] || t("rider.changedNone");
    }
  }
}

interface Needs {
  user: User;
  store: Store;
  work: ReturnType<typeof useWork>;
  online: Accessor<boolean>;
}

/** The corrections that the rider has to see: they ring, and stand in the way until the nod. */
export function useAmendments({ user, store, work, online }: Needs) {
  const [shown, setShown] = createSignal<Record<string, Shown>>();
  store.shown(user.id).then(setShown, () => setShown({}));
  createEffect(() => {
    const before = shown();
    if (!before || !work.known()) return;
    const next = keepShown(before, work.deliveries());
    if (JSON.stringify(next) === JSON.stringify(before)) return;
    setShown(next);
    store.keepShown(user.id, next).catch(() => {});
  });
  const waiting = createMemo(() => (shown() && work.known() ? work.deliveries().filter(unseen) : []));
  const name = (delivery: Delivery) => `${delivery.id} ${delivery.amendment?.version}`;
  announceNew(waiting, name, () => ring("new"));
  // Corrected before this phone had ever shown it: the history knows what was.
  const asked = new Set<string>();
  createEffect(() => {
    if (!online()) return;
    for (const delivery of waiting()) {
      if (shown()?.[delivery.id] || asked.has(name(delivery))) continue;
      asked.add(name(delivery));
      api.history(delivery.id).then(
        ({ items }) => setShown({ ...shown(), [delivery.id]: shownBefore(delivery, items) }),
        () => {},
      );
    }
  });
  const see = (delivery: Delivery) =>
    work.outbox.add({ what: "seen", delivery, version: delivery.amendment?.version });
  return { waiting, before: (id: string) => shown()?.[id], see };
}
