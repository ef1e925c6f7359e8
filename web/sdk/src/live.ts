import type { Batch, RoomBatch, Status } from "./batch.ts";
import type { LiveRecord, RiderPlace, Volatile } from "./protocol.ts";
import type { LogPoint } from "./rest.ts";

/** What the page says to its worker. */
export type ToWorker =
  | { type: "start"; language: string }
  | { type: "subscribe" | "unsubscribe"; address: string }
  | { type: "wake" }
  | { type: "stop" }
  | { type: "catchUp"; id: number; addresses: string[]; point: LogPoint; timeoutMs: number };

/** What the worker says to its page. */
export type FromWorker =
  | { type: "batch"; batch: Batch }
  | { type: "status"; status: Status }
  | { type: "caughtUp"; id: number; reached: boolean };

/** The part of a Worker that is used here. */
export interface Port {
  postMessage(message: ToWorker): void;
  onmessage: ((event: MessageEvent<FromWorker>) => void) | null;
  terminate?(): void;
}

export interface RoomListener {
  /** What changed: each record at its newest. */
  changed(batch: RoomBatch): void;
  places?(places: RiderPlace[]): void;
}

interface Mirror {
  records: Map<string, LiveRecord>;
  places: Map<string, RiderPlace>;
  state: RoomBatch;
  listeners: Set<RoomListener>;
}

/** How long a write's own echo is waited for before the page goes on without it. */
const catchUpMs = 2_000;

/** The page's end of the realtime client: the worker has the connection, this the listeners. */
export class Live {
  status: Status = { mode: "offline", starting: true, lastAt: 0, clockOffset: 0 };
  readonly #port: Port;
  readonly #rooms = new Map<string, Mirror>();
  readonly #statusListeners = new Set<(status: Status) => void>();
  readonly #eventListeners = new Set<(event: Volatile) => void>();
  readonly #waiting = new Map<number, (reached: boolean) => void>();
  #lastId = 0;

  constructor(port: Port, language: string) {
    this.#port = port;
    port.onmessage = (event) => this.#message(event.data);
    port.postMessage({ type: "start", language });
  }

  /** Follows an address until the answer is called; what is known already comes at once. */
  follow(address: string, listener: RoomListener): () => void {
    let mirror = this.#rooms.get(address);
    if (!mirror) {
      mirror = {
        records: new Map(),
        places: new Map(),
        state: { address, set: [], remove: [], ready: false },
        listeners: new Set(),
      };
      this.#rooms.set(address, mirror);
      this.#port.postMessage({ type: "subscribe", address });
    } else {
      listener.changed({ ...mirror.state, set: [...mirror.records.values()], remove: [] });
      listener.places?.([...mirror.places.values()]);
    }
    const followed = mirror;
    followed.listeners.add(listener);
    return () => {
      followed.listeners.delete(listener);
      if (followed.listeners.size > 0 || this.#rooms.get(address) !== followed) return;
      this.#rooms.delete(address);
      this.#port.postMessage({ type: "unsubscribe", address });
    };
  }

  /** Asks again for an address that was refused or revoked (a rider came on duty). */
  again(address: string): void {
    if (this.#rooms.has(address)) this.#port.postMessage({ type: "subscribe", address });
  }

  onStatus(listener: (status: Status) => void): () => void {
    this.#statusListeners.add(listener);
    listener(this.status);
    return () => this.#statusListeners.delete(listener);
  }

  /** Volatile messages: notices, private chat, events of other systems. */
  onEvent(listener: (event: Volatile) => void): () => void {
    this.#eventListeners.add(listener);
    return () => this.#eventListeners.delete(listener);
  }

  /** Looks at the line now; call it when the page wakes. */
  wake(): void {
    this.#port.postMessage({ type: "wake" });
  }

  /** Waits, not for long, until the page shows one's own write. */
  caughtUp(addresses: string[], point: LogPoint | undefined): Promise<boolean> {
    if (!point) return Promise.resolve(true);
    const id = ++this.#lastId;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#port.postMessage({ type: "catchUp", id, addresses, point, timeoutMs: catchUpMs });
    });
  }

  stop(): void {
    this.#port.postMessage({ type: "stop" });
    this.#port.onmessage = null;
    this.#port.terminate?.();
  }

  #message(message: FromWorker): void {
    switch (message.type) {
      case "status":
        this.status = message.status;
        for (const listener of this.#statusListeners) listener(message.status);
        break;
      case "caughtUp":
        this.#waiting.get(message.id)?.(message.reached);
        this.#waiting.delete(message.id);
        break;
      case "batch":
        this.#batch(message.batch);
    }
  }

  #batch(batch: Batch): void {
    for (const room of batch.rooms) {
      const mirror = this.#rooms.get(room.address);
      if (!mirror) continue;
      for (const record of room.set) mirror.records.set(record.id, record);
      for (const key of room.remove) mirror.records.delete(key);
      mirror.state = { ...room, set: [], remove: [] };
      for (const listener of mirror.listeners) listener.changed(room);
    }
    for (const [address, places] of Object.entries(batch.places)) {
      const mirror = this.#rooms.get(address);
      if (!mirror) continue;
      for (const place of places) mirror.places.set(place.riderId, place);
      for (const listener of mirror.listeners) listener.places?.(places);
    }
    for (const event of batch.events) {
      for (const listener of this.#eventListeners) listener(event);
    }
  }
}
