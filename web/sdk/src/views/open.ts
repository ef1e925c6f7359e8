import type { LiveRecord } from "../line/protocol.ts";
import type { Delivery } from "../types.gen.ts";
import { isOpen, slim } from "./deliveries.ts";
import type { Source } from "./source.ts";
import type { OpenDelivery, OpenDelta } from "./spec.ts";

/** The deliveries that aren't over, in the few fields that a map and a list of riders need. */
export class OpenFeed {
  readonly id: number;
  readonly addresses: ReadonlySet<string>;
  readonly #source: Source;
  readonly #known = new Set<string>();
  #set = new Map<string, OpenDelivery>();
  #remove = new Set<string>();
  #reset = true;
  #ready = false;

  constructor(id: number, addresses: readonly string[], source: Source) {
    this.id = id;
    this.addresses = new Set(addresses);
    this.#source = source;
    this.apply([...source.records(addresses)], []);
  }

  apply(set: readonly LiveRecord[], remove: readonly string[]): void {
    for (const record of set) {
      const delivery = record as Delivery;
      if (!isOpen(delivery)) {
        this.#drop(delivery.id);
        continue;
      }
      this.#known.add(delivery.id);
      this.#set.set(delivery.id, slim(delivery));
      this.#remove.delete(delivery.id);
    }
    for (const id of remove) this.#drop(id);
  }

  take(): OpenDelta | undefined {
    const { ready } = this.#source.state([...this.addresses]);
    const quiet = this.#set.size === 0 && this.#remove.size === 0;
    if (quiet && !this.#reset && ready === this.#ready) return undefined;
    const delta: OpenDelta = {
      open: this.id,
      ready,
      reset: this.#reset,
      set: [...this.#set.values()],
      remove: [...this.#remove],
    };
    this.#ready = ready;
    this.#reset = false;
    this.#set = new Map();
    this.#remove = new Set();
    return delta;
  }

  #drop(id: string): void {
    this.#set.delete(id);
    if (this.#known.delete(id)) this.#remove.add(id);
  }
}
