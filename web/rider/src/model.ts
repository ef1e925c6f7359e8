import type { Delivery, Location } from "@bros/sdk";
import type { Act, Refusal } from "./store.ts";

/** What the rider sees of its deliveries: with its own acts done, whether they were sent or not. */
export function withActs(deliveries: Delivery[], acts: readonly Act[]): Delivery[] {
  return deliveries.map((delivery) => {
    const act = acts.findLast((candidate) => candidate.deliveryId === delivery.id);
    if (act?.what === "pickup" && delivery.status === "assigned") {
      return { ...delivery, status: "pickup", pickedUpAt: act.at };
    }
    if (act?.what === "deliver" && (delivery.status === "assigned" || delivery.status === "pickup")) {
      return { ...delivery, status: "delivered", deliveredAt: act.at };
    }
    return delivery;
  });
}

/** The live view with what writes were answered laid over it, where that is newer. */
export function newest(live: Delivery[], answered: ReadonlyMap<string, Delivery>): Delivery[] {
  if (answered.size === 0) return live;
  const known = new Set(live.map((delivery) => delivery.id));
  const fresh = [...answered.values()].filter((delivery) => !known.has(delivery.id));
  return [
    ...live.map((delivery) => {
      const answer = answered.get(delivery.id);
      return answer && answer.version > delivery.version ? answer : delivery;
    }),
    ...fresh,
  ];
}

export function isOpen(delivery: Delivery): boolean {
  return delivery.status === "assigned" || delivery.status === "pickup";
}

/** The stops that are left: the one the rider has put in front, then as they were promised. */
export function stops(deliveries: Delivery[], front: string | undefined): Delivery[] {
  const due = (delivery: Delivery) => delivery.promisedAt ?? delivery.createdAt ?? "";
  return deliveries
    .filter(isOpen)
    .sort(
      (a, b) =>
        Number(b.id === front) - Number(a.id === front) ||
        due(a).localeCompare(due(b)) ||
        a.id.localeCompare(b.id),
    );
}

/** The day (YYYY-MM-DD) of a moment at the center. */
export function dayAt(at: string | number, timezone: string): string {
  return new Intl.DateTimeFormat("en-CA", { timeZone: timezone }).format(new Date(at));
}

/** What was delivered today, newest first. */
export function doneToday(deliveries: Delivery[], timezone: string, now: number): Delivery[] {
  const today = dayAt(now, timezone);
  const at = (delivery: Delivery) => delivery.deliveredDeviceAt ?? delivery.deliveredAt ?? "";
  return deliveries
    .filter(
      (delivery) =>
        delivery.status === "delivered" && at(delivery) && dayAt(at(delivery), timezone) === today,
    )
    .sort((a, b) => at(b).localeCompare(at(a)));
}

/** Cash that the rider has taken for these deliveries, in the currency's minor unit. */
export function cashOf(deliveries: Delivery[]): number {
  return deliveries
    .filter((delivery) => delivery.payment.method === "cash")
    .reduce((sum, delivery) => sum + delivery.payment.amount, 0);
}

/** Deliveries that were cancelled under the rider's hands and that it has not yet been shown. */
export function cancelledUnseen(deliveries: Delivery[], seen: ReadonlySet<string>, now: number): Delivery[] {
  const since = now - 3 * 3_600_000;
  return deliveries.filter(
    ({ id, status, cancelledAt }) =>
      status === "cancelled" && !seen.has(id) && Date.parse(cancelledAt ?? "") > since,
  );
}

/** Opens the phone's own navigation at a place, or at an address when there is no pin. */
export function geoLink(place: Location | undefined, address: string): string {
  const label = encodeURIComponent(address);
  return place ? `geo:${place.lat},${place.lng}?q=${place.lat},${place.lng}(${label})` : `geo:0,0?q=${label}`;
}

/** The same for phones that know no geo: links (Apple's), as their own maps take it. */
export function mapsLink(place: Location | undefined, address: string): string {
  const to = place ? `${place.lat},${place.lng}` : address;
  return `https://maps.apple.com/?daddr=${encodeURIComponent(to)}&q=${encodeURIComponent(address)}`;
}

/** The last refusal of each delivery: one that lost it at the pick-up lost the rest by that too. */
export function lastOfEach(refusals: readonly Refusal[]): Refusal[] {
  const last = new Map(refusals.map((refusal) => [refusal.deliveryId, refusal]));
  return [...last.values()];
}

/** Why an act was refused, as one of a few causes that can be said in plain words. */
export type Cause = "cancelled" | "given" | "taken" | "done" | "late" | "other";

export function causeOf(refusal: Refusal, riderId: string): Cause {
  const { code, current, what } = refusal;
  if (code === "not_found") return "taken";
  if (code !== "illegal_transition" && code !== "conflict") return "other";
  if (current?.riderId === riderId && current.status === "delivered") return "done";
  const lost = current?.riderId !== riderId;
  if (what === "deliver" && lost) return "late";
  if (current?.status === "cancelled") return "cancelled";
  if (lost) return current?.riderId ? "given" : "taken";
  return "other";
}
