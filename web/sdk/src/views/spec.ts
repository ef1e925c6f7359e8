import type { LiveRecord } from "../line/protocol.ts";
import type { Delivery, DeliveryStatus, Order, OrderStatus, ProblemKind } from "../types.gen.ts";

/** Which deliveries a view shows; what is absent or empty lets everything pass. */
export interface DeliveryFilter {
  /** Every word must be found in number, names, phone, address or rider; hyphens don't matter. */
  text?: string;
  statuses?: DeliveryStatus[];
  centerIds?: string[];
  shopIds?: string[];
  /** Ids of riders; the empty string stands for "nobody yet". */
  riderIds?: string[];
  /** `late`: past its promise; `soon`: less than 10 minutes left, or late. Open ones only. */
  lateness?: "late" | "soon";
  /** What somebody must decide about, or what is kept for later. */
  apart?: Apart;
  /** Promised at or after this time of the wire … */
  promisedFrom?: string;
  /** … and before this one. */
  promisedTo?: string;
}

/** Open deliveries that stand apart from their status: in trouble, or a pre-order kept until its time. */
export type Apart = "problem" | "held";

export type DeliverySort =
  | "promise"
  | "number"
  | "created"
  | "stage"
  | "shop"
  | "door"
  | "rider"
  | "amount"
  | "status";
export type DeliveryGroup = "status" | "rider" | "center" | "none";

/** Which orders a view shows. */
export interface OrderFilter {
  text?: string;
  statuses?: OrderStatus[];
  shopIds?: string[];
}

/** `age`: oldest first; `newest`: newest first. New orders are always sorted by age. */
export type OrderSort = "newest" | "age";
/** `queue`: what waits for a person (`received`), then the rest of the day (`today`). */
export type OrderGroup = "queue" | "none";

interface Kinds {
  delivery: { record: Delivery; filter: DeliveryFilter; sort: DeliverySort; group: DeliveryGroup };
  order: { record: Order; filter: OrderFilter; sort: OrderSort; group: OrderGroup };
}

export type ViewKind = keyof Kinds;
export type RecordOf<K extends ViewKind> = Kinds[K]["record"];

/** A list as a page wants it; the worker keeps it. */
export interface ViewSpec<K extends ViewKind = ViewKind> {
  kind: K;
  /** Rooms whose records it is made of. */
  addresses: string[];
  filter: Kinds[K]["filter"];
  sort: Kinds[K]["sort"];
  desc?: boolean;
  group: Kinds[K]["group"];
  /** Deliveries without groups: those that wait come first all the same. */
  waitingFirst?: boolean;
  /** Waiting deliveries that stand before the others of their group: they must go now. */
  first?: readonly string[];
  /** Tell of records that are new in a room that was there already (`entered`). */
  arrivals?: boolean;
}

/** The head of a group. */
export interface Head {
  /** Status, `problem`, `held`, rider or center id; `new`: came while the order was held. */
  key: string;
  /** Name of a rider; else the key. */
  label: string;
  count: number;
  /** Number of the head's own line. */
  line: number;
}

/** Lines that the page wants to paint: `from` inclusive, `to` exclusive. */
export interface Range {
  from: number;
  to: number;
}

/** What changed of a view since its last delta. The window's ids are whole, its records are not. */
export interface ViewDelta {
  view: number;
  /** The spec that this answers. */
  rev: number;
  /** Every address has had its first snapshot or is closed. */
  ready: boolean;
  /** Why an address is refused or was taken away, by address. */
  closed: Record<string, string>;
  /** Records that fit the filter. */
  count: number;
  /** Lines, heads included. */
  lines: number;
  /** Of all records of the addresses, whatever the filter: by status, `all`, `open`, `late`, `soon`, `held`, `problem`. */
  counts: Record<string, number>;
  /** Absent: as before. */
  heads?: Head[];
  /** First line of the window. */
  from: number;
  /** Ids of the window's lines; the empty string is a head. */
  ids: string[];
  /** Those of the window whose record is new to the page. */
  set: LiveRecord[];
  /** While the order is held: records that no longer fit where they stand. */
  gone: string[];
  /** While the order is held: how many records have come, moved or gone. */
  stirred: number;
  /** Shops of all records, by id; absent: as before. */
  shops?: [string, string][];
  /** Records that have come into the rooms (with `arrivals`). */
  entered?: LiveRecord[];
}

/** A delivery that isn't over, as the map and the riders' list need it. */
export interface OpenDelivery {
  id: string;
  number: string;
  centerId: string;
  status: DeliveryStatus;
  riderId?: string;
  shopId: string;
  shopName: string;
  promisedAt?: string;
  /** The kind of its problem, and when that was told: another time is another problem. */
  trouble?: ProblemKind;
  troubleAt?: string;
  heldUntil?: string;
  /** Whom the engine is to give it to. */
  pin?: string;
  version: number;
  /** Where it is fetched and where it goes; absent when nobody knows. */
  shop?: { lat: number; lng: number };
  drop?: { lat: number; lng: number };
}

/** What changed of the open deliveries. */
export interface OpenDelta {
  open: number;
  ready: boolean;
  /** Everything from before is void. */
  reset: boolean;
  set: OpenDelivery[];
  remove: string[];
}

/** Questions about a view, answered once. */
export type ViewQuestion =
  /** Ids of the rows in these lines. */
  | { what: "ids"; range: Range }
  /** The lines of these rows; those that aren't there are left out. */
  | { what: "find"; ids: string[] }
  /** These records, whether they fit the filter or not; those that aren't there are left out. */
  | { what: "records"; ids: string[] }
  /** The row so many rows further than this one; when it isn't there, from the top or, upwards, the end. */
  | { what: "step"; id?: string; by: number };

/** `line` is -1 for a record that doesn't fit; `record` only where records were asked for. */
export type ViewAnswer = { id: string; line: number; record?: LiveRecord }[];
