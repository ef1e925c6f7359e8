import type {
  Head,
  Range,
  RecordOf,
  ViewAnswer,
  ViewDelta,
  ViewKind,
  ViewQuestion,
  ViewSpec,
} from "../views/spec.ts";
import type { ToWorker } from "../worker/messages.ts";

/** A line of a view as a page paints it. */
export type ViewLine<R> =
  | { kind: "head"; head: Head }
  /** `gone`: the order is held, and the record no longer fits where it stands. */
  | { kind: "row"; id: string; record: R; gone: boolean };

interface ViewHost {
  say(message: ToWorker): void;
  ask(question: ViewQuestion): Promise<ViewAnswer>;
  changed(): void;
  closed(): void;
}

/**
 * A list that the worker keeps and a page paints. Say which lines are looked at (`look`); their
 * records follow within a frame or two, and `changed` is called whenever anything here is new.
 */
export class LiveView<K extends ViewKind = ViewKind> {
  /** Records that fit the filter. */
  count = 0;
  /** Lines, heads included. */
  lines = 0;
  /** Of all records, whatever the filter: by status, `all`, `open`, `late`, `soon`. */
  counts: Record<string, number> = {};
  heads: Head[] = [];
  ready = false;
  /** Why an address is refused or was taken away, by address. */
  closed: Record<string, string> = {};
  /** While the order is held: how many records have come, moved or gone. */
  stirred = 0;
  /** Shops of all records, by id. */
  shops: [string, string][] = [];
  /** Records that came with the last change (with `arrivals` in the spec). */
  entered: RecordOf<K>[] = [];
  #spec: ViewSpec<K>;
  #rev = 0;
  #range: Range = { from: 0, to: 80 };
  #held = false;
  #from = 0;
  #window: (ViewLine<RecordOf<K>> | undefined)[] = [];
  #rows = new Map<string, ViewLine<RecordOf<K>> & { kind: "row" }>();
  #heads = new Map<number, ViewLine<RecordOf<K>>>();
  readonly #id: number;
  readonly #host: ViewHost;

  constructor(id: number, spec: ViewSpec<K>, host: ViewHost) {
    this.#id = id;
    this.#spec = spec;
    this.#host = host;
  }

  get spec(): ViewSpec<K> {
    return this.#spec;
  }

  /** What stands in a line; undefined while it is on its way. */
  line(index: number): ViewLine<RecordOf<K>> | undefined {
    return this.#window[index - this.#from];
  }

  /** The first line of what is here, and what is in it. */
  get window(): { from: number; lines: readonly (ViewLine<RecordOf<K>> | undefined)[] } {
    return { from: this.#from, lines: this.#window };
  }

  /** Line of a row that is in the window; -1 when it is elsewhere or nowhere. */
  indexOf(id: string | undefined): number {
    const row = id === undefined ? undefined : this.#rows.get(id);
    return row ? this.#from + this.#window.indexOf(row) : -1;
  }

  /** A record of the window. */
  get(id: string | undefined): RecordOf<K> | undefined {
    return id === undefined ? undefined : this.#rows.get(id)?.record;
  }

  /** Another filter, sort, grouping or set of addresses. */
  update(spec: ViewSpec<K>): void {
    this.#spec = spec;
    this.#rev++;
    this.begin();
  }

  /** Which lines are looked at; some more around them make scrolling smooth. */
  look(range: Range): void {
    if (range.from === this.#range.from && range.to === this.#range.to) return;
    this.#range = range;
    this.#host.say({ type: "look", view: this.#id, range });
  }

  /**
   * Holds the order as it is: contents go on, what comes stands at the end under the head `new`.
   * False lets everything go to its place; so does true, once more.
   */
  hold(hold: boolean): void {
    this.#held = hold;
    this.#host.say({ type: "hold", view: this.#id, hold });
  }

  get held(): boolean {
    return this.#held;
  }

  /** Ids of the rows in these lines, painted or not. */
  async ids(range: Range): Promise<string[]> {
    return (await this.#host.ask({ what: "ids", range })).map(({ id }) => id);
  }

  /** Where these rows stand; those that don't fit are left out. */
  find(ids: string[]): Promise<ViewAnswer> {
    return this.#host.ask({ what: "find", ids });
  }

  /** These records as they are now, also those that the filter leaves out; some may be gone. */
  async records(ids: string[]): Promise<RecordOf<K>[]> {
    const answer = await this.#host.ask({ what: "records", ids });
    return answer.flatMap(({ record }) => (record ? [record as unknown as RecordOf<K>] : []));
  }

  /** The row so many rows further than this one; the first or last when there is no such. */
  async step(id: string | undefined, by: number): Promise<{ id: string; line: number } | undefined> {
    return (await this.#host.ask({ what: "step", id, by }))[0];
  }

  close(): void {
    this.#host.say({ type: "unview", view: this.#id });
    this.#host.closed();
  }

  /** Tells the worker what is wanted; again when it has forgotten. */
  begin(): void {
    const say = (message: ToWorker) => this.#host.say(message);
    say({ type: "view", view: this.#id, spec: this.#spec, rev: this.#rev, range: this.#range });
    if (this.#held) say({ type: "hold", view: this.#id, hold: true });
  }

  take(delta: ViewDelta): void {
    if (delta.rev !== this.#rev) return; // of a spec that is no longer wanted
    const { count, lines, counts, ready, closed, stirred } = delta;
    Object.assign(this, { count, lines, counts, ready, closed, stirred });
    if (delta.heads) {
      this.heads = delta.heads;
      this.#heads = new Map(delta.heads.map((head) => [head.line, { kind: "head", head }]));
    }
    if (delta.shops) this.shops = delta.shops;
    this.entered = (delta.entered ?? []) as RecordOf<K>[];
    const fresh = new Map(delta.set.map((record) => [record.id, record as RecordOf<K>]));
    const gone = new Set(delta.gone);
    const rows = new Map<string, ViewLine<RecordOf<K>> & { kind: "row" }>();
    this.#from = delta.from;
    this.#window = delta.ids.map((id, i) => {
      if (id === "") return this.#heads.get(delta.from + i);
      const old = this.#rows.get(id);
      const record = fresh.get(id) ?? old?.record;
      if (!record) return undefined;
      // The same line for the same record: what did not change is not painted again.
      const same = old && old.record === record && old.gone === gone.has(id);
      const row = same ? old : { kind: "row" as const, id, record, gone: gone.has(id) };
      rows.set(id, row);
      return row;
    });
    this.#rows = rows;
    this.#host.changed();
  }
}
