import type { Batch, RoomBatch, Status } from "../line/batch.ts";
import type { LiveRecord, RiderPlace, Volatile } from "../line/protocol.ts";
import type { Room } from "../line/room.ts";
import { OpenFeed } from "../views/open.ts";
import type { Source } from "../views/source.ts";
import type { Range, ViewQuestion, ViewSpec } from "../views/spec.ts";
import { View } from "../views/view.ts";
import type { FromWorker, TabRoom, Update, WatchDelta } from "./messages.ts";

/** The worker's end of a line to a tab. */
export interface TabPort {
  postMessage(message: FromWorker): void;
}

interface Followed {
  /** Keys that changed since the last update. */
  dirty: Set<string>;
  /** The tab has nothing of this room yet. */
  reset: boolean;
  /** The room's own state changed. */
  marked: boolean;
}

interface Watch {
  addresses: string[];
  id: string | undefined;
  record: LiveRecord | undefined;
  ready: boolean;
  told: boolean;
}

/** A page that doesn't take its updates (frozen) must not pile up messages. */
const mostEvents = 1_000;

/**
 * One tab at the worker. It gathers what has changed for the tab and sends it when the tab has
 * taken the update before, so a busy or frozen page gets the newest state once, not every step.
 */
export class Tab {
  readonly #port: TabPort;
  readonly #rooms: ReadonlyMap<string, Room>;
  readonly #source: Source;
  readonly #followed = new Map<string, Followed>();
  readonly #views = new Map<number, View>();
  readonly #feeds = new Map<number, OpenFeed>();
  readonly #watches = new Map<number, Watch>();
  #places = new Map<string, Map<string, RiderPlace>>();
  #events: Volatile[] = [];
  #unacked = false;
  #waiting = false;

  constructor(port: TabPort, rooms: ReadonlyMap<string, Room>, source: Source) {
    this.#port = port;
    this.#rooms = rooms;
    this.#source = source;
  }

