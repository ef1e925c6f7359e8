import type { FatalReason, LinkMode } from "./link.ts";
import type { LiveRecord, RiderPlace, Volatile } from "./protocol.ts";
import type { Room } from "./room.ts";

/** What changed in one room. */
export interface RoomBatch {
  address: string;
  set: LiveRecord[];
  remove: string[];
  /** The room's first snapshot is here. */
  ready: boolean;
  refused?: string;
  revoked?: boolean;
}

/** All that changed since the last batch. */
export interface Batch {
  rooms: RoomBatch[];
  /** Newest place of each rider that moved, by address. */
  places: Record<string, RiderPlace[]>;
  /** Volatile messages, in order. */
  events: Volatile[];
}

/** What the connection badge needs; times in milliseconds of the client's clock. */
export interface Status {
  mode: LinkMode;
  /** Nothing has failed yet: the first attempt is under way. */
  starting: boolean;
  /** When the server last gave a sign; 0: never. */
  lastAt: number;
  /** Server's clock minus the client's. */
  clockOffset: number;
  rttMs?: number;
  fatal?: FatalReason;
}

interface Timers {
  now(): number;
  setTimeout(fn: () => void, ms: number): unknown;
  clearTimeout(handle: unknown): void;
}

/** What one commit changes comes in several messages: they are told in one batch. */
const gatherMs = 16;
/** Of a dense stream only so many batches: each is a frame of every page that looks. */
const apartMs = 100;
/** A page that doesn't take its batches (frozen) must not pile up messages. */
const mostEvents = 1_000;

/** Gathers changes and hands them on: a lone one at once, many at most ten times a second. */
export class Batcher {
  readonly #timers: Timers;
  readonly #rooms: ReadonlyMap<string, Room>;
  readonly #emit: (batch: Batch) => void;
  #marked = new Set<string>();
  #places = new Map<string, Map<string, RiderPlace>>();
  #events: Volatile[] = [];
  #timer: unknown;
  #flushedAt = Number.NEGATIVE_INFINITY;

  constructor(timers: Timers, rooms: ReadonlyMap<string, Room>, emit: (batch: Batch) => void) {
    this.#timers = timers;
    this.#rooms = rooms;
    this.#emit = emit;
  }

  /** The room's own state (ready, refused, revoked) is worth telling, whatever its records. */
  mark(address: string): void {
    this.#marked.add(address);
    this.schedule();
  }

  volatile(message: Volatile): void {
    if (
      message.event === "rider:position" &&
      message.address.startsWith("rider/") &&
      Array.isArray(message.data)
    ) {
      const places = this.#places.get(message.address) ?? new Map<string, RiderPlace>();
      for (const place of message.data as RiderPlace[]) places.set(place.riderId, place);
      this.#places.set(message.address, places);
    } else {
      this.#events.push(message);
      if (this.#events.length > mostEvents) this.#events.shift();
    }
    this.schedule();
  }

  schedule(): void {
    const wait = Math.max(gatherMs, this.#flushedAt + apartMs - this.#timers.now());
    this.#timer ??= this.#timers.setTimeout(() => this.flush(), wait);
  }

  forget(address: string): void {
    this.#marked.delete(address);
    this.#places.delete(address);
  }

  stop(): void {
    this.#timers.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Hands on what there is, now. */
  flush(): void {
    this.stop();
    this.#flushedAt = this.#timers.now();
    const batch: Batch = { rooms: [], places: {}, events: this.#events };
    for (const [address, room] of this.#rooms) {
      const delta = room.take();
      if (!delta && !this.#marked.has(address)) continue;
      batch.rooms.push({
        address,
        set: delta?.set ?? [],
        remove: delta?.remove ?? [],
        ready: room.epoch !== undefined,
        refused: room.refused,
        revoked: room.revoked || undefined,
      });
    }
    for (const [address, places] of this.#places) batch.places[address] = [...places.values()];
    this.#marked.clear();
    this.#places.clear();
    this.#events = [];
    const empty =
      batch.rooms.length === 0 && batch.events.length === 0 && Object.keys(batch.places).length === 0;
    if (!empty) this.#emit(batch);
  }
}
