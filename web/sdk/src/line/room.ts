import type { Change, Head, LiveRecord, Reply, Since } from "./protocol.ts";

/** What changed in a room since it was last looked at: each key once, at its newest. */
export interface Delta {
  set: LiveRecord[];
  remove: string[];
}

/** A subscribe is waited for at most so many times as long as the first one. */
const mostPatience = 8;

interface Versioned extends LiveRecord {
  version?: number;
}

/**
 * One address as a client keeps it: the client rule of the contract, and nothing of sockets
 * or clocks. The methods that take a message answer whether the room must be subscribed again.
 */
export class Room {
  readonly address: string;
  readonly records = new Map<string, LiveRecord>();
  /** The log's history that `last` counts in; undefined before the first reply. */
  epoch: string | undefined;
  /** The number up to which everything is known. */
  last = 0;
  /** How long finished records stay, in seconds; undefined: for ever. */
  windowSec: number | undefined;
  volatile = false;
  /** Why the server refuses this address, when it does. */
  refused: string | undefined;
  revoked = false;
  /** The id of the subscribe that is under way; 0 when it is a poll. */
  #asked: number | undefined;
  /** When it was asked, or the newest part of the answer came. */
  #heardAt = 0;
  /** Subscribes in a row that brought no whole answer. */
  #unanswered = 0;
  #parts: { count: number; records: LiveRecord[] } | undefined;
  #dirty = new Set<string>();

  constructor(address: string) {
    this.address = address;
  }

  /** Where to resume from; undefined on first sight. */
  get since(): Since | undefined {
    return this.epoch === undefined || this.volatile ? undefined : { epoch: this.epoch, seq: this.last };
  }

  /** Whether it is this subscribe (0: a poll) that is under way. */
  isAsked(id: number): boolean {
    return this.#asked === id;
  }

  get pending(): boolean {
    return this.#asked !== undefined;
  }

  /** Whether a reply has come and nothing is known to be missing. */
  get ready(): boolean {
    return this.epoch !== undefined && !this.pending;
  }

  /**
   * Whether nothing of an answer has come for longer than this: it won't come. Whoever asks anew
   * begins the snapshot anew, so a part that arrives gives the rest its time, and each time that
   * nothing comes the next one is waited for twice as long.
   */
  isOverdue(now: number, ms: number): boolean {
    const patience = Math.min(ms * 2 ** Math.max(0, this.#unanswered - 1), ms * mostPatience);
    return this.#asked !== undefined && now - this.#heardAt > patience;
  }

  /** Notes that a subscribe goes out (id 0: within a poll). */
  ask(id: number, now = 0): void {
    this.#asked = id;
    this.#heardAt = now;
    this.#unanswered++;
    this.#parts = undefined;
    this.refused = undefined;
    this.revoked = false;
  }

  /** Forgets a subscribe whose connection is gone. */
  drop(): void {
    this.#asked = undefined;
    this.#parts = undefined;
  }

  /** A reply to the subscribe that is under way; one to an older subscribe is dropped. */
  reply(reply: Reply, now = 0): boolean {
    if (this.#asked === undefined || (reply.id ?? 0) !== this.#asked) return false;
    const records = this.#collect(reply);
    if (records === "again") return this.#askAgain();
    this.#heardAt = now;
    if (records === "more") return false;
    this.#asked = undefined;
    this.#unanswered = 0;
    const same = reply.epoch === this.epoch;
    if (reply.mode === "snapshot") {
      this.#replace(records, same);
    } else {
      if (!same) return this.#askAgain();
      for (const event of reply.events ?? []) {
        if (event.seq > this.last) this.#put(event.key, event.op === "remove" ? undefined : event.data);
      }
    }
    this.epoch = reply.epoch;
    this.last = reply.seq;
    this.windowSec = reply.windowSec ?? this.windowSec;
    this.volatile = reply.volatile ?? false;
    return false;
  }

  change(change: Change): boolean {
    if (this.epoch === undefined || change.seq <= this.last) return false;
    if (change.prev > this.last) return !this.pending;
    this.#put(change.key, change.op === "remove" ? undefined : change.data);
    this.last = change.seq;
    return false;
  }

  head(head: Head): boolean {
    if (this.epoch === undefined || this.volatile) return false;
    if (head.epoch !== this.epoch) {
      if (this.pending) return false;
      this.epoch = undefined; // another history: its numbers mean nothing here
      this.last = 0;
      return true;
    }
    if (head.seq <= this.last) return false;
    if (head.prev > this.last) return !this.pending;
    this.last = head.seq;
    return false;
  }

  /** Lets go of records that finished longer ago than the window, as the server has. */
  sweep(serverNow: number): void {
    if (this.windowSec === undefined) return;
    const oldest = serverNow - this.windowSec * 1000;
    for (const [key, record] of this.records) {
      if (record.finishedAt && Date.parse(record.finishedAt) < oldest) this.#put(key, undefined);
    }
  }

  /** Empties the room: its rights are gone. */
  clear(): void {
    for (const key of [...this.records.keys()]) this.#put(key, undefined);
    this.epoch = undefined;
    this.last = 0;
    this.drop();
  }

  /** What changed since the last call; undefined when nothing did. */
  take(): Delta | undefined {
    if (this.#dirty.size === 0) return undefined;
    const delta: Delta = { set: [], remove: [] };
    for (const key of this.#dirty) {
      const record = this.records.get(key);
      if (record) delta.set.push(record);
      else delta.remove.push(key);
    }
    this.#dirty.clear();
    return delta;
  }

  #askAgain(): boolean {
    this.drop();
    return true;
  }

  /** Puts the parts of a snapshot together: its records, or what to do instead. */
  #collect(reply: Reply): LiveRecord[] | "more" | "again" {
    const records = reply.records ?? [];
    if (reply.part === undefined) return records;
    const parts = this.#parts ?? { count: 0, records: [] };
    if (reply.part !== parts.count + 1) return "again";
    parts.count = reply.part;
    parts.records.push(...records);
    this.#parts = parts;
    if (reply.more) return "more";
    this.#parts = undefined;
    return parts.records;
  }

  #replace(records: LiveRecord[], sameEpoch: boolean): void {
    const gone = new Set(this.records.keys());
    for (const record of records) {
      gone.delete(record.id);
      const old = this.records.get(record.id) as Versioned | undefined;
      // The same number in the same history is the same record: no need to repaint it.
      if (old && sameEpoch && old.version === (record as Versioned).version) continue;
      this.#put(record.id, record);
    }
    for (const key of gone) this.#put(key, undefined);
  }

  #put(key: string, record: LiveRecord | undefined): void {
    if (record) {
      this.records.set(key, record);
      this.#dirty.add(key);
    } else if (this.records.delete(key)) {
      this.#dirty.add(key);
    }
  }
}
