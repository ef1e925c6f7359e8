import type { Order } from "../types.gen.ts";
import type { Query } from "./query.ts";
import type { ViewSpec } from "./spec.ts";
import { found, wanted, wordsOf } from "./text.ts";

function texts({ number, shop, customer }: Order): (string | undefined)[] {
  return [number, shop.name, customer.name, customer.phone, customer.address, customer.addressDetail];
}

/** Makes a view of orders askable. */
export function orderQuery(spec: ViewSpec<"order">): Query<Order> {
  const { filter, sort, group } = spec;
  const words = wordsOf(filter.text);
  const statuses = wanted(filter.statuses);
  const shops = wanted(filter.shopIds);
  return {
    timed: false,
    grouped: group !== "none",
    fits: (order) =>
      (!statuses || statuses.has(order.status)) &&
      (!shops || shops.has(order.shop.id)) &&
      found(order, () => texts(order), words),
    place: (order) => {
      const fresh = group === "queue" && order.status === "received";
      const newest = sort === "newest" && !fresh;
      return {
        rank: fresh || group === "none" ? 0 : 1,
        label: "",
        group: group === "none" ? "" : fresh ? "received" : "today",
        part: 0,
        key: order.createdAt ?? "",
        sign: newest !== (spec.desc ?? false) ? -1 : 1,
      };
    },
  };
}

/** Counts of everything, whatever the filter. */
export function orderCounts(records: Iterable<Order>): Record<string, number> {
  const counts = {
    received: 0,
    accepted: 0,
    completed: 0,
    rejected: 0,
    cancelled: 0,
    failed: 0,
  };
  let all = 0;
  for (const order of records) {
    all++;
    counts[order.status]++;
  }
  return { ...counts, all, open: counts.received + counts.accepted };
}
