import { type Center, type Delivery, type Live, Problem, type Rider } from "@bros/sdk";
import { complain, explain, followRecords, now, t } from "@bros/ui";
import { type Accessor, createEffect, createMemo, createSignal } from "solid-js";
import { ring } from "./device.ts";
import { announceNew } from "./news.ts";
import { offerBook } from "./OfferCards.tsx";
import { api } from "./session.ts";
import type { useWork } from "./work.ts";

interface Needs {
  center: Center;
  live: Live;
  work: ReturnType<typeof useWork>;
  rider: Accessor<Rider>;
  online: Accessor<boolean>;
  /** How many deliveries the rider has in hand. */
  carries: Accessor<number>;
}

/** What the rider may claim, which of it stands in the way, and the claiming. */
export function useOffers(needs: Needs) {
  const { center, live, work, rider, online } = needs;
  const claims = center.assignMode === "claim";
  const onDuty = createMemo(() => rider().duty === "on");
  const offers = followRecords<Delivery>(live, () => (claims && onDuty() ? [`offer/${center.id}`] : []));
  const [claiming, setClaiming] = createSignal<ReadonlySet<string>>(new Set());
  const book = offerBook();
  const offered = createMemo(() => {
    const own = new Set(work.deliveries().map((delivery) => delivery.id));
    // Without signal nobody can claim, and what is shown may be gone.
    if (!online()) return [];
    return offers
      .list()
      .filter((offer) => offer.status === "waiting" && !own.has(offer.id))
      .sort((a, b) => (b.createdAt ?? "").localeCompare(a.createdAt ?? ""));
  });
  // What has left the room and comes back is a new offer, also for one that was put aside.
  const there = createMemo(() =>
    offers.ready() ? new Set(offers.list().map((offer) => offer.id)) : undefined,
  );
  createEffect(() => {
    const ids = there();
    if (ids) book.keep(ids);
  });
  const full = () => needs.carries() >= rider().capacity;
  const risen = createMemo(() => (full() ? [] : offered().filter((offer) => book.left(offer.id, now()) > 0)));
  const resting = createMemo(() => {
    const up = risen()[0]?.id;
    return offered().filter((offer) => offer.id !== up);
  });
  const claim = async (offer: Delivery) => {
    setClaiming(new Set([...claiming(), offer.id]));
    try {
      const answer = await api.act(offer.id, "claim", {});
      ring("done");
      work.answered(answer.data, answer.seq);
    } catch (error) {
      ring("gone");
      const known = error instanceof Problem ? error : undefined;
      const beaten = known?.code === "not_found" || known?.code === "illegal_transition";
      complain(
        known?.status === 0
          ? t("rider.claimUnknown", { number: offer.number })
          : beaten && !full()
            ? t("rider.claimLost", { number: offer.number })
            : explain(error),
      );
    } finally {
      const rest = new Set(claiming());
      rest.delete(offer.id);
      setClaiming(rest);
    }
  };
  announceNew(
    risen,
    (offer) => offer.id,
    () => ring("new"),
    there,
  );

  return {
    claims,
    offered,
    risen,
    resting,
    full,
    claiming,
    claim,
    skip: book.skip,
    /** Milliseconds that an offer still stands in the way. */
    left: (id: string) => book.left(id, now()),
    revoked: () => Object.values(offers.closed()).includes("revoked"),
  };
}
