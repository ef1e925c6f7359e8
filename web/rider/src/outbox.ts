import { type Answer, type Delivery, type LogPoint, newKey, Problem } from "@bros/sdk";
import { type Act, isFull, type KeptPhoto, type Refusal, type Says, type Store, type What } from "./store.ts";

/** What the rider wants to have done. */
export interface Draft extends Says {
  what: What;
  /** The delivery; of an answer to an offer, the offer by its id, in a delivery's form. */
  delivery: Pick<Delivery, "id" | "number" | "shop">;
  photo?: Blob;
  /** How long it may be taken back, in milliseconds. */
  holdMs?: number;
}

/** What waits, beside the acts themselves. */
export interface Waiting {
  /** Photos whose act the server has, and that still follow it. */
  photos: number;
  /** Acts that the phone could not keep: they are lost when the app is closed. */
  unkept: number;
}

export interface OutboxHost {
  /** Sends an act with its own key and time. Throws a Problem. */
  act(act: Act): Promise<Answer<Delivery[]>>;
  /** Brings a photo to the server, which gives it to the delivery. */
  photo(act: Act, photo: Blob): Promise<unknown>;
  /** Who is logged in just now: acts of another are not this one's to send. */
  user(): Promise<string>;
  /** Runs `send` unless another copy of the app is at it; false: it is. */
  exclusive(what: "acts" | "photos", send: () => Promise<void>): Promise<boolean>;
  /** The phone's clock, in milliseconds. */
  now(): number;
  /** How far the server's clock is ahead of it; undefined: not known yet. */
  offset(): number | undefined;
  setTimeout(fn: () => void, ms: number): unknown;
  clearTimeout(handle: unknown): void;
  /** What waits, or was refused, has changed. */
  changed(acts: Act[], refusals: Refusal[], waiting: Waiting): void;
  sent(act: Act, deliveries: Delivery[], seq: LogPoint | undefined): void;
  /** The login has ended, or is somebody else's: sending goes on after the next one. */
  loggedOut(): void;
  /** The photo was refused, or there was no room to keep it; its act goes without. */
  photoLost(act: Act): void;
}

const firstPauseMs = 1_500;
const longestPauseMs = 30_000;
/** How long an act may be taken back. */
export const takeBackMs = 10_000;
/** How much longer it waits: a press at the last moment comes before the sending. */
const graceMs = 500;

/** Milliseconds that an act may still be taken back. A clock that was set back holds up nothing. */
export function heldFor(act: Act, now: number, more = 0): number {
  const left = (act.until ?? 0) + more - now;
  return left > 0 && left <= takeBackMs + more ? left : 0;
}

/** Answers to offers run against the clock, and a nod changes nothing: they wait behind no act that is held. */
function overtakes(act: Act): boolean {
  return act.what === "accept" || act.what === "decline" || act.what === "seen";
}

/** The act of two presses is one; another problem, or another correction seen, is another. */
function same(act: Act, draft: Draft): boolean {
  const { what, delivery, kind, version, place } = draft;
  return (
    act.deliveryId === delivery.id &&
    act.what === what &&
    act.kind === kind &&
    act.version === version &&
    act.place === place
  );
}

/**
 * Whether the server has really said no. No answer, a busy or broken server, an ended login
 * and the page of a hotel's network in between are no such word.
 */
export function isFinal(error: unknown): error is Problem {
  if (!(error instanceof Problem) || error.code === "network" || error.code === "http") return false;
  return error.status >= 400 && error.status < 500 && ![401, 408, 425, 429].includes(error.status);
}

/** An act in the page's memory, with its photo. */
interface Unkept {
  act: Act;
  photo: KeptPhoto | undefined;
}

/**
 * What the rider did, kept on the phone before anything else happens, and sent in its order,
 * one at a time, with the key and the time it was done with; a photo follows its act. It
 * outlives the page; what is refused is kept to be read, and holds up nothing. What the phone
 * can't keep is sent from memory, and the rider is told to leave the app open.
 */
export class Outbox {
  acts: Act[] = [];
  refusals: Refusal[] = [];
  waiting: Waiting = { photos: 0, unkept: 0 };
  readonly #userId: string;
  readonly #store: Store;
  readonly #host: OutboxHost;
  #stored: Act[] = [];
  #storedRefusals: Refusal[] = [];
  /** Acts that are done, whose photo is to follow. */
  #following: Act[] = [];
  /** Later than all that is stored, in their order. */
  #unkept: Unkept[] = [];
  #unkeptRefusals: Refusal[] = [];
  /** Acts that are over, by key: what the store says of them may be older. */
  readonly #over = new Map<string, "gone" | "done">();
  #keepFailed = false;
  #keeping: Promise<void> = Promise.resolve();
  #sending: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #photos: Promise<void> | undefined;
  #closed = false;
  #timer: unknown;
  #holdTimer: unknown;
  #pause = firstPauseMs;

  constructor(userId: string, store: Store, host: OutboxHost) {
    this.#userId = userId;
    this.#store = store;
    this.#host = host;
    store.lost = () => this.#lost();
  }

