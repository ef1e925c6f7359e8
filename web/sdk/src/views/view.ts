import type { LiveRecord } from "../line/protocol.ts";
import { deliveryCounts, deliveryQuery } from "./deliveries.ts";
import { HeldOrder } from "./held.ts";
import { type Layout, layOut, lineOfRow, rowOfLine, SortedList } from "./list.ts";
import { orderCounts, orderQuery } from "./orders.ts";
import type { Query } from "./query.ts";
import type { Source } from "./source.ts";
import type { Head, Range, ViewAnswer, ViewDelta, ViewQuestion, ViewSpec } from "./spec.ts";

/** Lines beyond which nobody paints: a page that asks for more gets these. */
const widestWindow = 600;

interface ShopOwner extends LiveRecord {
  shop: { id: string; name: string };
}

/**
 * A list that a page looks at: filtered, sorted, grouped and counted here, while the page gets
 * the lines of its window and, of those, only what is new to it.
 */
export class View {
  readonly id: number;
  spec: ViewSpec;
  rev: number;
  readonly #source: Source;
  readonly #all = new Map<string, LiveRecord>();
  readonly #shopUse = new Map<string, { name: string; count: number }>();
  #query: Query<LiveRecord>;
  #list: SortedList<LiveRecord>;
  #held: HeldOrder<LiveRecord> | undefined;
  #layout: Layout = { heads: [], lines: 0 };
  #counts: Record<string, number> = {};
  #range: Range;
  /** What the page has of the window. */
  #sent = new Map<string, LiveRecord>();
  #sentHeads: Head[] | undefined;
  #sentKey = "";
  #stale = { layout: true, counts: true, shops: true, all: true };
  #entered: LiveRecord[] = [];

  constructor(id: number, spec: ViewSpec, rev: number, range: Range, source: Source) {
    this.id = id;
    this.spec = spec;
    this.rev = rev;
    this.#range = range;
    this.#source = source;
    this.#query = queryOf(spec);
    this.#list = new SortedList(this.#query);
    this.#load();
  }

  /** Another filter, sort or set of addresses. */
  respec(spec: ViewSpec, rev: number): void {
    const same = spec.addresses.join() === this.spec.addresses.join();
    const before = this.spec;
    this.spec = spec;
    this.rev = rev;
    this.#query = queryOf(spec);
    if (sameButFirst(before, spec)) {
      this.#place(before.first, spec.first);
      return;
    }
    if (same) this.#list.rebuild(this.#query, this.#all.values(), this.#source.now());
    else this.#load();
    if (this.#held) this.hold(true);
    this.#stale.layout = true;
    this.#stale.all = true;
  }

  /** Others stand first from now on: these few go to their places, unless a hand holds the list. */
  #place(before: readonly string[] = [], after: readonly string[] = []): void {
    this.#list.ask(this.#query);
    const now = this.#source.now();
    for (const id of new Set([...before, ...after])) {
      const record = this.#all.get(id);
      if (!record || before.includes(id) === after.includes(id)) continue;
      const moved = this.#list.put(record, now);
      if (moved) this.#stale.layout = true;
      this.#toHeld(id, record, moved);
    }
  }

  look(range: Range): void {
    const from = Math.max(0, range.from);
    this.#range = { from, to: Math.min(range.to, from + widestWindow) };
  }

  /** Keeps the order as it is now, or lets everything go to its place. */
  hold(hold: boolean): void {
    this.#held = hold ? new HeldOrder(this.#list.rows, this.#query.grouped) : undefined;
    this.#stale.layout = true;
  }

  /** Records of one of the addresses have changed. `fresh`: it is not the room's first sight. */
  apply(set: readonly LiveRecord[], remove: readonly string[], fresh: boolean): void {
    const now = this.#source.now();
    for (const record of set) {
      const before = this.#all.get(record.id);
      if (!before && fresh && this.spec.arrivals) this.#entered.push(record);
      this.#all.set(record.id, record);
      this.#shop(before, -1);
      this.#shop(record, 1);
      const moved = this.#list.put(record, now);
      if (moved) this.#stale.layout = true;
      this.#toHeld(record.id, record, moved);
    }
    for (const id of remove) {
      const before = this.#all.get(id);
      if (!before) continue;
      this.#all.delete(id);
      this.#shop(before, -1);
      const moved = this.#list.remove(id);
      if (moved) this.#stale.layout = true;
      this.#toHeld(id, undefined, moved);
    }
    this.#stale.counts = true;
  }

