import "fake-indexeddb/auto";
import { type Delivery, Problem } from "@bros/sdk";
import { IDBFactory } from "fake-indexeddb";
import { Outbox } from "../src/outbox.ts";
import type { Act, Refusal } from "../src/store.ts";
import { Store } from "../src/store.ts";

/** A phone with nothing on it. */
export function freshPhone(): void {
  Object.assign(globalThis, { indexedDB: new IDBFactory() });
}

export const away = () => Problem.network(new Error("no signal"));

export function delivery(id: string, extra: Partial<Delivery> = {}): Delivery {
  const shop = { id: "s", name: "한솥" };
  const payment = { method: "cash", amount: 10_000 } as const;
  return {
    id,
    number: id,
    orderId: `o${id}`,
    centerId: "c",
    status: "assigned",
    riderId: "r",
    shop,
    customer: {},
    items: [],
    payment,
    version: 1,
    ...extra,
  };
}

/** A server that remembers keys, as ours does, and the line to it. */
export class FakeServer {
  user = "u";
  /** What was done, once each. */
  readonly done: Pick<Act, "what" | "deliveryId" | "at" | "photoId" | "note">[] = [];
  readonly photos = new Map<string, number>();
  readonly #keys = new Map<string, string>();
  /** What becomes of each call: arrives, never arrives, or its answer is lost. */
  line: () => "ok" | "lost" | "answer lost" = () => "ok";
  refuse: (act: Act) => Problem | undefined = () => undefined;
  calls = 0;

  async act(act: Act) {
    const line = this.line();
    this.calls++;
    await Promise.resolve();
    if (line === "lost") throw away();
    const print = JSON.stringify([act.what, act.deliveryId, act.at, act.photoId]);
    const before = this.#keys.get(act.key);
    if (before !== undefined && before !== print) throw new Problem("idempotency_mismatch", 422, {});
    const no = before === undefined ? this.refuse(act) : undefined;
    if (no) throw no;
    if (before === undefined) {
      this.#keys.set(act.key, print);
      const { what, deliveryId, at, photoId, note } = act;
      this.done.push({ what, deliveryId, at, photoId, note });
    }
    if (line === "answer lost") throw away();
    return { data: [delivery(act.deliveryId, { version: 2 })], status: 200, seq: undefined };
  }

  async photo(act: Act, photo: Blob) {
    const line = this.line();
    await Promise.resolve();
    if (line === "lost") throw away();
    const id = `photo-${act.key}`;
    this.photos.set(id, photo.size);
    if (line === "answer lost") throw away();
    return id;
  }

  async me() {
    if (this.line() === "lost") throw away();
    if (this.user === "") throw new Problem("unauthenticated", 401, {});
    return this.user;
  }
}

/** The app's outbox on a phone, with a clock and timers in the test's hand. */
export class Phone {
  now = Date.parse("2026-11-23T10:00:00Z");
  readonly server: FakeServer;
  store!: Store;
  outbox!: Outbox;
  shown: { acts: Act[]; refusals: Refusal[] } = { acts: [], refusals: [] };
  waiting = { photos: 0, unkept: 0 };
  /** How far the server's clock is ahead. */
  offset: number | undefined = 0;
  loggedOut = 0;
  photosLost = 0;
  #timers: (() => void)[] = [];

  constructor(server = new FakeServer()) {
    this.server = server;
  }

  async start(userId = "u"): Promise<this> {
    this.store = await Store.open();
    this.outbox = new Outbox(userId, this.store, {
      act: (act) => this.server.act(act),
      photo: (act, photo) => this.server.photo(act, photo),
      user: () => this.server.me(),
      exclusive: async (_what, send) => {
        await send();
        return true;
      },
      now: () => this.now,
      offset: () => this.offset,
      setTimeout: (fn) => {
        this.#timers.push(fn);
        return fn;
      },
      clearTimeout: (fn) => {
        this.#timers = this.#timers.filter((one) => one !== fn);
      },
      changed: (acts, refusals, waiting) => {
        this.shown = { acts, refusals };
        this.waiting = waiting;
      },
      sent: () => {},
      loggedOut: () => {
        this.loggedOut++;
      },
      photoLost: () => {
        this.photosLost++;
      },
    });
    await this.outbox.reload();
    return this;
  }

  /** The timers go off. */
  async later(): Promise<void> {
    for (const fn of this.#timers.splice(0)) fn();
    await this.outbox.flush();
    await this.outbox.photosSent();
  }

  /** The browser is killed: what it was about to do it does no more. */
  kill(): void {
    this.outbox.close();
    this.#timers = [];
    this.store.close();
  }
}
