import type { Problem } from "../rest/problem.ts";
import type { LogPoint, Rest } from "../rest/rest.ts";
import { type Batch, Batcher, type Status } from "./batch.ts";
import { Commands, type SocketLike } from "./commands.ts";
import { Link, type LinkCommand, type LinkInput } from "./link.ts";
import { Poller, type PollItem } from "./poller.ts";
import { Close, type Done, parseFrame, type ServerMessage } from "./protocol.ts";
import type { Room } from "./room.ts";
import { Rooms } from "./rooms.ts";

/** The world of an engine; tests bring their own clock and network. */
export interface EngineEnv {
  rest: Rest;
  /** Whom this client serves; a line that belongs to another user is not used. */
  user?: string;
  /** Opens a socket to the realtime route; rejecting counts as a failed attempt. */
  socket(): Promise<SocketLike>;
  /** The engine has been stopped. */
  stopped?(): void;
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
const askLaterMs = 2_000;

/** A realtime client: rooms kept by the client rule, over a socket or, without one, by polling. */
export class Engine {
  readonly rooms: Rooms;
  readonly #env: EngineEnv;
  readonly #sink: EngineSink;
  readonly #link: Link;
  readonly #poller: Poller;
  readonly #out: Batcher;
  readonly #commands: Commands;
  /** Counts sockets: what an older one still says is not listened to. */
  #generation = 0;
  #timer: unknown;
  #sweeper: unknown;
  #status: Status = { mode: "offline", starting: true, lastAt: 0, clockOffset: 0 };
  #told = "";

  constructor(env: EngineEnv, sink: EngineSink) {
    this.#env = env;
    this.#sink = sink;
    this.#link = new Link(() => env.random());
    this.#commands = new Commands(() => env.now());
    const map = new Map<string, Room>();
    this.#out = new Batcher(env, map, (batch) => sink.batch(batch));
    this.rooms = new Rooms(map, {
      now: () => env.now(),
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
    this.#env.stopped?.();
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
    this.#out.forget(address);
    this.#commands.unsubscribe(room);
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
        this.#commands.ping();
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
      this.#commands.socket = socket;
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
    const socket = this.#commands.hangUp();
    // A poll under way has its own claim on the rooms.
    if (socket && !this.#poller.running) this.rooms.dropPending();
    socket?.close();
  }

  #opened(): void {
    this.#step({ type: "opened" });
    for (const room of this.rooms.wanted()) this.#want(room);
    this.#commands.ping();
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
      if ("connection" in message && this.#env.user && message.connection.userId !== this.#env.user) {
        closed(Close.sessionEnded, ""); // somebody else has logged in in this browser
        return;
      }
      if ("now" in message) this.#clock(message.now);
      if ("id" in message && !("address" in message)) {
        const rtt = this.#commands.pong((message as Done).id);
        if (rtt !== undefined) this.#link.roundTrip(rtt);
        this.#status.rttMs = rtt ?? this.#status.rttMs;
      }
      if ("mode" in message) this.#step({ type: "progress" });
      this.rooms.take(message);
    }
    this.#commands.lookAfter(this.rooms.map.values());
    this.#joinedYet();
    this.rooms.settle();
  }

  #want(room: Room): void {
    if (this.#link.open) this.#commands.subscribe(room); // polling asks for everything anyway
  }

  #joinedYet(): void {
    if (this.#commands.socket && this.#commands.idle && !this.rooms.pending) this.#step({ type: "joined" });
  }

  #polled(items: PollItem[]): void {
    this.#status.lastAt = this.#env.now();
    this.rooms.answered(items);
    this.#step({ type: "polled", ok: true });
  }

  #pollFailed(problem: Problem): void {
    this.rooms.dropPending();
    const fatal = problem.sessionEnded ? "session" : problem.code === "forbidden" ? "forbidden" : undefined;
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
