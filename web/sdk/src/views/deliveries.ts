import type { Delivery, DeliveryStatus } from "../types.gen.ts";
import type { Place, Query } from "./query.ts";
import type { OpenDelivery, ViewSpec } from "./spec.ts";
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

/** Less than this is left to the promise: it gets tight. */
export const soonMs = 10 * 60_000;

export function isOpen(delivery: Delivery): boolean {
  return openStatuses.has(delivery.status);
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
  const { lateness, promisedFrom, promisedTo } = filter;
  const sign = spec.desc ? -1 : 1;
  let soonAt = { now: "", at: "" };
  const limit = (now: string) => {
    if (lateness === "late") return now;
    if (soonAt.now !== now) soonAt = { now, at: new Date(Date.parse(now) + soonMs).toISOString() };
    return soonAt.at;
  };
  const named = (delivery: Delivery): Pick<Place, "rank" | "label" | "group"> => {
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
    if (group === "rider") return bagFirst[delivery.status];
    if (!isOpen(delivery)) return 2;
    return spec.waitingFirst !== false && delivery.status === "waiting" ? 0 : 1;
  };
  return {
    timed: lateness !== undefined,
    grouped: group !== "none",
    fits: (delivery, now) =>
      (!statuses || statuses.has(delivery.status)) &&
      (!centers || centers.has(delivery.centerId)) &&
      (!shops || shops.has(delivery.shop.id)) &&
      (!riders || riders.has(delivery.riderId ?? "")) &&
      (!lateness || isLate(delivery, limit(now))) &&
      (!promisedFrom || (delivery.promisedAt ?? "") >= promisedFrom) &&
      (!promisedTo || (delivery.promisedAt !== undefined && delivery.promisedAt < promisedTo)) &&
      found(delivery, () => texts(delivery), words),
    place: (delivery) => ({
      ...named(delivery),
      part: part(delivery),
      // What is over is looked for by when it ended, newest first.
      ...(isOpen(delivery)
        ? { key: keyOf(delivery, sort), sign }
        : { key: delivery.finishedAt ?? "", sign: -1 }),
    }),
  };
}

/** Counts of everything, whatever the filter. */
export function deliveryCounts(records: Iterable<Delivery>, now: string): Record<string, number> {
  const counts: Record<DeliveryStatus | "held", number> = {
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
    version: delivery.version,
    shop: delivery.shop.location,
    drop: delivery.customer.location,
  };
}
