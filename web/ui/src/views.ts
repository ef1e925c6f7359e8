import type { Head, Live, LiveView, OpenDelivery, RecordOf, ViewKind, ViewLine, ViewSpec } from "@bros/sdk";
import { type Accessor, createEffect, createMemo, createSignal, on, onCleanup, untrack } from "solid-js";

/** A list that the worker keeps, for a component: every accessor follows its updates. */
export interface Viewed<K extends ViewKind> {
  /** What is asked of the worker: `look`, `hold`, `ids`, `find`, `step`. */
  readonly list: LiveView<K>;
  /** What stands in a line; undefined while it is on its way. */
  line(index: number): ViewLine<RecordOf<K>> | undefined;
  count: Accessor<number>;
  lines: Accessor<number>;
  /** Of all records, whatever the filter. */
  counts(name: string): number;
  heads: Accessor<Head[]>;
  shops: Accessor<[string, string][]>;
  ready: Accessor<boolean>;
  stirred: Accessor<number>;
  /** Changes with every update. */
  tick: Accessor<number>;
}

/** What tells a line from the others of its list, wherever it stands. */
export function lineKey(line: ViewLine<unknown>): string {
  return line.kind === "row" ? line.id : `head ${line.head.key}`;
}

/**
 * Follows a list with a spec that may change.
 *
 *     const orders = followView(live, () => ({ kind: "order", addresses: …, filter: {}, sort: "newest", group: "queue" }));
 *     <VirtualList lines={orders.lines()} line={orders.line} onLook={(range) => orders.list.look(range)} …>
 */
export function followView<K extends ViewKind>(live: Live, spec: Accessor<ViewSpec<K>>): Viewed<K> {
  const [tick, setTick] = createSignal(0);
  const list = live.view<K>(untrack(spec), () => setTick((n) => n + 1));
  createEffect(
    on(
      createMemo(() => JSON.stringify(spec())),
      () => list.update(untrack(spec)),
      { defer: true },
    ),
  );
  onCleanup(() => list.close());
  const seen = <T>(read: () => T): Accessor<T> =>
    createMemo(() => {
      tick();
      return read();
    });
  return {
    list,
    tick,
    line: (index) => {
      tick();
      return list.line(index);
    },
    counts: (name) => {
      tick();
      return list.counts[name] ?? 0;
    },
    count: seen(() => list.count),
    lines: seen(() => list.lines),
    heads: seen(() => list.heads),
    shops: seen(() => list.shops),
    ready: seen(() => list.ready),
    stirred: seen(() => list.stirred),
  };
}

/** One record, as the live view has it. */
export interface Watched<R> {
  record: Accessor<R | undefined>;
  /** Its rooms have been seen: no record means that there is none. */
  ready: Accessor<boolean>;
}

/**
 * Follows the record of an id that may change, wherever it is among the addresses. `seen` is what
 * the page has of it already, in a list: it is shown until the worker has answered.
 */
export function followRecord<K extends ViewKind>(
  live: Live,
  addresses: Accessor<string[]>,
  id: Accessor<string | undefined>,
  seen: (id: string) => RecordOf<K> | undefined = () => undefined,
): Watched<RecordOf<K>> {
  const [record, setRecord] = createSignal<RecordOf<K> | undefined>();
  const [ready, setReady] = createSignal(false);
  createEffect(
    on(
      () => [addresses().join(" "), id()] as const,
      ([, key]) => {
        // Of the one before nothing may be seen; the same one stays until news come.
        if (untrack(record)?.id !== key) setRecord(() => (key === undefined ? undefined : seen(key)));
        setReady(false);
        if (key === undefined) return;
        const stop = live.watch<K>(untrack(addresses), key, (next, known) => {
          if (next || known) setRecord(() => next);
          setReady(known);
        });
        onCleanup(stop);
      },
    ),
  );
  return { record, ready };
}

/** The open deliveries of some centers, in few fields. */
export interface OpenDeliveries {
  get(id: string): OpenDelivery | undefined;
  /** All of them, not reactive: read it in `onChange`. */
  all(): IterableIterator<OpenDelivery>;
  /** Calls back with what changed (for a map, for loads of riders); at once with what there is. */
  onChange(listener: (set: OpenDelivery[], remove: string[]) => void): () => void;
  ready: Accessor<boolean>;
}

/** Follows the open deliveries of `delivery/…` addresses, which may change. */
export function followOpen(live: Live, addresses: Accessor<string[]>): OpenDeliveries {
  const all = new Map<string, OpenDelivery>();
  const listeners = new Set<(set: OpenDelivery[], remove: string[]) => void>();
  const [ready, setReady] = createSignal(false);
  const change = (set: OpenDelivery[], remove: string[]) => {
    for (const delivery of set) all.set(delivery.id, delivery);
    for (const id of remove) all.delete(id);
    for (const listener of listeners) listener(set, remove);
  };
  createEffect(
    on(
      () => addresses().join(" "),
      () => {
        setReady(false);
        const stop = live.open(untrack(addresses), (delta) => {
          const there = new Set(delta.reset ? delta.set.map(({ id }) => id) : []);
          const remove = delta.reset ? [...all.keys()].filter((id) => !there.has(id)) : delta.remove;
          change(delta.set, remove);
          setReady(delta.ready);
        });
        onCleanup(stop);
      },
    ),
  );
  return {
    get: (id) => all.get(id),
    all: () => all.values(),
    onChange(listener) {
      listeners.add(listener);
      listener([...all.values()], []);
      return () => listeners.delete(listener);
    },
    ready,
  };
}
