import { type Batch, Batcher, type Status } from "./batch.ts";
import { Link, type LinkCommand, type LinkInput } from "./link.ts";
import { Poller, type PollItem } from "./poller.ts";
import type { Problem } from "./problem.ts";
import { type Done, parseFrame, type ServerMessage } from "./protocol.ts";
import type { LogPoint, Rest } from "./rest.ts";
import type { Room } from "./room.ts";
import { Rooms } from "./rooms.ts";

/** The part of a WebSocket that the engine uses. */
export interface SocketLike {
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number; reason: string }) => void) | null;
  onerror: ((event: unknown) => void) | null;
  send(text: string): void;
  close(): void;
}

/** The world of an engine; tests bring their own clock and network. */
export interface EngineEnv {
  rest: Rest;
  /** Opens a socket to the realtime route; rejecting counts as a failed attempt. */
  socket(): Promise<SocketLike>;
  now(): number;
  random(): number;
  setTimeout(fn: () => void, ms: number): unknown;
  clearTimeout(handle: unknown): void;
}

export interface EngineSink {
  /** What changed, at most once per 50 ms. */
  batch(batch: Batch): void;
  status(status: Status): void;
}

const sweepEveryMs = 20_000;
const pingEveryMs = 15_000;
const askLaterMs = 2_000;
/** The contract's bound on the addresses of one command. */
const addressesPerCommand = 500;

/** A realtime client: rooms kept by the client rule, over a socket or, without one, by polling. */
export class Engine {
  readonly rooms: Rooms;
  readonly #env: EngineEnv;
  readonly #sink: EngineSink;
  readonly #link: Link;
  readonly #poller: Poller;
  readonly #out: Batcher;
  #socket: SocketLike | undefined;
  /** Counts sockets: what an older one still says is not listened to. */
  #generation = 0;
  #lastId = 0;
  #queued = new Set<Room>();
  #timer: unknown;
  #sweeper: unknown;
  #pings = new Map<number, number>();
  #pingedAt = 0;
  #status: Status = { mode: "offline", starting: true, lastAt: 0, clockOffset: 0 };
  #told = "";

