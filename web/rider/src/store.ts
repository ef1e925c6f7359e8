import type { Delivery, Offer, Place, ProblemKind } from "@bros/sdk";
import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import type { Session } from "./session.ts";

/** What a rider does that must not be lost: to a delivery, or (accept, decline) to an offer. */
export type What =
  | "pickup"
  | "deliver"
  | "seen"
  | "arrive"
  | "problem"
  | "giveback"
  | "returned"
  | "accept"
  | "decline";

/** Acts whose refusal changes nothing for the rider: it is not told of it. */
export type Quiet = "seen" | "arrive";

/** What an act says beside what it is. */
export interface Says {
  receivedBy?: string;
  note?: string;
  /** Of a problem. */
  kind?: ProblemKind;
  /** Of a give back. */
  reason?: string;
  /** Of an arrival. */
  place?: Place;
  /** Of the correction that was seen. */
  version?: number;
}

/** An act of the rider that the server has not answered yet. */
export interface Act extends Says {
  /** Given by the store, in the order of the acts. */
  id?: number;
  userId: string;
  /** The idempotency key it is sent with, however often. */
  key: string;
  what: What;
  /** Of the delivery, or of the offer. */
  deliveryId: string;
  number: string;
  shop: string;
  /** Until then, by the phone's clock, it may be taken back: it is not sent before. */
  until?: number;
  /** When it was done, by the server's clock; absent when the server would not believe it. */
  at?: string;
  /** `at` is still by the phone's clock: the server's was not known then. */
  raw?: boolean;
  /** The server has answered it; its photo is still to follow. */
  done?: boolean;
  /** Name of a photo that is kept beside it, until the server has it. */
  photo?: string;
  photoId?: string;
}

/** A photo as it waits: bytes, for not every browser keeps Blobs. */
export interface KeptPhoto {
  key: string;
  type: string;
  bytes: ArrayBuffer;
}

/** An act that the server has refused for good, until the rider has read it. */
export interface Refusal {
  key: string;
  userId: string;
  deliveryId: string;
  what: Exclude<What, Quiet>;
  number: string;
  shop: string;
  /** When it was done. */
  at?: string;
  code: string;
  detail: string;
  /** The delivery, or the offer, as it stands, as far as the rider may see it. */
  current?: Partial<Omit<Delivery, "status">> & { status?: Delivery["status"] | Offer["status"] };
}

/** What of a delivery may be corrected under way. */
export type Shown = Pick<Delivery, "customer" | "payment" | "items" | "promisedAt" | "readyAt">;

/** A place of the phone, as the server takes it. */
export interface Fix {
  lat: number;
  lng: number;
  accuracy?: number;
  heading?: number;
  speed?: number;
  battery?: number;
  at: string;
}

/** Whose app this is: enough to say whose acts wait, and nothing of customers. */
export interface Owner {
  userId: string;
  name: string;
}

/** What of the world is shown while there is no signal. */
export interface Picture {
  deliveries: Delivery[];
  at: number;
}

export interface KeptFix extends Fix {
  id?: number;
  userId: string;
  /** `at` is by the phone's clock: the server's was not known then. */
  raw?: boolean;
}

interface Schema extends DBSchema {
  acts: { key: number; value: Act; indexes: { user: string } };
  photos: { key: string; value: KeptPhoto };
  refusals: { key: string; value: Refusal; indexes: { user: string } };
  fixes: { key: number; value: KeptFix; indexes: { user: string } };
  values: { key: string; value: unknown };
}

const name = "bros-rider";

/** How long the disk may take; some phones never answer after a sleep. */
const patienceMs = 4_000;

/** Whether the phone has no room: opening the store again does not help. */
export function isFull(error: unknown): boolean {
  return error instanceof Error && error.name === "QuotaExceededError";
}

/**
 * Everything that outlives the page: what waits to be sent, what was refused, what was last
 * seen. Systems close the database under a page, throw it away or let it hang: it is then
 * opened anew, once, before a call fails.
 */
export class Store {
  readonly #patienceMs: number;
  /** Called when the store was found empty that had something. */
  lost: () => void = () => {};
  #db: Promise<IDBPDatabase<Schema>> | undefined;
  #closed = false;
  #opened = false;

  constructor(patience = patienceMs) {
    this.#patienceMs = patience;
  }

  /** Opens the store. That it can't be opened shows in each call. */
  static async open(patience?: number): Promise<Store> {
    const store = new Store(patience);
    await store.#connect().catch(() => {});
    return store;
  }

  close(): void {
    this.#closed = true;
    this.#drop();
  }

