import type { LiveRecord } from "../line/protocol.ts";
import { type Layout, layOut } from "./list.ts";
import type { Entry } from "./query.ts";

/** The group of records that came while the order was held. */
export const newGroup = "new";

/**
 * A list's order as it was when a hand came near. Rows keep their places while their contents
 * go on; what comes meanwhile stands at the end.
 */
export class HeldOrder<R extends LiveRecord> {
  readonly rows: Entry<R>[];
  readonly #at = new Map<string, number>();
  readonly #stirred = new Set<string>();
  readonly #grouped: boolean;
  readonly #kept: number;

  constructor(rows: readonly Entry<R>[], grouped: boolean) {
    this.rows = [...rows];
    this.#kept = rows.length;
    this.#grouped = grouped;
    for (let i = 0; i < rows.length; i++) this.#at.set((rows[i] as Entry<R>).id, i);
  }

  /** How many records no longer stand where the order would have them. */
  get stirred(): number {
    return this.#stirred.size;
  }

  indexOf(id: string): number {
    return this.#at.get(id) ?? -1;
  }

  /** Notes where a record stands now; undefined: it no longer fits, but stays as `record`. */
  put(entry: Entry<R> | undefined, id: string, record: R | undefined, moved: boolean): void {
    const at = this.#at.get(id);
    if (at === undefined) {
      if (!entry) return;
      this.#at.set(id, this.rows.length);
      this.rows.push(entry);
      this.#stirred.add(id);
      return;
    }
    const old = this.rows[at] as Entry<R>;
    if (record) this.rows[at] = { ...old, record };
    if (moved) this.#stirred.add(id);
  }

  layout(): Layout {
    const { heads, lines } = layOut(this.rows.slice(0, this.#kept), this.#grouped);
    const count = this.rows.length - this.#kept;
    if (count === 0) return { heads, lines };
    heads.push({ key: newGroup, label: "", count, line: lines });
    return { heads, lines: lines + 1 + count };
  }
}
