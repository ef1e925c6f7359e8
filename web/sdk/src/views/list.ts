import type { LiveRecord } from "../line/protocol.ts";
import { compare, type Entry, lowerBound, type Query, samePlace } from "./query.ts";
import type { Head } from "./spec.ts";

/** Rows in lines: where the heads are, and how many lines that makes. */
export interface Layout {
  heads: Head[];
  lines: number;
}

/** Heads of rows that are sorted by group. */
export function layOut(rows: readonly { group: string; label: string }[], grouped: boolean): Layout {
  const heads: Head[] = [];
  if (!grouped) return { heads, lines: rows.length };
  let head: Head | undefined;
  for (let i = 0; i < rows.length; i++) {
    const { group, label } = rows[i] as { group: string; label: string };
    if (head?.key !== group || head.label !== label) {
      head = { key: group, label, count: 0, line: i + heads.length };
      heads.push(head);
    }
    head.count++;
  }
  return { heads, lines: rows.length + heads.length };
}

/** How many heads stand before this line, or on it. */
function headsUpTo(heads: readonly Head[], line: number): number {
  let low = 0;
  let high = heads.length;
  while (low < high) {
    const mid = (low + high) >>> 1;
    if ((heads[mid] as Head).line <= line) low = mid + 1;
    else high = mid;
  }
  return low;
}

/** Index of the row in a line; -1 when the line is a head. */
export function rowOfLine(heads: readonly Head[], line: number): number {
  const before = headsUpTo(heads, line);
  return before > 0 && heads[before - 1]?.line === line ? -1 : line - before;
}

/** Line of a row. */
export function lineOfRow(heads: readonly Head[], row: number): number {
  let low = 0;
  let high = heads.length;
  while (low < high) {
    const mid = (low + high) >>> 1;
    // The row that follows a head has the index of its line less the heads before it.
    if ((heads[mid] as Head).line - mid <= row) low = mid + 1;
    else high = mid;
  }
  return row + low;
}

/** The records that fit a query, always sorted: a change moves one entry, not the whole list. */
export class SortedList<R extends LiveRecord> {
  rows: Entry<R>[] = [];
  readonly #entries = new Map<string, Entry<R>>();
  #query: Query<R>;

  constructor(query: Query<R>) {
    this.#query = query;
  }

  get(id: string): Entry<R> | undefined {
    return this.#entries.get(id);
  }

  /** Sorts everything anew. */
  rebuild(query: Query<R>, records: Iterable<R>, now: string): void {
    this.#query = query;
    this.#entries.clear();
    this.rows = [];
    for (const record of records) {
      if (!query.fits(record, now)) continue;
      const entry = this.#entry(record);
      this.#entries.set(entry.id, entry);
      this.rows.push(entry);
    }
    this.rows.sort(compare);
  }

  /** Whatever is put from now on is placed by this query; the others stand by it already. */
  ask(query: Query<R>): void {
    this.#query = query;
  }

  /** Takes a record as it is now; whether the list's order or length changed. */
  put(record: R, now: string): boolean {
    const old = this.#entries.get(record.id);
    if (!this.#query.fits(record, now)) return this.remove(record.id);
    const entry = this.#entry(record);
    this.#entries.set(entry.id, entry);
    if (old && samePlace(old, entry)) {
      this.rows[lowerBound(this.rows, old)] = entry;
      return false;
    }
    if (old) this.rows.splice(lowerBound(this.rows, old), 1);
    this.rows.splice(lowerBound(this.rows, entry), 0, entry);
    return true;
  }

  remove(id: string): boolean {
    const old = this.#entries.get(id);
    if (!old) return false;
    this.#entries.delete(id);
    this.rows.splice(lowerBound(this.rows, old), 1);
    return true;
  }

  /** Looks at everything again because time has passed; ids that came or went. */
  refit(records: Iterable<R>, now: string): string[] {
    const changed: string[] = [];
    for (const record of records) {
      const was = this.#entries.has(record.id);
      if (was === this.#query.fits(record, now)) continue;
      this.put(record, now);
      changed.push(record.id);
    }
    return changed;
  }

  /** Index of a row; -1 when it isn't there. */
  indexOf(id: string): number {
    const entry = this.#entries.get(id);
    return entry ? lowerBound(this.rows, entry) : -1;
  }

  #entry(record: R): Entry<R> {
    return { id: record.id, record, ...this.#query.place(record) };
  }
}
