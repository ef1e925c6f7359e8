import type { LiveRecord } from "../line/protocol.ts";

/** Where a record stands in a list: compared from the first field to the last, then by id. */
export interface Place {
  /** Order of the groups, and their label among equals. */
  rank: number;
  label: string;
  group: string;
  /** Order of the parts within a group. */
  part: number;
  key: string | number;
  /** -1: the key counts from the end. */
  sign: 1 | -1;
}

/** A view's spec, ready to be asked. `now` is a time of the wire. */
export interface Query<R extends LiveRecord> {
  /** The passing of time alone changes what fits. */
  timed: boolean;
  /** Groups have heads. */
  grouped: boolean;
  fits(record: R, now: string): boolean;
  place(record: R): Place;
}

/** One record in a list. */
export interface Entry<R extends LiveRecord> extends Place {
  id: string;
  record: R;
}

/** Total order of a list. */
export function compare<R extends LiveRecord>(a: Entry<R>, b: Entry<R>): number {
  return (
    a.rank - b.rank ||
    order(a.label, b.label) ||
    order(a.group, b.group) ||
    a.part - b.part ||
    a.sign * order(a.key, b.key) ||
    order(a.id, b.id)
  );
}

/** Whether two entries of one record stand at the same place. */
export function samePlace(a: Place, b: Place): boolean {
  return (
    a.key === b.key &&
    a.group === b.group &&
    a.part === b.part &&
    a.rank === b.rank &&
    a.label === b.label &&
    a.sign === b.sign
  );
}

function order(a: string | number, b: string | number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Index of the first entry that is not before this one. */
export function lowerBound<R extends LiveRecord>(rows: readonly Entry<R>[], entry: Entry<R>): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const mid = (low + high) >>> 1;
    if (compare(rows[mid] as Entry<R>, entry) < 0) low = mid + 1;
    else high = mid;
  }
  return low;
}
