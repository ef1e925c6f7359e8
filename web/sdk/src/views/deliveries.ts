import type { Delivery, DeliveryStatus } from "../types.gen.ts";
import type { Place, Query } from "./query.ts";
import type { Apart, OpenDelivery, ViewSpec } from "./spec.ts";
import { found, wanted, wordsOf } from "./text.ts";

/** What needs a person comes first. */
export const deliveryOrder: readonly DeliveryStatus[] = [
  "waiting",
  "assigned",
  "pickup",
  "returning",
  "delivered",
  "returned",
  "failed",
  "cancelled",
];
/** Trouble stands above all, what is held below whatever is under way. */
const apartRank: Record<Apart, number> = { problem: -1, held: 3.5 };
/** The same where groups or parts are no statuses. */
const apartPart: Record<Apart, number> = { problem: -1, held: 1.5 };
const rankOf = new Map(deliveryOrder.map((status, rank) => [status, rank]));
/** With a rider: what is in the bag comes before what is still to be fetched. */
const bagFirst: Record<DeliveryStatus, number> = {
  waiting: 0,
  pickup: 1,
  returning: 2,
  assigned: 3,
  delivered: 4,
  returned: 5,
  failed: 6,
  cancelled: 7,
};

/** A delivery in one of these is still to be done. */
const openStatuses: ReadonlySet<DeliveryStatus> = new Set(["waiting", "assigned", "pickup", "returning"]);

const reopenable: ReadonlySet<DeliveryStatus> = new Set(["delivered", "returned", "failed"]);
const reopenMs = 15 * 60_000;

/** Less than this is left to the promise: it gets tight. */
export const soonMs = 10 * 60_000;

export function isOpen(delivery: Delivery): boolean {
  return openStatuses.has(delivery.status);
}

/** Whether it stands apart: somebody must decide about it, or it is kept for later. */
export function apartOf(delivery: Delivery): Apart | undefined {
  if (!isOpen(delivery)) return undefined;
  if (delivery.problem) return "problem";
  return delivery.heldUntil === undefined ? undefined : "held";
}

/** Until when an end that was said wrongly can be taken back; undefined: it can't. */
export function reopensUntil(delivery: Delivery): number | undefined {
  if (!reopenable.has(delivery.status) || delivery.finishedAt === undefined) return undefined;
  return Date.parse(delivery.finishedAt) + reopenMs;
}

/** Open and past its promise. Times of the wire have one form, so text compares as time. */
export function isLate(delivery: Delivery, now: string): boolean {
  return delivery.promisedAt !== undefined && delivery.promisedAt < now && isOpen(delivery);
}

/** When the delivery came into the stage it is in. */
export function stageSince(delivery: Delivery): string | undefined {
  switch (delivery.status) {
    case "waiting":
      return delivery.createdAt;
    case "assigned":
      return delivery.assignedAt;
    case "pickup":
      return delivery.pickedUpAt;
    case "returning":
      return delivery.returningAt;
    default:
      return delivery.finishedAt;
  }
}

function texts(delivery: Delivery): (string | undefined)[] {
  const { customer, shop } = delivery;
  return [
    delivery.number,
    shop.name,
    customer.name,
    customer.phone,
    customer.address,
    customer.addressDetail,
    delivery.riderName,
  ];
}

function keyOf(delivery: Delivery, sort: ViewSpec<"delivery">["sort"]): string | number {
  switch (sort) {
    case "number":
      return delivery.number;
    case "created":
      return delivery.createdAt ?? "";
    case "stage":
      return stageSince(delivery) ?? "";
    case "shop":
      return delivery.shop.name;
    case "door":
      return delivery.customer.address ?? "";
    case "rider":
      return delivery.riderName ?? "";
    case "amount":
      return delivery.payment.amount;
    case "status":
      return rankOf.get(delivery.status) ?? 0;
    case "promise":
      return delivery.promisedAt ?? delivery.createdAt ?? "";
  }
}