  /** Reads what waits from before and begins to send it. */
  async open(): Promise<void> {
    await this.reload();
    this.flush();
  }

  close(): void {
    this.#closed = true;
    this.#host.clearTimeout(this.#timer);
    this.#host.clearTimeout(this.#holdTimer);
  }

  /** Looks at the store again: another copy of the app has changed it. */
  async reload(): Promise<void> {
    try {
      const acts = await this.#store.acts(this.#userId);
      this.#storedRefusals = await this.#store.refusals(this.#userId);
      this.#stored = acts;
      for (const act of acts) {
        if (this.#over.get(act.key) === "gone") await this.#store.settle(act);
      }
    } catch {
      // What was read before counts.
    }
    this.#show();
  }

  #show(): void {
    if (this.#closed) return;
    const rows = [...this.#stored, ...this.#unkept.map(({ act }) => act)]
      .filter((act) => this.#over.get(act.key) !== "gone")
      .map((act) => (this.#over.get(act.key) === "done" ? { ...act, done: true } : act));
    this.acts = rows.filter((act) => !act.done);
    this.refusals = [...this.#storedRefusals, ...this.#unkeptRefusals];
    this.waiting = {
      photos: rows.length - this.acts.length,
      unkept: this.#keepFailed ? this.#unkept.length : 0,
    };
    this.#following = rows.filter((act) => act.done);
    this.#host.changed(this.acts, this.refusals, this.waiting);
  }

  /** Keeps an act; when the answer is here it is on the disk, or its loss is told. The same one twice is one. */
  async add(draft: Draft): Promise<void> {
    const { what, delivery, photo, holdMs, ...says } = draft;
    if (this.acts.some((act) => same(act, draft))) return;
    const key = newKey();
    const offset = this.#host.offset();
    const act: Act = {
      userId: this.#userId,
      key,
      what,
      deliveryId: delivery.id,
      number: delivery.number,
      shop: delivery.shop.name,
      at: new Date(this.#host.now() + (offset ?? 0)).toISOString(),
      raw: offset === undefined ? true : undefined,
      until: holdMs ? this.#host.now() + holdMs : undefined,
      ...says,
      photo: photo ? key : undefined,
    };
    // At once for the eye, and so that a second press finds it.
    const entry: Unkept = { act, photo: undefined };
    this.#unkept.push(entry);
    this.#show();
    if (photo) entry.photo = { key, type: photo.type, bytes: await photo.arrayBuffer() };
    await this.#keep();
    this.flush();
  }

  /** Stores what is in memory alone, in its order, as far as the phone can. */
  #keep(): Promise<void> {
    this.#keeping = this.#keeping.then(async () => {
      try {
        for (let first = this.#unkept[0]; first && !this.#closed; first = this.#unkept[0]) {
          const stored = await this.#put(first);
          this.#unkept = this.#unkept.filter((one) => one !== first);
          this.#stored = [...this.#stored, stored];
        }
        this.#keepFailed = false;
      } catch {
        this.#keepFailed = true;
        this.#later();
      }
      this.#show();
    });
    return this.#keeping;
  }

  async #put({ act, photo }: Unkept): Promise<Act> {
    try {
      return await this.#store.add(act, photo);
    } catch (error) {
      if (!photo || !isFull(error)) throw error;
      // The phone is full: the act counts more than its picture.
      const stored = await this.#store.add({ ...act, photo: undefined });
      this.#host.photoLost(act);
      return stored;
    }
  }

  /** The system has emptied the store: what this page knows is put into it again. */
  #lost(): void {
    const known = this.#stored.filter((act) => this.#over.get(act.key) !== "gone");
    for (const act of known) if (act.photo) this.#host.photoLost(act);
    const again = known
      .filter((act) => !act.done)
      .map(({ id: _id, ...act }) => ({ act: { ...act, photo: undefined }, photo: undefined }));
    this.#unkept = [...again, ...this.#unkept];
    this.#stored = [];
    this.#keep();
  }

  /** The rider has read why acts on a delivery were refused. */
  async forgive(deliveryId: string): Promise<void> {
    this.#unkeptRefusals = this.#unkeptRefusals.filter((refusal) => refusal.deliveryId !== deliveryId);
    await this.#store.forgive(this.#userId, deliveryId);
    await this.reload();
  }

  /** Takes an act back that is still held; false: it is too late. */
  async takeBack(key: string): Promise<boolean> {
    const held = this.acts.find((act) => act.key === key);
    if (!held || heldFor(held, this.#host.now()) === 0) return false;
    this.#over.set(key, "gone");
    this.#show();
    // What is just being kept is on the disk after this, and goes from there too.
    await this.#keeping;
    const act = this.#stored.find((one) => one.key === key);
    this.#unkept = this.#unkept.filter((one) => one.act.key !== key);
    try {
      if (act) await this.#store.settle(act);
    } catch {
      // The next look at the store tries again.
    }
    await this.reload();
    return true;
  }

  /** Sends also what may still be taken back: the rider goes on to what comes after it. */
  async hurry(): Promise<void> {
    for (const act of this.acts) {
      if (act.until === undefined) continue;
      await this.#change(act, { ...act, until: undefined }).catch(() => {});
    }
    this.#show();
    await this.flush();
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
    this.#host.clearTimeout(this.#holdTimer);
    if (this.#closed) return;
    if (this.#unkept.length > 0) await this.#keep();
    if (this.acts.length > 0) {
      let later = false;
      const mine = await this.#host.exclusive("acts", async () => {
        later = !(await this.#sendAll());
      });
      if (later || !mine) this.#later();
      if (!mine) await this.reload();
    }
    const [first] = this.acts;
    const held = first ? heldFor(first, this.#host.now(), graceMs) : 0;
    if (held > 0 && !this.#closed) this.#holdTimer = this.#host.setTimeout(() => this.flush(), held);
    this.photosSent();
  }

  #later(): void {
    if (this.#closed) return;
    this.#host.clearTimeout(this.#timer);
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
        await this.reload();
        const act = this.#due();
        if (!act || this.#closed) return true;
        await this.#send(act);
        this.#pause = firstPauseMs;
      }
    } catch (error) {
      if (error instanceof Problem && error.sessionEnded) {
        this.#host.loggedOut();
        return true;
      }
      return false;
    }
  }

  /** The act that is to be sent next, if any may be now. */
  #due(): Act | undefined {
    const now = this.#host.now();
    let held = false;
    return this.acts.find((act) => {
      held ||= heldFor(act, now, graceMs) > 0;
      return !held || overtakes(act);
    });
  }

  /** Brings one act to its end; throws what lets it be tried again. */
  async #send(act: Act): Promise<void> {
    const ready = await this.#timed(act);
    try {
      const answer = await this.#host.act(ready);
      this.#host.sent(ready, answer.data, answer.seq);
      await this.#settle(ready);
    } catch (error) {
      if (!isFinal(error)) throw error;
      if (ready.at && error.fields.some((field) => field.field === "at")) {
        // The phone's clock is not to be believed, or it was too long ago: without a time, then.
        await this.#change(ready, { ...ready, at: undefined, key: newKey() });
        return;
      }
      const { userId, key, deliveryId, what, number, shop, at } = ready;
      if (what === "seen" || what === "arrive") {
        await this.#settle(ready);
        return;
      }
      const current = (error.current ?? undefined) as Refusal["current"];
      const { code, detail } = error;
      const refusal = { userId, key, deliveryId, what, number, shop, at, code, detail, current };
      await this.#settle(ready, refusal);
    }
  }

  /** An act with the server's time: once it was sent with one it keeps it. */
  async #timed(act: Act): Promise<Act> {
    const offset = this.#host.offset();
    if (!act.raw || !act.at || offset === undefined) return act;
    const timed = { ...act, at: new Date(Date.parse(act.at) + offset).toISOString(), raw: undefined };
    await this.#change(act, timed);
    return timed;
  }

  async #change(act: Act, next: Act): Promise<void> {
    if (act.id !== undefined) {
      this.#stored = this.#stored.map((one) => (one.id === act.id ? next : one));
      await this.#store.change(next);
      return;
    }
    for (const one of this.#unkept) if (one.act.key === act.key) one.act = next;
  }

  /** The act is over. Its end stands in memory first: a store that fails makes nothing happen twice here. */
  async #settle(act: Act, refusal?: Refusal): Promise<void> {
    const follows = !refusal && act.photo !== undefined && !act.photoId && !act.done;
    this.#over.set(act.key, follows ? "done" : "gone");
    try {
      if (follows) await this.#change(act, { ...act, done: true });
      else await this.#store.settle(act, refusal);
    } catch {
      if (refusal) this.#unkeptRefusals.push(refusal);
    }
    if (!follows) this.#unkept = this.#unkept.filter((one) => one.act.key !== act.key);
    await this.reload();
  }

  /** Sends the photos of acts that are done, beside whatever else is sent: on a weak line they take long. */
  photosSent(): Promise<void> {
    if (this.#photos) return this.#photos;
    if (this.#closed || this.#following.length === 0) return Promise.resolve();
    let later = false;
    this.#photos = this.#host
      .exclusive("photos", async () => {
        await this.reload();
        for (let [act] = this.#following; act && !this.#closed; [act] = this.#following) {
          if (await this.#follow(act)) continue;
          later = true;
          return;
        }
      })
      .then((mine) => {
        this.#photos = undefined;
        if (later || !mine) this.#later();
      });
    return this.#photos;
  }

  /** Sends a photo after its act; false: later. */
  async #follow(act: Act): Promise<boolean> {
    try {
      const kept =
        this.#unkept.find((one) => one.act.key === act.key)?.photo ??
        (await this.#store.photo(act.photo ?? ""));
      if (kept) await this.#host.photo(act, new Blob([kept.bytes], { type: kept.type }));
      else this.#host.photoLost(act);
      this.#pause = firstPauseMs;
    } catch (error) {
      if (!isFinal(error)) return false;
      this.#host.photoLost(act);
    }
    await this.#settle(act);
    return true;
  }
}
