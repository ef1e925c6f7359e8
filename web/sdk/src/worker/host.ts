import type { Batch, Status } from "../line/batch.ts";
import type { Engine, EngineSink } from "../line/engine.ts";
import type { RiderPlace } from "../line/protocol.ts";
import { RoomSource, type Source } from "../views/source.ts";
import type { ToWorker } from "./messages.ts";
import { Tab, type TabPort } from "./tab.ts";

export interface HostEnv {
  /** A new engine, not yet started. */
  engine(language: string, user: string | undefined, sink: EngineSink): Engine;
  now(): number;
  setTimeout(fn: () => void, ms: number): unknown;
  clearTimeout(handle: unknown): void;
  /** Calls back when nobody holds the lock any more: its tab is gone. Absent: no locks here. */
  whenFree?(lock: string, gone: () => void): void;
}

/** Lateness need not be known to the second for a count and a filter. */
const tickEveryMs = 5_000;
/** A tab without locks that gives no sign for so long is gone; a hidden one speaks once a minute. */
const silentMs = 150_000;
/** How long the line is kept when the last tab goes: a reload comes back for it. */
const lingerMs = 5_000;

interface Seat {
  tab: Tab;
  port: TabPort;
  lock: string | undefined;
  heardAt: number;
}

/** One engine and the tabs that look through it. */
export class Host {
  readonly #env: HostEnv;
  readonly #seats = new Map<TabPort, Seat>();
  /** The newest place of each rider, for tabs that come later. */
  readonly #places = new Map<string, Map<string, RiderPlace>>();
  #engine: Engine | undefined;
  #source: Source | undefined;
  #status: Status | undefined;
  #subscribed = new Set<string>();
  /** Rooms that have been seen whole. */
  #known = new Set<string>();
  #ticker: unknown;
  #linger: unknown;

  constructor(env: HostEnv) {
    this.#env = env;
  }

  /** Tabs that are there. */
  get tabs(): number {
    return this.#seats.size;
  }

  message(port: TabPort, message: ToWorker): void {
    if (message.type === "start") {
      this.#start(port, message);
      return;
    }
    const seat = this.#seats.get(port);
    if (!seat) {
      if (message.type !== "bye" && message.type !== "stop") port.postMessage({ type: "lost" });
      return;
    }
    seat.heardAt = this.#env.now();
    this.#said(seat, message);
  }