  /** Time has passed. */
  tick(): void {
    this.#stale.counts = true;
    if (!this.#query.timed) return;
    for (const id of this.#list.refit(this.#all.values(), this.#source.now())) {
      this.#stale.layout = true;
      this.#toHeld(id, this.#all.get(id), true);
    }
  }

  answer(question: ViewQuestion): ViewAnswer {
    const rows = this.#rows();
    const { heads } = this.#laidOut();
    const at = (row: number): ViewAnswer => {
      const entry = rows[row];
      return entry ? [{ id: entry.id, line: lineOfRow(heads, row) }] : [];
    };
    if (question.what === "find") {
      return question.ids.flatMap((id) => {
        const row = this.#indexOf(id);
        return row < 0 ? [] : at(row);
      });
    }
    if (question.what === "records") {
      return question.ids.flatMap((id) => {
        const record = this.#all.get(id);
        return record ? [{ id, line: this.#lineOf(id), record }] : [];
      });
    }
    if (question.what === "ids") {
      const answer: ViewAnswer = [];
      for (let line = Math.max(0, question.range.from); line < question.range.to; line++) {
        const row = rowOfLine(heads, line);
        if (row >= rows.length) break;
        if (row >= 0) answer.push(...at(row));
      }
      return answer;
    }
    const from = question.id === undefined ? -1 : this.#indexOf(question.id);
    // With no row to begin at, a step comes in from the end that it leads away from.
    const begin = from >= 0 ? from : question.by > 0 ? -1 : rows.length;
    return at(Math.min(Math.max(begin + question.by, 0), rows.length - 1));
  }

  /** What the page doesn't have yet; undefined when it has everything. */
  take(): ViewDelta | undefined {
    const { heads, lines } = this.#laidOut();
    const rows = this.#rows();
    const ids: string[] = [];
    const gone: string[] = [];
    const set: LiveRecord[] = [];
    const sent = new Map<string, LiveRecord>();
    const to = Math.min(this.#range.to, lines);
    const from = Math.min(this.#range.from, to);
    for (let line = from; line < to; line++) {
      const row = rowOfLine(heads, line);
      const entry = row < 0 ? undefined : rows[row];
      ids.push(entry?.id ?? "");
      if (!entry) continue;
      if (this.#held && !this.#list.get(entry.id)) gone.push(entry.id);
      sent.set(entry.id, entry.record);
      if (this.#stale.all || this.#sent.get(entry.id) !== entry.record) set.push(entry.record);
    }
    this.#sent = sent;
    if (this.#stale.counts) this.#counts = countsOf(this.spec, this.#all.values(), this.#source.now());
    const newHeads = this.#stale.all || !sameHeads(heads, this.#sentHeads) ? heads : undefined;
    const { ready, closed } = this.#source.state(this.spec.addresses);
    const delta: ViewDelta = {
      view: this.id,
      rev: this.rev,
      ready,
      closed,
      count: this.#list.rows.length,
      lines,
      counts: this.#counts,
      heads: newHeads,
      from,
      ids,
      set,
      gone,
      stirred: this.#held?.stirred ?? 0,
      shops: this.#stale.shops ? this.#shops() : undefined,
      entered: this.#entered.length > 0 ? this.#entered : undefined,
    };
    const key = JSON.stringify([this.rev, ready, closed, delta.count, lines, this.#counts, from, ids, gone]);
    const nothing = key === this.#sentKey && set.length === 0 && !newHeads && !delta.shops && !delta.entered;
    this.#sentKey = key;
    this.#sentHeads = heads;
    this.#stale = { layout: false, counts: false, shops: false, all: false };
    this.#entered = [];
    return nothing ? undefined : delta;
  }

  #load(): void {
    this.#all.clear();
    this.#shopUse.clear();
    for (const record of this.#source.records(this.spec.addresses)) {
      this.#all.set(record.id, record);
      this.#shop(record, 1);
    }
    this.#list.rebuild(this.#query, this.#all.values(), this.#source.now());
    this.#stale = { layout: true, counts: true, shops: true, all: true };
  }

  #rows() {
    return this.#held?.rows ?? this.#list.rows;
  }

  #laidOut(): Layout {
    if (this.#stale.layout) {
      this.#layout = this.#held?.layout() ?? layOut(this.#list.rows, this.#query.grouped);
      this.#stale.layout = false;
    }
    return this.#layout;
  }

  #indexOf(id: string): number {
    return this.#held ? this.#held.indexOf(id) : this.#list.indexOf(id);
  }

  #lineOf(id: string): number {
    const row = this.#indexOf(id);
    return row < 0 ? -1 : lineOfRow(this.#laidOut().heads, row);
  }

  #toHeld(id: string, record: LiveRecord | undefined, moved: boolean): void {
    if (!this.#held) return;
    this.#held.put(this.#list.get(id), id, record, moved);
    this.#stale.layout = true;
  }

  #shop(record: LiveRecord | undefined, by: 1 | -1): void {
    const shop = (record as ShopOwner | undefined)?.shop;
    if (!shop) return;
    const use = this.#shopUse.get(shop.id);
    if (!use || (by > 0 && use.name !== shop.name)) this.#stale.shops = true;
    const count = (use?.count ?? 0) + by;
    if (count > 0) this.#shopUse.set(shop.id, { name: by > 0 ? shop.name : (use?.name ?? ""), count });
    else if (this.#shopUse.delete(shop.id)) this.#stale.shops = true;
  }

  #shops(): [string, string][] {
    return [...this.#shopUse].map(([id, { name }]) => [id, name]);
  }
}

/** Whether nothing but what stands first is another. */
function sameButFirst(a: ViewSpec, b: ViewSpec): boolean {
  return JSON.stringify({ ...a, first: undefined }) === JSON.stringify({ ...b, first: undefined });
}

function queryOf(spec: ViewSpec): Query<LiveRecord> {
  // Each kind's query takes the records of its own rooms, which are the only ones it is given.
  return (spec.kind === "delivery"
    ? deliveryQuery(spec as ViewSpec<"delivery">)
    : orderQuery(spec as ViewSpec<"order">)) as unknown as Query<LiveRecord>;
}

function countsOf(spec: ViewSpec, records: Iterable<LiveRecord>, now: string): Record<string, number> {
  return spec.kind === "delivery"
    ? deliveryCounts(records as Iterable<never>, now)
    : orderCounts(records as Iterable<never>);
}

function sameHeads(a: readonly Head[], b: readonly Head[] | undefined): boolean {
  return (
    a.length === b?.length &&
    a.every((head, i) => {
      const other = b[i] as Head;
      return (
        head.key === other.key &&
        head.line === other.line &&
        head.count === other.count &&
        head.label === other.label
      );
    })
  );
}
