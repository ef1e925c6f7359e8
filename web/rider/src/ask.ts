import type { Live, Offer } from "@bros/sdk";
import { complain, explain, followRecords, now, t } from "@bros/ui";
import { createEffect, createMemo, createSignal } from "solid-js";
import { ring } from "./device.ts";
import { announceNew } from "./news.ts";
import type { useWork } from "./work.ts";

interface Needs {
  riderId: string;
  live: Live;
  work: ReturnType<typeof useWork>;
}

/** How an offer is called: by the numbers that are in it. */
export function numbersOf(offer: Offer): string {
  return offer.deliveries.map(({ number }) => number).join(", ");
}

/** Offers that this rider alone is asked, until they are answered or their time is over. */
export function useAsk({ riderId, live, work }: Needs) {
  const room = followRecords<Offer>(live, () => [`ask/${riderId}`]);
  const [answered, setAnswered] = createSignal<ReadonlySet<string>>(new Set());
  const [accepted, setAccepted] = createSignal<ReadonlySet<string>>(new Set());
  // What was answered before the app was closed, and still waits to be sent.
  const sending = createMemo(() => new Set(work.acts().map((act) => act.deliveryId)));
  const open = createMemo(() =>
    room
      .list()
      .filter(
        ({ id, status, expiresAt }) =>
          status === "open" && !answered().has(id) && !sending().has(id) && Date.parse(expiresAt) > now(),
      )
      .sort((a, b) => a.madeAt.localeCompare(b.madeAt)),
  );
  announceNew(
    open,
    (offer) => offer.id,
    () => ring("new"),
  );
  // One that ends without an answer is told; it has stood in the way, and is gone.
  let stood: Offer[] = [];
  createEffect(() => {
    const there = new Set(open().map(({ id }) => id));
    for (const offer of stood) {
      if (there.has(offer.id) || answered().has(offer.id) || sending().has(offer.id)) continue;
      ring("gone");
      complain(t("rider.ask.gone", { number: numbersOf(offer) }));
    }
    stood = open();
  });
  const answer = (offer: Offer, what: "accept" | "decline") => {
    const [first] = offer.deliveries;
    if (!first) return;
    ring("done");
    setAnswered(new Set([...answered(), offer.id]));
    if (what === "accept") setAccepted(new Set([...accepted(), ...offer.deliveryIds]));
    const delivery = { id: offer.id, number: numbersOf(offer), shop: first.shop };
    work.outbox.add({ what, delivery }).catch((error) => complain(explain(error)));
  };
  return {
    open,
    /** Deliveries that this rider has said yes to: no news to it. */
    accepted,
    accept: (offer: Offer) => answer(offer, "accept"),
    decline: (offer: Offer) => answer(offer, "decline"),
  };
}
