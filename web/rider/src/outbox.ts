import { type Api, type Delivery, newKey, Problem } from "@bros/sdk";

export type Act = "claim" | "pickup" | "deliver";

/** An act of the rider that the server has not answered yet. */
export interface Waiting {
  key: string;
  deliveryId: string;
  number: string;
  what: Act;
  /** The device's time of the act. */
  at: string;
}

export interface OutboxHost {
  api: Pick<Api, "act">;
  storage: Pick<Storage, "getItem" | "setItem">;
  now(): number;
  setTimeout(fn: () => void, ms: number): unknown;
  clearTimeout(handle: unknown): void;
  /** The list has changed. */
  changed(waiting: Waiting[]): void;
  /** An act has reached the server; resolve when the screen shows it. */
  sent(act: Waiting, delivery: Delivery, seq: { epoch: string; seq: number } | undefined): Promise<unknown>;
  /** The server says no, for good. */
  refused(act: Waiting, problem: Problem): void;
}

const storageKey = "bros.outbox";
const firstPauseMs = 2_000;
const longestPauseMs = 30_000;

/** Whether the same act may go through later. */
function passes(problem: Problem): boolean {
  return problem.status === 0 || problem.status === 429 || problem.status >= 500 || problem.status === 401;
}

/**
 * What the rider did, sent in its order and one at a time, with the key and the time it was
 * done with. It outlives the page: what could not be sent is kept and tried again.
 */
export class Outbox {
  waiting: Waiting[];
  readonly #host: OutboxHost;
  #sending = false;
  #timer: unknown;
  #pause = firstPauseMs;

  constructor(host: OutboxHost) {
    this.#host = host;
    this.waiting = read(host.storage);
    host.changed(this.waiting);
  }

  add(delivery: Delivery, what: Act): void {
    if (this.waiting.some((act) => act.deliveryId === delivery.id && act.what === what)) return;
    const at = new Date(this.#host.now()).toISOString();
    this.#keep([
      ...this.waiting,
      { key: newKey(), deliveryId: delivery.id, number: delivery.number, what, at },
    ]);
    this.flush();
  }

  /** Sends what waits, now; called when the machine comes online too. */
  async flush(): Promise<void> {
    if (this.#sending) return;
    this.#host.clearTimeout(this.#timer);
    this.#sending = true;
    try {
      for (let act = this.waiting[0]; act; act = this.waiting[0]) {
        if (!(await this.#send(act))) return;
      }
    } finally {
      this.#sending = false;
    }
  }

  /** False when it is to be tried again later. */
  async #send(act: Waiting): Promise<boolean> {
    const { key, deliveryId, what, at } = act;
    try {
      const answer = await this.#host.api.act(deliveryId, what, { at }, key);
      this.#pause = firstPauseMs;
      await this.#host.sent(act, answer.data, answer.seq);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (passes(error)) {
        this.#timer = this.#host.setTimeout(() => this.flush(), this.#pause);
        this.#pause = Math.min(this.#pause * 2, longestPauseMs);
        return false;
      }
      this.#host.refused(act, error);
    }
    this.#keep(this.waiting.filter((other) => other.key !== key));
    return true;
  }

  #keep(waiting: Waiting[]): void {
    this.waiting = waiting;
    this.#host.storage.setItem(storageKey, JSON.stringify(waiting));
    this.#host.changed(waiting);
  }
}

function read(storage: Pick<Storage, "getItem">): Waiting[] {
  try {
    return JSON.parse(storage.getItem(storageKey) ?? "[]") as Waiting[];
  } catch {
    return [];
  }
}

/** What the rider sees of its deliveries: with its own acts done, whether they were sent or not. */
export function withActs(deliveries: Delivery[], waiting: Waiting[]): Delivery[] {
  return deliveries.map((delivery) => {
    const act = waiting.findLast((candidate) => candidate.deliveryId === delivery.id);
    if (act?.what === "pickup" && delivery.status === "assigned") return { ...delivery, status: "pickup" };
    if (act?.what === "deliver" && delivery.status !== "cancelled") {
      return { ...delivery, status: "delivered", deliveredAt: delivery.deliveredAt ?? act.at };
    }
    return delivery;
  });
}