/** Makes a view of deliveries askable. */
export function deliveryQuery(spec: ViewSpec<"delivery">): Query<Delivery> {
  const { filter, sort, group } = spec;
  const words = wordsOf(filter.text);
  const statuses = wanted(filter.statuses);
  const centers = wanted(filter.centerIds);
  const shops = wanted(filter.shopIds);
  const riders = wanted(filter.riderIds);
  const { lateness, apart, promisedFrom, promisedTo } = filter;
  const sign = spec.desc ? -1 : 1;
  const first = new Set(spec.first);
  let soonAt = { now: "", at: "" };
  const limit = (now: string) => {
    if (lateness === "late") return now;
    if (soonAt.now !== now) soonAt = { now, at: new Date(Date.parse(now) + soonMs).toISOString() };
    return soonAt.at;
  };
  const named = (delivery: Delivery): Pick<Place, "rank" | "label" | "group"> => {
    const kind = apartOf(delivery);
    if (kind && group !== "none") {
      return { rank: (group === "status" ? apartRank : apartPart)[kind], label: "", group: kind };
    }
    switch (group) {
      case "status":
        return { rank: rankOf.get(delivery.status) ?? 9, label: "", group: delivery.status };
      case "rider":
        return {
          rank: delivery.status === "cancelled" && !delivery.riderId ? 2 : delivery.riderId ? 1 : 0,
          label: delivery.riderName ?? "",
          group: delivery.riderId ?? (delivery.status === "cancelled" ? "cancelled" : ""),
        };
      case "center":
        return { rank: 0, label: "", group: delivery.centerId };
      case "none":
        return { rank: 0, label: "", group: "" };
    }
  };
  const part = (delivery: Delivery): number => {
    const kind = apartOf(delivery);
    if (kind) return group === "none" ? apartPart[kind] : 0;
    if (delivery.status === "waiting" && first.has(delivery.id)) return -0.5;
    if (group === "rider") return bagFirst[delivery.status];
    if (!isOpen(delivery)) return 2;
    return spec.waitingFirst !== false && delivery.status === "waiting" ? 0 : 1;
  };
  const placed = (delivery: Delivery): Pick<Place, "key" | "sign"> => {
    // What is over is looked for by when it ended, newest first; what is held by when it comes; and
    // who waits longest for a decision gets it first.
    if (!isOpen(delivery)) return { key: delivery.finishedAt ?? "", sign: -1 };
    if (delivery.problem) return { key: delivery.problem.at, sign: 1 };
    if (delivery.heldUntil !== undefined) return { key: delivery.heldUntil, sign: 1 };
    return { key: keyOf(delivery, sort), sign };
  };
  return {
    timed: lateness !== undefined,
    grouped: group !== "none",
    fits: (delivery, now) =>
      (!statuses || statuses.has(delivery.status)) &&
      (!centers || centers.has(delivery.centerId)) &&
      (!shops || shops.has(delivery.shop.id)) &&
      (!riders || riders.has(delivery.riderId ?? "")) &&
      (!apart || apartOf(delivery) === apart) &&
      (!lateness || isLate(delivery, limit(now))) &&
      (!promisedFrom || (delivery.promisedAt ?? "") >= promisedFrom) &&
      (!promisedTo || (delivery.promisedAt !== undefined && delivery.promisedAt < promisedTo)) &&
      found(delivery, () => texts(delivery), words),
    place: (delivery) => ({
      ...named(delivery),
      part: part(delivery),
      ...placed(delivery),
    }),
  };
}

/** Counts of everything, whatever the filter. */
export function deliveryCounts(records: Iterable<Delivery>, now: string): Record<string, number> {
  const counts: Record<DeliveryStatus | Apart, number> = {
    problem: 0,
    waiting: 0,
    held: 0,
    assigned: 0,
    pickup: 0,
    returning: 0,
    delivered: 0,
    returned: 0,
    failed: 0,
    cancelled: 0,
  };
  let all = 0;
  let late = 0;
  let soon = 0;
  const soonAt = new Date(Date.parse(now) + soonMs).toISOString();
  for (const delivery of records) {
    all++;
    counts[delivery.heldUntil === undefined ? delivery.status : "held"]++;
    if (delivery.problem && isOpen(delivery)) counts.problem++;
    if (isLate(delivery, now)) late++;
    else if (isLate(delivery, soonAt)) soon++;
  }
  return {
    ...counts,
    all,
    open: counts.waiting + counts.held + counts.assigned + counts.pickup + counts.returning,
    late,
    soon,
  };
}

/** What the map and the riders' list need of an open delivery. */
export function slim(delivery: Delivery): OpenDelivery {
  return {
    id: delivery.id,
    number: delivery.number,
    centerId: delivery.centerId,
    status: delivery.status,
    riderId: delivery.riderId,
    shopId: delivery.shop.id,
    shopName: delivery.shop.name,
    promisedAt: delivery.promisedAt,
    trouble: delivery.problem?.kind,
    troubleAt: delivery.problem?.at,
    heldUntil: delivery.heldUntil,
    pin: delivery.pin,
    version: delivery.version,
    shop: delivery.shop.location,
    drop: delivery.customer.location,
  };
}
