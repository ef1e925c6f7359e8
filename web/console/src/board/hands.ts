import type { OpenDelivery } from "@bros/sdk";

/** What a rider has in hand. */
export interface Hand {
  /** What is in the bag first, then by promise. */
  deliveries: OpenDelivery[];
  /** The earliest promise among them. */
  first: string | undefined;
}

/** Made once: localeCompare makes its own for every pair. */
const names = new Intl.Collator();

const nothing: Hand = { deliveries: [], first: undefined };

/**
 * Deliveries in hand by rider. Of thousands only what changed is gone through, and the hand of a
 * rider whose deliveries did not change stays the same object.
 */
export class Hands {
  readonly #riderOf = new Map<string, string>();
  readonly #of = new Map<string, Map<string, OpenDelivery>>();
  readonly #stale = new Set<string>();
  #made: ReadonlyMap<string, Hand> = new Map();

  /** Takes what changed among the open deliveries; `remove` are ids of those that are over. */
  change(set: readonly OpenDelivery[], remove: readonly string[]): void {
    for (const delivery of set) {
      const { id, riderId } = delivery;
      if (this.#riderOf.get(id) !== riderId) this.#drop(id);
      if (!riderId) continue;
      const mine = this.#of.get(riderId) ?? new Map<string, OpenDelivery>();
      this.#of.set(riderId, mine.set(id, delivery));
      this.#riderOf.set(id, riderId);
      this.#stale.add(riderId);
    }
    for (const id of remove) this.#drop(id);
  }

  /** The hands as they are now; another map when one of them changed. */
  make(): ReadonlyMap<string, Hand> {
    if (this.#stale.size === 0) return this.#made;
    const made = new Map(this.#made);
    for (const riderId of this.#stale) {
      const mine = this.#of.get(riderId);
      if (mine && mine.size > 0) made.set(riderId, handOfThese([...mine.values()]));
      else made.delete(riderId);
    }
    this.#stale.clear();
    this.#made = made;
    return made;
  }

  #drop(id: string): void {
    const riderId = this.#riderOf.get(id);
    if (riderId === undefined) return;
    this.#riderOf.delete(id);
    this.#of.get(riderId)?.delete(id);
    this.#stale.add(riderId);
  }
}

function handOfThese(deliveries: OpenDelivery[]): Hand {
  let first: string | undefined;
  for (const { promisedAt } of deliveries) {
    if (promisedAt && (first === undefined || promisedAt < first)) first = promisedAt;
  }
  return { deliveries: deliveries.sort(bagFirst), first };
}

function inBag({ status }: OpenDelivery): boolean {
  return status === "pickup" || status === "returning";
}

function bagFirst(a: OpenDelivery, b: OpenDelivery): number {
  if (inBag(a) !== inBag(b)) return inBag(a) ? -1 : 1;
  return (a.promisedAt ?? "") < (b.promisedAt ?? "") ? -1 : 1;
}

export function handOf(hands: ReadonlyMap<string, Hand>, riderId: string): Hand {
  return hands.get(riderId) ?? nothing;
}

/** Where a rider goes next: to the door of what is in the bag, else to the shop (also with what comes back). */
export function nextStop(hand: Hand): { delivery: OpenDelivery; at: "door" | "shop" } | undefined {
  const [delivery] = hand.deliveries;
  return delivery && { delivery, at: delivery.status === "pickup" ? "door" : "shop" };
}

export interface RiderOrder {
  id: string;
  name: string;
  duty: "on" | "off" | "break";
  capacity: number;
}

/** Who is free stands first, then who has room, who is full, who rests, who is off. */
export function byRoom(hands: ReadonlyMap<string, Hand>) {
  const rank = ({ id, duty, capacity }: RiderOrder): number => {
    if (duty === "off") return 4;
    if (duty === "break") return 3;
    const load = handOf(hands, id).deliveries.length;
    return load === 0 ? 0 : load < capacity ? 1 : 2;
  };
  return (a: RiderOrder, b: RiderOrder): number =>
    rank(a) - rank(b) || names.compare(a.name, b.name) || (a.id < b.id ? -1 : 1);
}
