import type { Delivery, DeliveryStatus, Location, ProblemKind } from "@bros/sdk";
import type { Act, Refusal } from "./store.ts";

/** What the rider sees of its deliveries: with its own acts done, whether they were sent or not. */
export function withActs(deliveries: Delivery[], acts: readonly Act[]): Delivery[] {
  if (acts.length === 0) return deliveries;
  return deliveries.map((delivery) =>
    acts.reduce((so, act) => (act.deliveryId === delivery.id ? withAct(so, act) : so), delivery),
  );
}

function withAct(delivery: Delivery, act: Act): Delivery {
  const { status, amendment } = delivery;
  const { at } = act;
  switch (act.what) {
    case "pickup":
      if (status !== "assigned") return delivery;
      return { ...delivery, status: "pickup", pickedUpAt: at, problem: undefined };
    case "deliver":
      if (status !== "assigned" && status !== "pickup") return delivery;
      return { ...delivery, status: "delivered", deliveredAt: at, problem: undefined };
    case "returned":
      if (status !== "returning") return delivery;
      return { ...delivery, status: "returned", returnedAt: at, problem: undefined };
    case "giveback":
      return status === "assigned" ? { ...delivery, status: "waiting", problem: undefined } : delivery;
    case "problem": {
      if (!act.kind || !problemsOf(status).includes(act.kind)) return delivery;
      const by = { id: act.userId, name: "", role: "rider" as const };
      return { ...delivery, problem: { kind: act.kind, note: act.note, at: at ?? "", by } };
    }
    case "arrive":
      if (act.place === "shop" && status === "assigned") return { ...delivery, arrivedShopAt: at };
      return act.place === "door" && status === "pickup" ? { ...delivery, arrivedDoorAt: at } : delivery;
    case "seen":
      if (!amendment || amendment.version > (act.version ?? 0)) return delivery;
      return { ...delivery, amendment: { ...amendment, seenAt: at ?? amendment.at } };
    default:
      return delivery;
  }
}

const shopProblems: readonly ProblemKind[] = ["shop_closed", "shop_late", "item_missing"];
const doorProblems: readonly ProblemKind[] = [
  "nobody_home",
  "unreachable",
  "wrong_address",
  "refused",
  "damaged",
  "unsafe",
];
const anyProblems: readonly ProblemKind[] = ["vehicle", "accident", "other"];

/** The problems that a delivery in this status can have. */
export function problemsOf(status: DeliveryStatus): ProblemKind[] {
  if (status === "assigned") return [...shopProblems, ...anyProblems];
  if (status === "pickup" || status === "returning") return [...doorProblems, ...anyProblems];
  return [];
}

/** Whether the next stop is the shop: to fetch the food, or to bring it back. */
export function toShop(delivery: Delivery): boolean {
  return delivery.status !== "pickup";
}

/** What a dispatcher has decided between two looks at a delivery in hand. */
export type Decision = "continue" | "retry" | "return";

export function decided(was: Delivery, is: Delivery): Decision | undefined {
  if (is.status === "returning" && was.status !== "returning") return "return";
  if ((is.attempt ?? 1) > (was.attempt ?? 1)) return "retry";
  return was.problem && !is.problem && is.status === was.status ? "continue" : undefined;
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
  const { status } = delivery;
  return status === "assigned" || status === "pickup" || status === "returning";
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

/** Deliveries that were ended under the rider's hands (cancelled, written off) and that it has not yet been shown. */
export function endedUnseen(deliveries: Delivery[], seen: ReadonlySet<string>, now: number): Delivery[] {
  const since = now - 3 * 3_600_000;
  return deliveries.filter(({ id, status, cancelledAt, failedAt }) => {
    const at = status === "cancelled" ? cancelledAt : status === "failed" ? failedAt : undefined;
    return at !== undefined && !seen.has(id) && Date.parse(at) > since;
  });
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
export type Cause =
  | "cancelled"
  | "given"
  | "taken"
  | "done"
  | "late"
  | "lapsed"
  | "withdrawn"
  | "kept"
  | "closed"
  | "turned"
  | "other";

export function causeOf(refusal: Refusal, riderId: string): Cause {
  const { code, current, what } = refusal;
  if (what === "accept" || what === "decline") return offerCause(refusal);
  if (code === "not_found") return "taken";
  if (code !== "illegal_transition" && code !== "conflict") return "other";
  const mine = current?.riderId === riderId;
  if (mine && current.status === "delivered") return "done";
  if (what === "deliver" && !mine) return "late";
  if (current?.status === "cancelled") return "cancelled";
  if (!mine) return current?.riderId ? "given" : "taken";
  if (current.status === "returned") return what === "returned" ? "done" : "closed";
  if (current.status === "failed") return "closed";
  if (what === "giveback") return current.status === "assigned" ? "kept" : "turned";
  // In hand, but not where the rider thought: the center had decided otherwise before it was sent.
  return what === "pickup" ? "other" : "turned";
}

function offerCause({ code, current }: Refusal): Cause {
  if (code !== "illegal_transition") return code === "not_found" ? "withdrawn" : "other";
  if (current?.status === "withdrawn") return "withdrawn";
  return current?.status === "lapsed" || current?.status === "open" ? "lapsed" : "other";
}
