import type { LogPoint } from "../rest/rest.ts";
import type { Batcher } from "./batch.ts";
import type { PollItem } from "./poller.ts";
import type { Change, Notice, Refusal, Reply, ServerMessage, Since, Volatile } from "./protocol.ts";
import { Room } from "./room.ts";

/** Refusals that pass by themselves; any other stays until something changes. */
const passing: ReadonlySet<string> = new Set(["unavailable", "rate_limited", "internal"]);

interface Waiter {
  addresses: string[];
  point: LogPoint;
  done: () => void;
}

/** What a set of rooms asks of its connection. */
export interface RoomsHost {
  now(): number;
  out: Batcher;
  /** The room must be subscribed (again), with its `since`. */
  want(room: Room): void;
  /** The same, but not at once. */
  wantLater(room: Room): void;
}

/** All rooms of a client: sorts messages to them and knows which must be asked for. */
export class Rooms {
  readonly map: Map<string, Room>;
  readonly #host: RoomsHost;
  #waiters = new Set<Waiter>();

  constructor(map: Map<string, Room>, host: RoomsHost) {
    this.map = map;
    this.#host = host;
  }

  /** A room that was not there, or was refused or revoked; undefined when there is nothing to do. */
  add(address: string): Room | undefined {
    const old = this.map.get(address);
    if (old && !old.refused && !old.revoked) return undefined;
    const room = old ?? new Room(address);
    room.refused = undefined;
    room.revoked = false;
    this.map.set(address, room);
    return room;
  }

  /** Those that a connection subscribes when it opens. */
  wanted(): Room[] {
    return [...this.map.values()].filter((room) => !room.revoked && !room.refused);
  }

  /** Whether a subscribe is under way. */
  get pending(): boolean {
    for (const room of this.map.values()) if (room.pending) return true;
    return false;
  }

  dropPending(): void {
    for (const room of this.map.values()) room.drop();
  }

  sweep(serverNow: number): void {
    for (const room of this.map.values()) room.sweep(serverNow);
    this.#host.out.schedule();
  }

  /** A message about a room or of a volatile address. */
  take(message: ServerMessage): void {
    if ("heads" in message) {
      for (const [address, head] of Object.entries(message.heads)) {
        this.#give(address, (room) => room.head(head));
      }
    } else if ("error" in message) {
      this.#refused(message);
    } else if ("mode" in message) {
      this.#reply(message);
    } else if ("seq" in message) {
      this.#give(message.address, (room) => room.change(message as Change));
    } else if ("event" in message) {
      this.#host.out.volatile(message as Volatile);
    } else if ("resync" in message) {
      this.#give((message as Notice).address, (room) => !room.pending);
    } else if ("revoked" in message) {
      this.#revoked((message as Notice).address);
    }
  }

  /** The body of a poll. */
  asking(): { address: string; since?: Since }[] {
    return this.wanted().map((room) => {
      room.ask(0);
      return { address: room.address, since: room.since };
    });
  }

  answered(items: PollItem[]): void {
    for (const item of items) this.take(item);
    this.dropPending();
    this.settle();
  }

  /**
   * Calls back when any of the rooms has seen the log up to the point, after its batch went out.
   * The answer cancels.
   */
  waitFor(addresses: string[], point: LogPoint, done: () => void): () => void {
    const waiter = { addresses, point, done };
    this.#waiters.add(waiter);
    return () => this.#waiters.delete(waiter);
  }

  /** Answers those who wait for a number that has come. */
  settle(): void {
    for (const waiter of this.#waiters) {
      const there = waiter.addresses.some((address) => {
        const room = this.map.get(address);
        // Another epoch: that number will never come.
        return room?.ready && (room.epoch !== waiter.point.epoch || room.last >= waiter.point.seq);
      });
      if (!there) continue;
      this.#waiters.delete(waiter);
      this.#host.out.flush();
      waiter.done();
    }
  }

  /** Lets a room take a message and asks for it again when it must. */
  #give(address: string, take: (room: Room) => boolean): void {
    const room = this.map.get(address);
    if (!room || room.revoked || room.refused) return;
    if (take(room)) this.#host.want(room);
    this.#host.out.schedule();
  }

  #reply(reply: Reply): void {
    this.#give(reply.address, (room) => room.reply(reply, this.#host.now()));
    this.#host.out.mark(reply.address);
  }

  #refused(refusal: Refusal): void {
    for (const room of this.map.values()) {
      const meant = refusal.address ? room.address === refusal.address : room.isAsked(refusal.id ?? 0);
      if (!meant || !room.pending) continue;
      room.drop();
      if (passing.has(refusal.error.code)) {
        this.#host.wantLater(room);
        continue;
      }
      // What may not be seen must not stay on the screen.
      room.clear();
      room.refused = refusal.error.code;
      this.#host.out.mark(room.address);
    }
  }

  #revoked(address: string): void {
    const room = this.map.get(address);
    if (!room) return;
    room.clear();
    room.revoked = true;
    this.#host.out.mark(address);
  }
}
