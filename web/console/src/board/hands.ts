import type { OpenDelivery } from "@bros/sdk";

/** What a rider has in hand. */
export interface Hand {
  /** What is in the bag first, then by promise. */
  deliveries: OpenDelivery[];
  /** The earliest promise among them. */
  first: string | undefined;
}

const nothing: Hand = { deliveries: [], first: undefined };

/** Deliveries in hand by rider. */
export function handsOf(open: Iterable<OpenDelivery>): Map<string, Hand> {
  const hands = new Map<string, Hand>();
  for (const delivery of open) {
    if (!delivery.riderId) continue;
    const hand = hands.get(delivery.riderId) ?? { deliveries: [], first: undefined };
    hand.deliveries.push(delivery);
    const { promisedAt } = delivery;
    if (promisedAt && (hand.first === undefined || promisedAt < hand.first)) hand.first = promisedAt;
    hands.set(delivery.riderId, hand);
  }
  for (const { deliveries } of hands.values()) deliveries.sort(bagFirst);
  return hands;
}

function bagFirst(a: OpenDelivery, b: OpenDelivery): number {
  if (a.status !== b.status) return a.status === "pickup" ? -1 : 1;
  return (a.promisedAt ?? "") < (b.promisedAt ?? "") ? -1 : 1;
}

export function handOf(hands: ReadonlyMap<string, Hand>, riderId: string): Hand {
  return hands.get(riderId) ?? nothing;
}

/** Where a rider goes next: to the door of what is in the bag, else to the shop. */
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
    rank(a) - rank(b) || a.name.localeCompare(b.name) || (a.id < b.id ? -1 : 1);
}
