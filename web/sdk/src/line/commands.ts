import type { Room } from "./room.ts";

/** The part of a WebSocket that the engine uses. */
export interface SocketLike {
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number; reason: string }) => void) | null;
  onerror: ((event: unknown) => void) | null;
  send(text: string): void;
  close(): void;
}

/** The contract's bound on the addresses of one command. */
const addressesPerCommand = 500;
const pingEveryMs = 15_000;
/** A subscribe that is not answered by then, while the line lives, is asked again. */
const overdueMs = 6_000;

/** What a client says over its socket: subscribes, gathered per turn, and pings. */
export class Commands {
  socket: SocketLike | undefined;
  readonly #now: () => number;
  #lastId = 0;
  #queued = new Set<Room>();
  #pings = new Map<number, number>();
  #pingedAt = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Nothing waits to be said. */
  get idle(): boolean {
    return this.#queued.size === 0;
  }

  /** Forgets the socket and all that was to go over it. */
  hangUp(): SocketLike | undefined {
    const socket = this.socket;
    this.socket = undefined;
    this.#queued.clear();
    this.#pings.clear();
    return socket;
  }

  /** Queues a subscribe; those of one turn leave as one command. */
  subscribe(room: Room): void {
    if (this.#queued.size === 0) queueMicrotask(() => this.#flush());
    this.#queued.add(room);
  }

  unsubscribe(room: Room): void {
    this.#queued.delete(room);
    this.#send({ id: ++this.#lastId, cmd: "unsubscribe", address: room.address });
  }

  ping(): void {
    const id = ++this.#lastId;
    this.#pingedAt = this.#now();
    this.#pings.set(id, this.#pingedAt);
    this.#send({ id, cmd: "ping" });
  }

  /** Milliseconds that a ping took; undefined when the answer is to something else. */
  pong(id: number): number | undefined {
    const sentAt = this.#pings.get(id);
    this.#pings.delete(id);
    return sentAt === undefined ? undefined : Math.round(this.#now() - sentAt);
  }

  /** What is to be done now and then on a living line. */
  lookAfter(rooms: Iterable<Room>): void {
    const now = this.#now();
    if (now - this.#pingedAt >= pingEveryMs) this.ping();
    for (const room of rooms) {
      if (room.isOverdue(now, overdueMs)) this.subscribe(room);
    }
  }

  #flush(): void {
    const rooms = [...this.#queued];
    this.#queued.clear();
    if (!this.socket) return;
    for (let i = 0; i < rooms.length; i += addressesPerCommand) {
      const id = ++this.#lastId;
      const addresses = rooms.slice(i, i + addressesPerCommand).map((room) => {
        room.ask(id, this.#now());
        return { address: room.address, since: room.since };
      });
      this.#send({ id, cmd: "subscribe", addresses });
    }
  }

  #send(command: object): void {
    try {
      this.socket?.send(JSON.stringify(command));
    } catch {
      // A socket that is closing says so by itself.
    }
  }
}
