import type { DeliveryFilter, DeliveryGroup, DeliverySort } from "@bros/sdk";

/** Columns of the list beside state and number, in the order in which they stand. */
export const columns = [
  "promise",
  "center",
  "shop",
  "door",
  "customer",
  "phone",
  "items",
  "memo",
  "rider",
  "pay",
  "stage",
  "ready",
  "created",
] as const;
export type Column = (typeof columns)[number];

/** How the list looks; kept in the browser. */
export interface Look {
  sort: DeliverySort;
  desc: boolean;
  group: DeliveryGroup;
  columns: Column[];
  /** Several centers: a list for each, side by side, instead of one for all. */
  sideBySide: boolean;
}

export const firstLook: Look = {
  sort: "promise",
  desc: false,
  group: "status",
  columns: ["promise", "shop", "door", "rider", "pay", "stage"],
  sideBySide: false,
};

/** What a column sorts by; those without don't sort. */
export const sortOf: Partial<Record<Column, DeliverySort>> = {
  promise: "promise",
  shop: "shop",
  door: "door",
  rider: "rider",
  pay: "amount",
  stage: "stage",
  created: "created",
};

export const sorts: readonly DeliverySort[] = [
  "promise",
  "stage",
  "created",
  "number",
  "shop",
  "door",
  "rider",
  "amount",
];
export const groups: readonly DeliveryGroup[] = ["status", "rider", "center", "none"];

/** Whether everything passes. */
export function isEmpty(filter: DeliveryFilter): boolean {
  return Object.values(filter).every((value) => value === undefined || value.length === 0);
}

/** The same value in a list once more takes it out. */
export function toggled<T>(list: readonly T[] | undefined, value: T): T[] | undefined {
  const next = list?.includes(value) ? list.filter((other) => other !== value) : [...(list ?? []), value];
  return next.length > 0 ? next : undefined;
}

const quarterMs = 15 * 60_000;

/** A quarter of an hour that deliveries are promised in. */
export interface Quarter {
  from: string;
  to: string;
}

/** The quarter that holds this time, or one so many later. */
export function quarter(ms: number, later = 0): Quarter {
  const from = (Math.floor(ms / quarterMs) + later) * quarterMs;
  return { from: new Date(from).toISOString(), to: new Date(from + quarterMs).toISOString() };
}

/** A filter under a name. Its quarter of an hour is kept as "so many after the one that is now". */
export interface SavedFilter {
  name: string;
  filter: DeliveryFilter;
  quarter?: number;
  look?: Pick<Look, "sort" | "desc" | "group">;
}

export function toSaved(
  name: string,
  filter: DeliveryFilter,
  now: number,
  look?: SavedFilter["look"],
): SavedFilter {
  const { promisedFrom, promisedTo, ...rest } = filter;
  if (!promisedFrom) return { name, filter: rest, look };
  const later = Math.round((Date.parse(promisedFrom) - Date.parse(quarter(now).from)) / quarterMs);
  return { name, filter: rest, quarter: later, look };
}

export function fromSaved(saved: SavedFilter, now: number): DeliveryFilter {
  if (saved.quarter === undefined) return saved.filter;
  const { from, to } = quarter(now, saved.quarter);
  return { ...saved.filter, promisedFrom: from, promisedTo: to };
}