  #drop(): void {
    this.#db?.then(
      (db) => db.close(),
      () => {},
    );
    this.#db = undefined;
  }

  #connect(): Promise<IDBPDatabase<Schema>> {
    this.#db ??= this.#openOnce();
    return this.#db;
  }

  async #openOnce(): Promise<IDBPDatabase<Schema>> {
    let wasEmpty = false;
    const opening = openDB<Schema>(name, 1, {
      upgrade(fresh) {
        wasEmpty = true;
        for (const table of ["acts", "fixes"] as const) {
          fresh
            .createObjectStore(table, { keyPath: "id", autoIncrement: true })
            .createIndex("user", "userId");
        }
        fresh.createObjectStore("photos", { keyPath: "key" });
        fresh.createObjectStore("refusals", { keyPath: "key" }).createIndex("user", "userId");
        fresh.createObjectStore("values");
      },
      // Another copy of the app brings a newer form: it must not wait for this one.
      blocking: (_current, _blocked, event) => {
        (event.target as IDBDatabase | null)?.close();
        this.#db = undefined;
      },
      terminated: () => {
        this.#db = undefined;
      },
    });
    try {
      const db = await within(opening, this.#patienceMs);
      if (wasEmpty && this.#opened) this.lost();
      this.#opened = true;
      return db;
    } catch (error) {
      this.#db = undefined;
      // One that comes too late must not stand in the way of the next.
      opening.then(
        (late) => late.close(),
        () => {},
      );
      throw error;
    }
  }

  async #with<T>(work: (db: IDBPDatabase<Schema>) => Promise<T>): Promise<T> {
    for (let again = false; ; again = true) {
      if (this.#closed) throw new Error("the store is closed");
      try {
        return await within(work(await this.#connect()), this.#patienceMs);
      } catch (error) {
        if (again || isFull(error)) throw error;
        this.#drop();
      }
    }
  }

  /** A user's acts that wait, in their order. */
  acts(userId: string): Promise<Act[]> {
    return this.#with((db) => db.getAllFromIndex("acts", "user", userId));
  }

  /** Keeps an act, with its photo, on the disk. */
  add(act: Act, photo?: KeptPhoto): Promise<Act> {
    return this.#with(async (db) => {
      const tx = db.transaction(["acts", "photos"], "readwrite", { durability: "strict" });
      const [id] = await Promise.all([
        tx.objectStore("acts").add(act),
        photo && tx.objectStore("photos").put(photo),
        tx.done,
      ]);
      return { ...act, id };
    });
  }

  async change(act: Act): Promise<void> {
    await this.#with((db) => db.put("acts", act));
  }

  photo(key: string): Promise<KeptPhoto | undefined> {
    return this.#with((db) => db.get("photos", key));
  }

  /** The act is done with; refused: why, for the rider to read. */
  async settle(act: Act, refusal?: Refusal): Promise<void> {
    await this.#with((db) => {
      const tx = db.transaction(["acts", "photos", "refusals"], "readwrite", { durability: "strict" });
      return Promise.all([
        act.id !== undefined && tx.objectStore("acts").delete(act.id),
        act.photo && tx.objectStore("photos").delete(act.photo),
        refusal && tx.objectStore("refusals").put(refusal),
        tx.done,
      ]);
    });
  }

  /** What was refused, in the order of the acts. */
  async refusals(userId: string): Promise<Refusal[]> {
    const found = await this.#with((db) => db.getAllFromIndex("refusals", "user", userId));
    return found.sort((a, b) => (a.at ?? "").localeCompare(b.at ?? ""));
  }

  /** Forgets what was refused of one delivery. */
  async forgive(userId: string, deliveryId: string): Promise<void> {
    for (const refusal of await this.refusals(userId)) {
      if (refusal.deliveryId !== deliveryId) continue;
      await this.#with((db) => db.delete("refusals", refusal.key));
    }
  }

  async addFix(fix: KeptFix): Promise<void> {
    await this.#with((db) => db.add("fixes", fix));
  }

  /** The oldest fixes of a user. */
  fixes(userId: string, most: number): Promise<KeptFix[]> {
    return this.#with((db) => db.getAllFromIndex("fixes", "user", userId, most));
  }

  async dropFixes(fixes: readonly KeptFix[]): Promise<void> {
    await this.#with((db) => {
      const tx = db.transaction("fixes", "readwrite");
      return Promise.all([...fixes.map(({ id }) => id !== undefined && tx.store.delete(id)), tx.done]);
    });
  }

  /** Lets go of fixes of whomever that are too old, and of the oldest past a number. */
  async boundFixes(before: string, most: number): Promise<void> {
    await this.#with(async (db) => {
      const tx = db.transaction("fixes", "readwrite");
      let over = (await tx.store.count()) - most;
      for (let cursor = await tx.store.openCursor(); cursor; cursor = await cursor.continue()) {
        if (over <= 0 && cursor.value.at >= before) break;
        cursor.delete();
        over--;
      }
      await tx.done;
    });
  }

  session(): Promise<Session | undefined> {
    return this.#value("session");
  }

  async keepSession(session: Session | undefined): Promise<void> {
    await this.#keep("session", session);
    if (session) await this.#keep("owner", { userId: session.user.id, name: session.rider.name });
  }

  /** Who rode last on this phone, also after a logout. */
  owner(): Promise<Owner | undefined> {
    return this.#value("owner");
  }

  /** Ids of cancelled deliveries that the rider has been shown. */
  async seen(userId: string): Promise<string[]> {
    return (await this.#value<string[]>(`seen.${userId}`)) ?? [];
  }

  keepSeen(userId: string, ids: string[]): Promise<void> {
    return this.#keep(`seen.${userId}`, ids);
  }

  /** What the rider was last shown of its deliveries, to tell old from new by. */
  async shown(userId: string): Promise<Record<string, Shown>> {
    return (await this.#value<Record<string, Shown>>(`shown.${userId}`)) ?? {};
  }

  keepShown(userId: string, shown: Record<string, Shown> | undefined): Promise<void> {
    return this.#keep(`shown.${userId}`, shown);
  }

  picture(userId: string): Promise<Picture | undefined> {
    return this.#value(`picture.${userId}`);
  }

  keepPicture(userId: string, picture: Picture | undefined): Promise<void> {
    return this.#keep(`picture.${userId}`, picture);
  }

  async #value<T>(key: string): Promise<T | undefined> {
    return (await this.#with((db) => db.get("values", key))) as T | undefined;
  }

  async #keep(key: string, value: unknown): Promise<void> {
    await this.#with(async (db) => {
      if (value === undefined) await db.delete("values", key);
      else await db.put("values", value, key);
    });
  }
}

/** The answer to a promise, or a failure when it does not come in time. */
function within<T>(promise: Promise<T>, ms: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("the phone's store does not answer")), ms);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
