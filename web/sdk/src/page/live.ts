import type { RoomBatch, Status } from "../line/batch.ts";
import type { LiveRecord, RiderPlace, Volatile } from "../line/protocol.ts";
import type { LogPoint } from "../rest/rest.ts";
import type { OpenDelta, RecordOf, ViewAnswer, ViewKind, ViewSpec } from "../views/spec.ts";
import type { FromWorker, TabRoom, ToWorker, Update, WatchDelta } from "../worker/messages.ts";
import { LiveView } from "./liveview.ts";

/** The part of a Worker or a MessagePort that is used here. */
export interface Port {
  postMessage(message: ToWorker): void;
  onmessage: ((event: MessageEvent<FromWorker>) => void) | null;
  /** Ends the line; a worker of one's own ends with it. */
  end?(): void;
}

/** What a room's listener hears: with `reset`, everything from before is void. */
export interface RoomChange extends RoomBatch {
  reset?: boolean;
}

export interface RoomListener {
  /** What changed: each record at its newest. */
  changed(batch: RoomChange): void;
  places?(places: RiderPlace[]): void;
}

interface Mirror {
  records: Map<string, LiveRecord>;
  places: Map<string, RiderPlace>;
  state: RoomBatch;
  listeners: Set<RoomListener>;
}

interface Watched {
  addresses: string[];
  id: string | undefined;
  changed(delta: WatchDelta): void;
}

interface Feed {
  addresses: string[];
  changed(delta: OpenDelta): void;
}

export interface LiveOptions {
  language: string;
  /** Id of who is logged in: the line of another one is not used. */
  user?: string;
  /** Name of the lock that this tab holds. */
  lock?: string;
}

/** Runs what one update sets off as one step, where the page's framework can (Solid's `batch`). */
export type Batching = (act: () => void) => void;

/** How long a write's own echo is waited for before the page goes on without it. */
const catchUpMs = 2_000;

/**
 * The page's end of the realtime client. The worker has the connection, the records and the
 * views; the page gets what it listens to:
 *
 * - `view`: a filtered, sorted, grouped list, of which only the painted window arrives;
 * - `open`: the open deliveries in few fields, for maps and loads of riders;
 * - `watch`: one record;
 * - `follow`: a whole room. For small ones (riders, chat, a rider's own deliveries).
 */
export class Live {
  status: Status = { mode: "offline", starting: true, lastAt: 0, clockOffset: 0 };
  /** Messages heard of the worker. */
  heard = 0;
  readonly #connect: () => Port;
  readonly #options: LiveOptions;
  #port: Port | undefined;
  readonly #rooms = new Map<string, Mirror>();
  readonly #views = new Map<number, LiveView<ViewKind>>();
  readonly #feeds = new Map<number, Feed>();
  readonly #watches = new Map<number, Watched>();
  readonly #statusListeners = new Set<(status: Status) => void>();
  readonly #eventListeners = new Set<(event: Volatile) => void>();
  readonly #waiting = new Map<number, (reached: boolean) => void>();
  readonly #asked = new Map<number, (answer: ViewAnswer) => void>();
  readonly #stopListeners = new Set<() => void>();
  #lastId = 0;

  readonly #batch: Batching;

  constructor(connect: () => Port, options: LiveOptions, batch: Batching = (act) => act()) {
    this.#batch = batch;
    this.#connect = connect;
    this.#options = options;
    this.reopen();
  }