  constructor(env: EngineEnv, sink: EngineSink) {
    this.#env = env;
    this.#sink = sink;
    this.#link = new Link(() => env.random());
    const map = new Map<string, Room>();
    this.#out = new Batcher(env, map, (batch) => sink.batch(batch));
    this.rooms = new Rooms(map, {
      out: this.#out,
      want: (room) => this.#want(room),
      wantLater: (room) =>
        env.setTimeout(() => map.get(room.address) === room && this.#want(room), askLaterMs),
    });
    this.#poller = new Poller({
      rest: env.rest,
      random: () => env.random(),
      now: () => env.now(),
      setTimeout: (fn, ms) => env.setTimeout(fn, ms),
      clearTimeout: (handle) => env.clearTimeout(handle),
      asking: () => this.rooms.asking(),
      answered: (items) => this.#polled(items),
      failed: (problem) => this.#pollFailed(problem),
    });
  }

  start(): void {
    this.#step({ type: "start" });
    const sweep = () => {
      this.rooms.sweep(this.#env.now() + this.#status.clockOffset);
      this.#sweeper = this.#env.setTimeout(sweep, sweepEveryMs);
    };
    this.#sweeper = this.#env.setTimeout(sweep, sweepEveryMs);
  }

  stop(): void {
    this.#step({ type: "stop" });
    this.#env.clearTimeout(this.#timer);
    this.#env.clearTimeout(this.#sweeper);
    this.#out.stop();
  }

  /** The page became visible or the machine online: look at the line now. */
  wake(): void {
    this.#step({ type: "wake" });
  }

  subscribe(address: string): void {
    const room = this.rooms.add(address);
    if (!room) return;
    if (this.#link.open) this.#want(room);
    else if (this.#poller.running) this.#poller.restart();
  }

  unsubscribe(address: string): void {
    const room = this.rooms.map.get(address);
    if (!room) return;
    this.rooms.map.delete(address);
    this.#queued.delete(room);
    this.#out.forget(address);
    if (this.#link.open) this.#send({ id: ++this.#lastId, cmd: "unsubscribe", address });
    this.#joinedYet();
  }

  /**
   * Waits until a room of these has seen the log up to a write's own number, and its batch has
   * been handed on; false when that took longer than the time given.
   */
  caughtUp(addresses: string[], point: LogPoint, timeoutMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const cancel = this.rooms.waitFor(addresses, point, () => {
        this.#env.clearTimeout(timer);
        resolve(true);
      });
      const timer = this.#env.setTimeout(() => {
        cancel();
        resolve(false);
      }, timeoutMs);
      this.rooms.settle();
    });
  }

  #step(input: LinkInput): void {
    for (const command of this.#link.step(input, this.#env.now())) this.#do(command);
    this.#env.clearTimeout(this.#timer);
    const now = this.#env.now();
    const deadline = this.#link.deadline(now);
    if (deadline !== undefined) {
      this.#timer = this.#env.setTimeout(() => this.#step({ type: "tick" }), Math.max(0, deadline - now));
    }
    this.#tell();
  }

  #do(command: LinkCommand): void {
    switch (command) {
      case "connect":
        this.#connect();
        break;
      case "cut":
        this.#hangUp();
        break;
      case "ping":
        this.#ping();
        break;
      case "poll":
        this.#poller.restart();
        break;
      case "unpoll":
        this.#poller.stop();
        this.rooms.dropPending();
        break;
    }
  }

  async #connect(): Promise<void> {
    const generation = ++this.#generation;
    const mine = () => generation === this.#generation;
    const closed = (code: number, reason: string) => {
      if (!mine()) return;
      this.#hangUp();
      this.#step({ type: "closed", code, reason });
    };
    try {
      const socket = await this.#env.socket();
      if (!mine()) {
        socket.close();
        return;
      }
      this.#socket = socket;
      socket.onopen = () => {
        if (mine()) this.#opened();
      };
      socket.onmessage = (event) => {
        if (mine()) this.#frame(String(event.data), closed);
      };
      socket.onclose = (event) => closed(event.code, event.reason);
      socket.onerror = () => {}; // a close follows
    } catch {
      closed(1006, "");
    }
  }

  #hangUp(): void {
    this.#generation++;
    const socket = this.#socket;
    this.#socket = undefined;
    this.#pings.clear();
    this.#queued.clear();
    // A poll under way has its own claim on the rooms.
    if (socket && !this.#poller.running) this.rooms.dropPending();
    socket?.close();
  }

  #opened(): void {
    this.#step({ type: "opened" });
    for (const room of this.rooms.wanted()) this.#want(room);
    this.#ping();
    this.#joinedYet();
  }

  #frame(text: string, closed: (code: number, reason: string) => void): void {
    let messages: ServerMessage[];
    try {
      messages = parseFrame(text);
    } catch {
      closed(1002, "");
      return;
    }
    this.#status.lastAt = this.#env.now();
    this.#step({ type: "frame" });
    for (const message of messages) {
      if ("now" in message) this.#clock(message.now);
      if ("id" in message && !("address" in message)) this.#pong((message as Done).id);
      this.rooms.take(message);
    }
    if (this.#env.now() - this.#pingedAt >= pingEveryMs) this.#ping();
    this.#joinedYet();
    this.rooms.settle();
  }

  /** Queues a subscribe; those of one turn leave as one command. */
  #want(room: Room): void {
    if (!this.#link.open) return; // polling asks for everything anyway
    if (this.#queued.size === 0) queueMicrotask(() => this.#subscribeQueued());
    this.#queued.add(room);
  }

  #subscribeQueued(): void {
    const rooms = [...this.#queued];
    this.#queued.clear();
    if (!this.#socket) return;
    for (let i = 0; i < rooms.length; i += addressesPerCommand) {
      const id = ++this.#lastId;
      const addresses = rooms.slice(i, i + addressesPerCommand).map((room) => {
        room.ask(id);
        return { address: room.address, since: room.since };
      });
      this.#send({ id, cmd: "subscribe", addresses });
    }
  }

  #joinedYet(): void {
    if (this.#socket && this.#queued.size === 0 && !this.rooms.pending) this.#step({ type: "joined" });
  }

  #ping(): void {
    const id = ++this.#lastId;
    this.#pingedAt = this.#env.now();
    this.#pings.set(id, this.#pingedAt);
    this.#send({ id, cmd: "ping" });
  }

  #pong(id: number): void {
    const sentAt = this.#pings.get(id);
    if (sentAt === undefined) return;
    this.#pings.delete(id);
    this.#status.rttMs = Math.round(this.#env.now() - sentAt);
  }

  #send(command: object): void {
    try {
      this.#socket?.send(JSON.stringify(command));
    } catch {
      // A socket that is closing says so by itself.
    }
  }

  #polled(items: PollItem[]): void {
    this.#status.lastAt = this.#env.now();
    this.rooms.answered(items);
    this.#step({ type: "polled", ok: true });
  }

  #pollFailed(problem: Problem): void {
    this.rooms.dropPending();
    const fatal = problem.status === 401 ? "session" : problem.status === 403 ? "forbidden" : undefined;
    // "Later" is an answer too: the server is there, but what is on the screen gets old.
    this.#step({ type: "polled", ok: false, fatal });
  }

  #clock(now: string): void {
    const server = Date.parse(now);
    if (Number.isFinite(server)) this.#status.clockOffset = server - this.#env.now();
  }

  /** Tells the page when the badge changes, and now and then how fresh everything is. */
  #tell(): void {
    const now = this.#env.now();
    const status: Status = {
      ...this.#status,
      mode: this.#link.mode(now),
      starting: this.#link.starting,
      fatal: this.#link.fatal,
    };
    const seen = Math.floor(status.lastAt / 2_000); // not for every frame
    const key = `${status.mode} ${status.starting} ${status.fatal} ${status.rttMs} ${seen}`;
    if (key === this.#told) return;
    this.#told = key;
    this.#sink.status(status);
  }
}