  /** Every address that something of this tab is made of. */
  *addresses(): Generator<string> {
    yield* this.#followed.keys();
    for (const view of this.#views.values()) yield* view.spec.addresses;
    for (const feed of this.#feeds.values()) yield* feed.addresses;
    for (const watch of this.#watches.values()) yield* watch.addresses;
  }

  follow(address: string): void {
    this.#followed.set(address, { dirty: new Set(), reset: true, marked: true });
    this.send();
  }

  unfollow(address: string): void {
    this.#followed.delete(address);
    this.#places.delete(address);
  }

  view(id: number, spec: ViewSpec, rev: number, range: Range): void {
    const view = this.#views.get(id);
    if (view && view.spec.kind === spec.kind) {
      view.respec(spec, rev);
      view.look(range);
    } else {
      this.#views.set(id, new View(id, spec, rev, range, this.#source));
    }
    this.send();
  }

  look(id: number, range: Range): void {
    this.#views.get(id)?.look(range);
    this.#sendView(id);
  }

  hold(id: number, hold: boolean): void {
    this.#views.get(id)?.hold(hold);
    this.#sendView(id);
  }

  unview(id: number): void {
    this.#views.delete(id);
  }

  ask(request: number, id: number, question: ViewQuestion): void {
    const answer = this.#views.get(id)?.answer(question) ?? [];
    this.#port.postMessage({ type: "answer", id: request, answer });
  }

  open(id: number, addresses: string[]): void {
    this.#feeds.set(id, new OpenFeed(id, addresses, this.#source));
    this.send();
  }

  unopen(id: number): void {
    this.#feeds.delete(id);
  }

  watch(id: number, addresses: string[], key: string | undefined): void {
    this.#watches.set(id, { addresses, id: key, record: undefined, ready: false, told: false });
    this.send();
  }

  unwatch(id: number): void {
    this.#watches.delete(id);
  }

  status(status: Status): void {
    this.#port.postMessage({ type: "status", status });
  }

  post(message: FromWorker): void {
    this.#port.postMessage(message);
  }

  /** Takes what changed in the rooms; `fresh` names those that were there before. */
  take(batch: Batch, known: ReadonlySet<string>): void {
    for (const room of batch.rooms) this.#room(room, known.has(room.address));
    for (const [address, places] of Object.entries(batch.places)) {
      if (!this.#followed.has(address)) continue;
      const mine = this.#places.get(address) ?? new Map<string, RiderPlace>();
      for (const place of places) mine.set(place.riderId, place);
      this.#places.set(address, mine);
    }
    for (const event of batch.events) {
      if (!event.address.startsWith("user/") && !this.#followed.has(event.address)) continue;
      this.#events.push(event);
      if (this.#events.length > mostEvents) this.#events.shift();
    }
    this.send();
  }

  /** Places that were sent before this tab came: the newest of each rider. */
  lastPlaces(address: string, places: Iterable<RiderPlace>): void {
    const mine = this.#places.get(address) ?? new Map<string, RiderPlace>();
    for (const place of places) if (!mine.has(place.riderId)) mine.set(place.riderId, place);
    if (mine.size > 0) this.#places.set(address, mine);
  }

  /** Time has passed: what is late, and counts of it. */
  tick(): void {
    for (const view of this.#views.values()) view.tick();
    this.send();
  }

  /** The tab has taken its update. */
  ack(): void {
    this.#unacked = false;
    if (this.#waiting) this.send();
  }

  /** Sends what there is, unless the tab is still at the update before. */
  send(force = false): void {
    if (this.#unacked && !force) {
      this.#waiting = true;
      return;
    }
    this.#waiting = false;
    const update: Update = {
      rooms: this.#takeRooms(),
      views: [...this.#views.values()].flatMap((view) => view.take() ?? []),
      open: [...this.#feeds.values()].flatMap((feed) => feed.take() ?? []),
      watches: this.#takeWatches(),
      places: {},
      events: this.#events,
    };
    for (const [address, places] of this.#places) update.places[address] = [...places.values()];
    this.#places = new Map();
    this.#events = [];
    const { rooms, views, open, watches, events } = update;
    const something = rooms.length + views.length + open.length + watches.length + events.length > 0;
    if (something || Object.keys(update.places).length > 0) this.#post(update);
  }

  /** Scrolling can't wait for the next batch. */
  #sendView(id: number): void {
    const delta = this.#views.get(id)?.take();
    if (delta) this.#post({ rooms: [], views: [delta], open: [], watches: [], places: {}, events: [] });
  }

  #post(update: Update): void {
    this.#unacked = true;
    this.#port.postMessage({ type: "update", update });
  }

  #room(room: RoomBatch, known: boolean): void {
    const { address, set, remove } = room;
    const followed = this.#followed.get(address);
    if (followed) {
      for (const record of set) followed.dirty.add(record.id);
      for (const key of remove) followed.dirty.add(key);
      followed.marked = true;
    }
    for (const view of this.#views.values()) {
      if (view.spec.addresses.includes(address)) view.apply(set, remove, known);
    }
    for (const feed of this.#feeds.values()) {
      if (feed.addresses.has(address)) feed.apply(set, remove);
    }
  }

  #takeRooms(): TabRoom[] {
    const rooms: TabRoom[] = [];
    for (const [address, followed] of this.#followed) {
      const { dirty, reset, marked } = followed;
      if (!reset && !marked && dirty.size === 0) continue;
      const room = this.#rooms.get(address);
      const keys = reset ? [] : [...dirty];
      const there = (key: string) => room?.records.get(key);
      rooms.push({
        address,
        reset,
        set: reset ? [...(room?.records.values() ?? [])] : keys.flatMap((key) => there(key) ?? []),
        remove: keys.filter((key) => !there(key)),
        ready: room?.epoch !== undefined,
        refused: room?.refused,
        revoked: room?.revoked || undefined,
      });
      this.#followed.set(address, { dirty: new Set(), reset: false, marked: false });
    }
    return rooms;
  }

  #takeWatches(): WatchDelta[] {
    const deltas: WatchDelta[] = [];
    for (const [id, watch] of this.#watches) {
      let record: LiveRecord | undefined;
      for (const address of watch.addresses) {
        if (watch.id !== undefined) record ??= this.#rooms.get(address)?.records.get(watch.id);
      }
      const { ready } = this.#source.state(watch.addresses);
      if (watch.told && record === watch.record && ready === watch.ready) continue;
      watch.record = record;
      watch.ready = ready;
      watch.told = true;
      deltas.push({ watch: id, ready, record });
    }
    return deltas;
  }
}
