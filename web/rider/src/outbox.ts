import { type Answer, type Delivery, type LogPoint, newKey, Problem } from "@bros/sdk";
import type { Act, KeptPhoto, Refusal, Store, What } from "./store.ts";

/** What the rider wants to have done. */
export interface Draft {
  what: What;
  delivery: Pick<Delivery, "id" | "number" | "shop">;
  receivedBy?: string;
  note?: string;
  photo?: Blob;
}

export interface OutboxHost {
  /** Sends an act with its own key and time. Throws a Problem. */
  act(act: Act): Promise<Answer<Delivery>>;
  /** Brings a photo to the server; the answer is its id. */
  photo(act: Act, photo: Blob): Promise<string>;
  /** Who is logged in just now: acts of another are not this one's to send. */
  user(): Promise<string>;
  /** Runs `send` unless another copy of the app is at it; false: it is. */
  exclusive(send: () => Promise<void>): Promise<boolean>;
  /** Milliseconds, by the server's clock as well as it is known. */
  now(): number;
  setTimeout(fn: () => void, ms: number): unknown;
  clearTimeout(handle: unknown): void;
  /** What waits, or was refused, has changed. */
  changed(acts: Act[], refusals: Refusal[]): void;
  sent(act: Act, delivery: Delivery, seq: LogPoint | undefined): void;
  /** The login has ended, or is somebody else's: sending goes on after the next one. */
  loggedOut(): void;
  /** The photo was refused and the act goes without it, or there was no room to keep it. */
  photoLost(act: Act): void;
}

const firstPauseMs = 1_500;
const longestPauseMs = 30_000;

/**
 * Whether the server has really said no. No answer, a busy or broken server, an ended login
 * and the page of a hotel's network in between are no such word.
 */
export function isFinal(error: unknown): error is Problem {
  if (!(error instanceof Problem) || error.code === "network" || error.code === "http") return false;
  return error.status >= 400 && error.status < 500 && ![401, 408, 425, 429].includes(error.status);
}

/**
 * What the rider did, kept on the phone before anything else happens, and sent in its order,
 * one at a time, with the key and the time it was done with. It outlives the page; what is
 * refused is kept to be read, and holds up nothing.
 */
export class Outbox {
  acts: Act[] = [];
  refusals: Refusal[] = [];
  readonly #userId: string;
  readonly #store: Store;
  readonly #host: OutboxHost;
  #sending: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #closed = false;
  #timer: unknown;
  #pause = firstPauseMs;

  constructor(userId: string, store: Store, host: OutboxHost) {
    this.#userId = userId;
    this.#store = store;
    this.#host = host;
  }

  /** Reads what waits from before and begins to send it. */
  async open(): Promise<void> {
    await this.reload();
    this.flush();
  }

  close(): void {
    this.#closed = true;
    this.#host.clearTimeout(this.#timer);
  }

  /** Looks at the store again: another copy of the app has changed it. */
  async reload(): Promise<void> {
    this.acts = await this.#store.acts(this.#userId);
    this.refusals = await this.#store.refusals(this.#userId);
    if (!this.#closed) this.#host.changed(this.acts, this.refusals);
  }

  /** Keeps an act; when the answer is here it is on the disk. The same one twice is one. */
  async add(draft: Draft): Promise<void> {
    const { what, delivery, receivedBy, note, photo } = draft;
    if (this.acts.some((act) => act.deliveryId === delivery.id && act.what === what)) return;
    const key = newKey();
    const act: Act = {
      userId: this.#userId,
      key,
      what,
      deliveryId: delivery.id,
      number: delivery.number,
      shop: delivery.shop.name,
      at: new Date(this.#host.now()).toISOString(),
      receivedBy,
      note,
      photo: photo ? key : undefined,
    };
    // At once for the eye, and so that a second press finds it.
    this.acts = [...this.acts, act];
    this.#host.changed(this.acts, this.refusals);
    const kept: KeptPhoto | undefined = photo && { key, type: photo.type, bytes: await photo.arrayBuffer() };
    try {
      await this.#store.add(act, kept);
    } catch (error) {
      if (!kept) throw error;
      // The phone is full: the act counts more than its picture.
      await this.#store.add({ ...act, photo: undefined });
      this.#host.photoLost(act);
    }
    await this.reload();
    this.flush();
  }

  /** The rider has read why acts on a delivery were refused. */
  async forgive(deliveryId: string): Promise<void> {
    await this.#store.forgive(this.#userId, deliveryId);
    await this.reload();
  }

  /** Sends what waits, now; called when the phone comes online, and after a login. */
  flush(): Promise<void> {
    if (this.#sending) {
      // What is under way may have failed already: the caller gets a run of its own.
      this.#next ??= this.#sending.then(() => {
        this.#next = undefined;
        return this.flush();
      });
      return this.#next;
    }
    this.#sending = this.#run().finally(() => {
      this.#sending = undefined;
    });
    return this.#sending;
  }

  async #run(): Promise<void> {
    this.#host.clearTimeout(this.#timer);
    if (this.#closed || this.acts.length === 0) return;
    let later = false;
    const mine = await this.#host.exclusive(async () => {
      later = !(await this.#sendAll());
    });
    if (later || !mine) this.#later();
    if (!mine) await this.reload();
  }

  #later(): void {
    if (this.#closed) return;
    this.#timer = this.#host.setTimeout(() => this.flush(), this.#pause);
    this.#pause = Math.min(this.#pause * 2, longestPauseMs);
  }

  /** False when the rest is to be tried again later. */
  async #sendAll(): Promise<boolean> {
    try {
      if ((await this.#host.user()) !== this.#userId) {
        this.#host.loggedOut();
        return true;
      }
      for (;;) {
        const [act] = await this.#store.acts(this.#userId);
        if (!act || this.#closed) return true;
        await this.#send(act);
        this.#pause = firstPauseMs;
        await this.reload();
      }
    } catch (error) {
      if (error instanceof Problem && error.status === 401) {
        this.#host.loggedOut();
        return true;
      }
      return false;
    }
  }

  /** Brings one act to its end; throws what lets it be tried again. */
  async #send(act: Act): Promise<void> {
    const ready = await this.#withPhoto(act);
    try {
      const answer = await this.#host.act(ready);
      this.#host.sent(ready, answer.data, answer.seq);
      await this.#store.settle(ready);
    } catch (error) {
      if (!isFinal(error)) throw error;
      if (ready.at && error.fields.some((field) => field.field === "at")) {
        // The phone's clock is not to be believed, or it was too long ago: without a time, then.
        await this.#store.change({ ...ready, at: undefined, key: newKey() });
        return;
      }
      const { userId, key, deliveryId, what, number, shop, at } = ready;
      const current = (error.current ?? undefined) as Partial<Delivery> | undefined;
      const { code, detail } = error;
      await this.#store.settle(ready, {
        userId,
        key,
        deliveryId,
        what,
        number,
        shop,
        at,
        code,
        detail,
        current,
      });
    }
  }

  async #withPhoto(act: Act): Promise<Act> {
    if (!act.photo || act.photoId) return act;
    const kept = await this.#store.photo(act.photo);
    let photoId: string | undefined;
    if (kept) {
      try {
        photoId = await this.#host.photo(act, new Blob([kept.bytes], { type: kept.type }));
      } catch (error) {
        if (!isFinal(error)) throw error;
        this.#host.photoLost(act);
      }
    }
    // Without an id the photo is dropped with its name; with one it goes when the act does.
    const ready = { ...act, photoId, photo: photoId ? act.photo : undefined };
    await this.#store.change(ready);
    return ready;
  }
}
