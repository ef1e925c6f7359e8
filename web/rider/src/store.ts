import type { Delivery } from "@bros/sdk";
import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import type { Session } from "./session.ts";

/** What a rider does that must not be lost. */
export type What = "pickup" | "deliver";

/** An act of the rider that the server has not answered yet. */
export interface Act {
  /** Given by the store, in the order of the acts. */
  id?: number;
  userId: string;
  /** The idempotency key it is sent with, however often. */
  key: string;
  what: What;
  deliveryId: string;
  number: string;
  shop: string;
  /** When it was done, by the device; absent when the server would not believe it. */
  at?: string;
  receivedBy?: string;
  note?: string;
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
  what: What;
  number: string;
  shop: string;
  /** When it was done. */
  at?: string;
  code: string;
  detail: string;
  /** The delivery as it stands, as far as the rider may see it. */
  current?: Partial<Delivery>;
}

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

/** What of the world is shown while there is no signal. */
export interface Picture {
  deliveries: Delivery[];
  at: number;
}

export interface KeptFix extends Fix {
  id?: number;
  userId: string;
}

interface Schema extends DBSchema {
  acts: { key: number; value: Act; indexes: { user: string } };
  photos: { key: string; value: KeptPhoto };
  refusals: { key: string; value: Refusal; indexes: { user: string } };
  fixes: { key: number; value: KeptFix; indexes: { user: string } };
  values: { key: string; value: unknown };
}

const name = "bros-rider";

/** Everything that outlives the page: what waits to be sent, what was refused, what was last seen. */
export class Store {
  readonly #db: IDBPDatabase<Schema>;

  private constructor(db: IDBPDatabase<Schema>) {
    this.#db = db;
  }

  static async open(): Promise<Store> {
    const db = await openDB<Schema>(name, 1, {
      upgrade(fresh) {
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
      blocking: (_current, _blocked, event) => (event.target as IDBDatabase | null)?.close(),
    });
    return new Store(db);
  }

  close(): void {
    this.#db.close();
  }

  /** A user's acts that wait, in their order. */
  acts(userId: string): Promise<Act[]> {
    return this.#db.getAllFromIndex("acts", "user", userId);
  }

  /** Keeps an act, with its photo, on the disk. */
  async add(act: Act, photo?: KeptPhoto): Promise<Act> {
    const tx = this.#db.transaction(["acts", "photos"], "readwrite", { durability: "strict" });
    if (photo) tx.objectStore("photos").put(photo);
    const id = await tx.objectStore("acts").add(act);
    await tx.done;
    return { ...act, id };
  }

  async change(act: Act): Promise<void> {
    await this.#db.put("acts", act);
  }

  photo(key: string): Promise<KeptPhoto | undefined> {
    return this.#db.get("photos", key);
  }

  /** The act is done with; refused: why, for the rider to read. */
  async settle(act: Act, refusal?: Refusal): Promise<void> {
    const tx = this.#db.transaction(["acts", "photos", "refusals"], "readwrite", { durability: "strict" });
    if (act.id !== undefined) tx.objectStore("acts").delete(act.id);
    if (act.photo) tx.objectStore("photos").delete(act.photo);
    if (refusal) tx.objectStore("refusals").put(refusal);
    await tx.done;
  }

  /** What was refused, in the order of the acts. */
  async refusals(userId: string): Promise<Refusal[]> {
    const found = await this.#db.getAllFromIndex("refusals", "user", userId);
    return found.sort((a, b) => (a.at ?? "").localeCompare(b.at ?? ""));
  }

  /** Forgets what was refused of one delivery. */
  async forgive(userId: string, deliveryId: string): Promise<void> {
    for (const refusal of await this.refusals(userId)) {
      if (refusal.deliveryId === deliveryId) await this.#db.delete("refusals", refusal.key);
    }
  }

  async addFix(fix: KeptFix): Promise<void> {
    await this.#db.add("fixes", fix);
  }

  /** The oldest fixes of a user. */
  fixes(userId: string, most: number): Promise<KeptFix[]> {
    return this.#db.getAllFromIndex("fixes", "user", userId, most);
  }

  async dropFixes(fixes: readonly KeptFix[]): Promise<void> {
    const tx = this.#db.transaction("fixes", "readwrite");
    for (const { id } of fixes) if (id !== undefined) tx.store.delete(id);
    await tx.done;
  }

  /** Lets go of fixes of whomever that are too old, and of the oldest past a number. */
  async boundFixes(before: string, most: number): Promise<void> {
    const tx = this.#db.transaction("fixes", "readwrite");
    let over = (await tx.store.count()) - most;
    for (let cursor = await tx.store.openCursor(); cursor; cursor = await cursor.continue()) {
      if (over <= 0 && cursor.value.at >= before) break;
      cursor.delete();
      over--;
    }
    await tx.done;
  }

  async session(): Promise<Session | undefined> {
    return (await this.#db.get("values", "session")) as Session | undefined;
  }

  async keepSession(session: Session | undefined): Promise<void> {
    if (session) await this.#db.put("values", session, "session");
    else await this.#db.delete("values", "session");
  }

  /** Ids of cancelled deliveries that the rider has been shown. */
  async seen(userId: string): Promise<string[]> {
    return ((await this.#db.get("values", `seen.${userId}`)) as string[] | undefined) ?? [];
  }

  async keepSeen(userId: string, ids: string[]): Promise<void> {
    await this.#db.put("values", ids, `seen.${userId}`);
  }

  async picture(userId: string): Promise<Picture | undefined> {
    return (await this.#db.get("values", `picture.${userId}`)) as Picture | undefined;
  }

  async keepPicture(userId: string, picture: Picture | undefined): Promise<void> {
    if (picture) await this.#db.put("values", picture, `picture.${userId}`);
    else await this.#db.delete("values", `picture.${userId}`);
  }
}