  #said({ tab, port }: Seat, message: Exclude<ToWorker, { type: "start" }>): void {
    switch (message.type) {
      case "subscribe":
        this.#subscribe([message.address], true);
        tab.lastPlaces(message.address, this.#places.get(message.address)?.values() ?? []);
        tab.follow(message.address);
        break;
      case "unsubscribe":
        tab.unfollow(message.address);
        this.#prune();
        break;
      case "view":
        this.#subscribe(message.spec.addresses);
        tab.view(message.view, message.spec, message.rev, message.range);
        this.#prune();
        break;
      case "look":
        tab.look(message.view, message.range);
        break;
      case "hold":
        tab.hold(message.view, message.hold);
        break;
      case "unview":
        tab.unview(message.view);
        this.#prune();
        break;
      case "ask":
        tab.ask(message.id, message.view, message.question);
        break;
      case "open":
        this.#subscribe(message.addresses);
        tab.open(message.open, message.addresses);
        this.#prune();
        break;
      case "unopen":
        tab.unopen(message.open);
        this.#prune();
        break;
      case "watch":
        this.#subscribe(message.addresses);
        tab.watch(message.watch, message.addresses, message.id);
        this.#prune();
        break;
      case "unwatch":
        tab.unwatch(message.watch);
        this.#prune();
        break;
      case "ack":
        tab.ack();
        break;
      case "alive":
        if (this.#status) tab.status(this.#status);
        break;
      case "wake":
        this.#engine?.wake();
        break;
      case "catchUp":
        this.#engine?.caughtUp(message.addresses, message.point, message.timeoutMs).then((reached) => {
          tab.send(true); // its batch may wait for an earlier one to be taken
          tab.post({ type: "caughtUp", id: message.id, reached });
        });
        break;
      case "bye":
        this.leave(port, lingerMs);
        break;
      case "stop":
        this.leave(port, 0);
    }
  }

  /** A tab is gone; without tabs the engine stops, after a while. */
  leave(port: TabPort, afterMs: number): void {
    if (!this.#seats.delete(port)) return;
    this.#prune();
    if (this.#seats.size > 0) return;
    this.#env.clearTimeout(this.#linger);
    this.#linger = this.#env.setTimeout(() => {
      if (this.#seats.size === 0) this.#stop();
    }, afterMs);
  }

  #start(port: TabPort, { language, user, lock }: Extract<ToWorker, { type: "start" }>): void {
    // One that has given up (the session ended) must not serve who comes after.
    if (this.#status?.fatal) this.#restart(language, user);
    this.#begin(language, user);
    if (!this.#engine || !this.#source) return;
    const tab = new Tab(port, this.#engine.rooms.map, this.#source);
    const seat = { tab, port, lock, heardAt: this.#env.now() };
    this.#seats.set(port, seat);
    if (lock) {
      this.#env.whenFree?.(lock, () => {
        if (this.#seats.get(port) === seat) this.leave(port, lingerMs);
      });
    }
    if (this.#status) tab.status(this.#status);
  }

  #begin(language: string, user: string | undefined): void {
    this.#env.clearTimeout(this.#linger);
    if (this.#engine) return;
    const engine = this.#env.engine(language, user, {
      batch: (batch) => this.#batch(batch),
      status: (status) => {
        this.#status = status;
        for (const { tab } of this.#seats.values()) tab.status(status);
      },
    });
    this.#engine = engine;
    this.#source = new RoomSource(engine.rooms.map, () =>
      new Date(this.#env.now() + (this.#status?.clockOffset ?? 0)).toISOString(),
    );
    engine.start();
    const tick = () => {
      this.#tick();
      this.#ticker = this.#env.setTimeout(tick, tickEveryMs);
    };
    this.#ticker = this.#env.setTimeout(tick, tickEveryMs);
  }

  #stop(): void {
    this.#engine?.stop();
    this.#engine = undefined;
    this.#source = undefined;
    this.#status = undefined;
    this.#subscribed.clear();
    this.#known.clear();
    this.#places.clear();
    this.#env.clearTimeout(this.#ticker);
  }

  /** A new engine; the tabs that are left must say again what they want. */
  #restart(language: string, user: string | undefined): void {
    const ports = [...this.#seats.keys()];
    this.#seats.clear();
    this.#stop();
    this.#begin(language, user);
    for (const port of ports) port.postMessage({ type: "lost" });
  }

  #tick(): void {
    const now = this.#env.now();
    for (const { tab, port, lock, heardAt } of this.#seats.values()) {
      if (!(lock && this.#env.whenFree) && now - heardAt > silentMs) this.leave(port, lingerMs);
      else tab.tick();
    }
  }

  #batch(batch: Batch): void {
    for (const [address, places] of Object.entries(batch.places)) {
      const all = this.#places.get(address) ?? new Map<string, RiderPlace>();
      for (const place of places) all.set(place.riderId, place);
      this.#places.set(address, all);
    }
    for (const { tab } of this.#seats.values()) tab.take(batch, this.#known);
    for (const room of batch.rooms) {
      if (room.ready) this.#known.add(room.address);
      else this.#known.delete(room.address);
    }
  }

  /** `again`: one that was refused or revoked is asked for anew. */
  #subscribe(addresses: readonly string[], again = false): void {
    for (const address of addresses) {
      if (this.#subscribed.has(address) && !again) continue;
      this.#subscribed.add(address);
      this.#engine?.subscribe(address);
    }
  }

  /** Lets go of addresses that no tab wants any more. */
  #prune(): void {
    const wanted = new Set<string>();
    for (const { tab } of this.#seats.values()) for (const address of tab.addresses()) wanted.add(address);
    for (const address of this.#subscribed) {
      if (wanted.has(address)) continue;
      this.#subscribed.delete(address);
      this.#known.delete(address);
      this.#places.delete(address);
      this.#engine?.unsubscribe(address);
    }
  }
}
