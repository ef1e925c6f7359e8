import type { Delivery, DeliveryStatus } from "@bros/sdk";

export type SortBy = "promise" | "number" | "created" | "shop" | "rider";

export interface Filter {
  text: string;
  /** One status, `open` (not finished), `late`, or empty for all. */
  show: DeliveryStatus | "open" | "late" | "";
  shopId: string;
  riderId: string;
  sort: SortBy;
}

export const noFilter: Filter = { text: "", show: "", shopId: "", riderId: "", sort: "promise" };

/** A line of the list: the head of a group, or a delivery. */
export type Line =
  | { kind: "group"; status: DeliveryStatus; count: number }
  | { kind: "row"; delivery: Delivery };

export interface View {
  lines: Line[];
  /** Deliveries in the order of the list. */
  rows: Delivery[];
  /** Of all, whatever the filter. */
  counts: Record<DeliveryStatus, number>;
  late: number;
}

/** What needs a person comes first. */
const order: DeliveryStatus[] = ["waiting", "assigned", "pickup", "delivered", "cancelled"];
const finished: ReadonlySet<DeliveryStatus> = new Set(["delivered", "cancelled"]);

export function isOpen(delivery: Delivery): boolean {
  return !finished.has(delivery.status);
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
    default:
      return delivery.finishedAt;
  }
}

// A record never changes (a new version is a new object), so its text is made once.
const haystacks = new WeakMap<Delivery, string>();

function haystack(delivery: Delivery): string {
  let text = haystacks.get(delivery);
  if (text === undefined) {
    const { customer, shop } = delivery;
    text = [
      delivery.number,
      shop.name,
      customer.name,
      customer.phone,
      customer.address,
      customer.addressDetail,
      delivery.riderName,
    ]
      .join("\n")
      .toLowerCase();
    haystacks.set(delivery, text);
  }
  return text;
}

/** Whether every word of the search is somewhere in the delivery; hyphens of numbers don't matter. */
export function matches(delivery: Delivery, search: string): boolean {
  const text = haystack(delivery);
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(/^[\d-]+$/.test(word) ? word.replaceAll("-", "") : word));
}

function shown(delivery: Delivery, filter: Filter, now: string): boolean {
  if (filter.show === "open" && !isOpen(delivery)) return false;
  if (filter.show === "late" && !isLate(delivery, now)) return false;
  if (
    filter.show !== "" &&
    filter.show !== "open" &&
    filter.show !== "late" &&
    delivery.status !== filter.show
  ) {
    return false;
  }
  if (filter.shopId && delivery.shop.id !== filter.shopId) return false;
  if (filter.riderId && delivery.riderId !== filter.riderId) return false;
  return !filter.text || matches(delivery, filter.text);
}

function sortKey(delivery: Delivery, sort: SortBy): string {
  switch (sort) {
    case "number":
      return delivery.number;
    case "created":
      return delivery.createdAt ?? "";
    case "shop":
      return delivery.shop.name;
    case "rider":
      return delivery.riderName ?? "";
    case "promise":
      return delivery.promisedAt ?? delivery.createdAt ?? "";
  }
}

// The same line for the same record: rows that did not change are not painted again.
const rowLines = new WeakMap<Delivery, Line>();

function rowLine(delivery: Delivery): Line {
  let line = rowLines.get(delivery);
  if (!line) {
    line = { kind: "row", delivery };
    rowLines.set(delivery, line);
  }
  return line;
}

/**
 * The list as it is painted: grouped by status, filtered, sorted, with the counts of everything.
 * `now` is a time as the wire has it.
 */
export function arrange(deliveries: Delivery[], filter: Filter, now: string): View {
  const counts = { waiting: 0, assigned: 0, pickup: 0, delivered: 0, cancelled: 0 };
  const groups = new Map<DeliveryStatus, { key: string; delivery: Delivery }[]>();
  let late = 0;
  for (const delivery of deliveries) {
    counts[delivery.status]++;
    if (isLate(delivery, now)) late++;
    if (!shown(delivery, filter, now)) continue;
    // What is over is looked for by when it ended, newest first.
    const key = isOpen(delivery) ? sortKey(delivery, filter.sort) : (delivery.finishedAt ?? "");
    const group = groups.get(delivery.status);
    if (group) group.push({ key, delivery });
    else groups.set(delivery.status, [{ key, delivery }]);
  }
  const lines: Line[] = [];
  const rows: Delivery[] = [];
  for (const status of order) {
    const group = groups.get(status);
    if (!group) continue;
    const sign = finished.has(status) ? -1 : 1;
    group.sort((a, b) => sign * compare(a.key, b.key) || compare(a.delivery.id, b.delivery.id));
    lines.push({ kind: "group", status, count: group.length });
    for (const { delivery } of group) {
      lines.push(rowLine(delivery));
      rows.push(delivery);
    }
  }
  return { lines, rows, counts, late };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Open deliveries by rider, the ones in the bag first. */
export function loads(deliveries: Delivery[]): Map<string, Delivery[]> {
  const byRider = new Map<string, Delivery[]>();
  for (const delivery of deliveries) {
    if (!delivery.riderId || !isOpen(delivery)) continue;
    const list = byRider.get(delivery.riderId);
    if (list) list.push(delivery);
    else byRider.set(delivery.riderId, [delivery]);
  }
  for (const list of byRider.values()) {
    list.sort((a, b) => compare(b.status, a.status) || compare(a.promisedAt ?? "", b.promisedAt ?? ""));
  }
  return byRider;
}