  /** Follows an address until the answer is called; what is known already comes at once. */
  follow(address: string, listener: RoomListener): () => void {
    let mirror = this.#rooms.get(address);
    if (!mirror) {
      mirror = {
        records: new Map(),
        places: new Map(),
        state: { address, set: [], remove: [], ready: false },
        listeners: new Set(),
      };
      this.#rooms.set(address, mirror);
      this.#say({ type: "subscribe", address });
    } else {
      listener.changed({ ...mirror.state, set: [...mirror.records.values()], remove: [] });
      listener.places?.([...mirror.places.values()]);
    }
    const followed = mirror;
    followed.listeners.add(listener);
    return () => {
      followed.listeners.delete(listener);
      if (followed.listeners.size > 0 || this.#rooms.get(address) !== followed) return;
      this.#rooms.delete(address);
      this.#say({ type: "unsubscribe", address });
    };
  }

  /** Asks again for an address that was refused or revoked (a rider came on duty). */
  again(address: string): void {
    if (this.#rooms.has(address)) this.#say({ type: "subscribe", address });
  }

  /** A list that the worker keeps; `changed` is called after each of its updates. */
  view<K extends ViewKind>(spec: ViewSpec<K>, changed: (view: LiveView<K>) => void): LiveView<K> {
    const id = ++this.#lastId;
    const view = new LiveView<K>(id, spec, {
      say: (message) => this.#say(message),
      ask: (question) => {
        const request = ++this.#lastId;
        return new Promise((resolve) => {
          this.#asked.set(request, resolve);
          this.#say({ type: "ask", id: request, view: id, question });
        });
      },
      changed: () => changed(view),
      closed: () => this.#views.delete(id),
    });
    this.#views.set(id, view as unknown as LiveView<ViewKind>);
    view.begin();
    return view;
  }

  /** Follows all open deliveries of `delivery/…` addresses in few fields, until the answer is called. */
  open(addresses: string[], changed: (delta: OpenDelta) => void): () => void {
    const id = ++this.#lastId;
    this.#feeds.set(id, { addresses, changed });
    this.#say({ type: "open", open: id, addresses });
    return () => {
      this.#feeds.delete(id);
      this.#say({ type: "unopen", open: id });
    };
  }

  /** Follows one record, wherever it is among the addresses, until the answer is called. */
  watch<K extends ViewKind>(
    addresses: string[],
    id: string,
    changed: (record: RecordOf<K> | undefined, ready: boolean) => void,
  ): () => void {
    const watch = ++this.#lastId;
    const tell = (delta: WatchDelta) => changed(delta.record as RecordOf<K> | undefined, delta.ready);
    this.#watches.set(watch, { addresses, id, changed: tell });
    this.#say({ type: "watch", watch, addresses, id });
    return () => {
      this.#watches.delete(watch);
      this.#say({ type: "unwatch", watch });
    };
  }

  onStatus(listener: (status: Status) => void): () => void {
    this.#statusListeners.add(listener);
    listener(this.status);
    return () => this.#statusListeners.delete(listener);
  }

  /** Volatile messages: notices, private chat, events of other systems. */
  onEvent(listener: (event: Volatile) => void): () => void {
    this.#eventListeners.add(listener);
    return () => this.#eventListeners.delete(listener);
  }

  /** Looks at the line now; call it when the page wakes. */
  wake(): void {
    this.#say({ type: "wake" });
  }

  /** Tells the worker that this tab is there; it answers with its status. */
  alive(): void {
    this.#say({ type: "alive" });
  }

  /** Waits, not for long, until the page shows one's own write. */
  caughtUp(addresses: string[], point: LogPoint | undefined): Promise<boolean> {
    if (!point || !this.#port) return Promise.resolve(true);
    const id = ++this.#lastId;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#say({ type: "catchUp", id, addresses, point, timeoutMs: catchUpMs });
    });
  }

  /** Calls back when the line is given up for good. */
  onStop(listener: () => void): void {
    this.#stopListeners.add(listener);
  }

  /** The line goes to sleep with its page; `reopen` wakes it. */
  bye(): void {
    this.#say({ type: "bye" });
  }

  /** Begins the line anew: after a sleep, or because the worker is gone. What is shown stays. */
  reopen(): void {
    // One that lives after all must not go on for a tab that has left it.
    this.#say({ type: "stop" });
    if (this.#port) this.#port.onmessage = null;
    this.#port?.end?.();
    const port = this.#connect();
    this.#port = port;
    port.onmessage = (event) => this.#message(event.data);
    this.#hello();
  }

  stop(): void {
    this.#say({ type: "stop" });
    if (this.#port) this.#port.onmessage = null;
    this.#port?.end?.();
    this.#port = undefined;
    for (const done of this.#waiting.values()) done(false);
    for (const done of this.#asked.values()) done([]);
    this.#waiting.clear();
    this.#asked.clear();
    for (const listener of this.#stopListeners) listener();
    this.#stopListeners.clear();
  }

  /** Somebody else has logged in in this browser: what is shown here is not theirs. */
  replaced(): void {
    this.#tell({ ...this.status, mode: "offline", starting: false, fatal: "session" });
  }

  /** Nothing is heard of the worker: what is shown gets old. */
  deaf(): void {
    this.#tell({ ...this.status, mode: "offline", starting: false });
  }

  /** Whoever serves the tab knows nothing of it yet. */
  #hello(): void {
    this.#say({ type: "start", ...this.#options });
    for (const address of this.#rooms.keys()) this.#say({ type: "subscribe", address });
    for (const view of this.#views.values()) view.begin();
    for (const [open, { addresses }] of this.#feeds) this.#say({ type: "open", open, addresses });
    for (const [watch, { addresses, id }] of this.#watches) {
      this.#say({ type: "watch", watch, addresses, id });
    }
  }

  #say(message: ToWorker): void {
    this.#port?.postMessage(message);
  }

  #message(message: FromWorker): void {
    this.heard++;
    switch (message.type) {
      case "status":
        this.#batch(() => this.#tell(message.status));
        break;
      case "caughtUp":
        this.#waiting.get(message.id)?.(message.reached);
        this.#waiting.delete(message.id);
        break;
      case "answer":
        this.#asked.get(message.id)?.(message.answer);
        this.#asked.delete(message.id);
        break;
      case "lost":
        this.#hello();
        break;
      case "update":
        this.#batch(() => this.#update(message.update));
        this.#say({ type: "ack" });
    }
  }

  #tell(status: Status): void {
    this.status = status;
    for (const listener of this.#statusListeners) listener(status);
  }

  #update(update: Update): void {
    for (const room of update.rooms) this.#room(room);
    for (const delta of update.views) this.#views.get(delta.view)?.take(delta);
    for (const delta of update.open) this.#feeds.get(delta.open)?.changed(delta);
    for (const delta of update.watches) this.#watches.get(delta.watch)?.changed(delta);
    for (const [address, places] of Object.entries(update.places)) {
      const mirror = this.#rooms.get(address);
      if (!mirror) continue;
      for (const place of places) mirror.places.set(place.riderId, place);
      for (const listener of mirror.listeners) listener.places?.(places);
    }
    for (const event of update.events) {
      for (const listener of this.#eventListeners) listener(event);
    }
  }

  #room(room: TabRoom): void {
    const mirror = this.#rooms.get(room.address);
    if (!mirror) return;
    let change: RoomChange = room;
    if (room.reset) {
      // The whole room: what it no longer has is gone.
      const there = new Set(room.set.map((record) => record.id));
      change = { ...room, remove: [...mirror.records.keys()].filter((key) => !there.has(key)) };
    }
    for (const record of change.set) mirror.records.set(record.id, record);
    for (const key of change.remove) mirror.records.delete(key);
    mirror.state = { ...change, set: [], remove: [] };
    for (const listener of mirror.listeners) listener.changed(change);
  }
}
