import type { Delivery } from "@bros/sdk";
import { distance, metresBetween, money, now, t, time } from "@bros/ui";
import { createMemo, createSignal, For, onMount, Show } from "solid-js";
import { Due } from "./Stop.tsx";
import type { Fix } from "./store.ts";

/** How long an offer stands in the way before it joins the list. */
const ringMs = 30_000;
/** A sheet that has just risen under a thumb is not meant by it. */
export const settleMs = 600;

interface Props {
  offers: Delivery[];
  currency: string;
  here: Fix | undefined;
  /** The rider carries as much as it can. */
  full: boolean;
  /** Ids of offers that are being claimed. */
  claiming: ReadonlySet<string>;
  onClaim: (offer: Delivery) => void;
}

/** When each offer was first seen on this phone, and which the rider has put aside. */
export function offerBook() {
  const seen = new Map<string, number>();
  const [aside, setAside] = createSignal<ReadonlySet<string>>(new Set());
  return {
    /** Milliseconds that an offer still stands in the way. */
    left: (id: string, at: number) => {
      let first = seen.get(id);
      if (first === undefined) {
        first = at;
        seen.set(id, at);
      }
      return aside().has(id) ? 0 : Math.max(0, first + ringMs - at);
    },
    /** Forgets all but these. */
    keep: (ids: ReadonlySet<string>) => {
      for (const id of seen.keys()) if (!ids.has(id)) seen.delete(id);
      if ([...aside()].some((id) => !ids.has(id))) {
        setAside(new Set([...aside()].filter((id) => ids.has(id))));
      }
    },
    skip: (id: string) => setAside(new Set([...aside(), id])),
  };
}

function away(offer: Delivery, here: Fix | undefined): string {
  return here && offer.shop.location ? distance(metresBetween(here, offer.shop.location)) : "–";
}

function way(offer: Delivery): string {
  const { shop, customer } = offer;
  return shop.location && customer.location ? distance(metresBetween(shop.location, customer.location)) : "–";
}

/** Offers in the page: those that the rider has let pass or that came while it was full. */
export function OfferList(props: Props) {
  return (
    <For each={props.offers}>
      {(offer) => (
        <article class="offer" data-testid="offer-row" data-id={offer.id}>
          <Facts offer={offer} currency={props.currency} here={props.here} />
          <Show when={props.full}>
            <p class="muted">{t("rider.full")}</p>
          </Show>
          <button
            type="button"
            class="primary big"
            disabled={props.full || props.claiming.has(offer.id)}
            onClick={() => props.onClaim(offer)}
          >
            {t("act.claim")}
          </button>
        </article>
      )}
    </For>
  );
}

/** The offer that stands in the way: it rises from the bottom and has a ring that runs out. */
export function OfferSheet(props: Props & { left: (id: string) => number; onSkip: (id: string) => void }) {
  const offer = createMemo(() => props.offers[0]);
  return (
    <Show when={offer()?.id} keyed>
      {(_id) => {
        const [settled, setSettled] = createSignal(false);
        onMount(() => setTimeout(() => setSettled(true), settleMs));
        const one = () => offer() as Delivery;
        const left = createMemo(() => {
          now();
          return props.left(one().id);
        });
        const begun = props.left(one().id);
        return (
          <section class="sheet" aria-label={t("rider.offers")}>
            <article class="offer" data-testid="offer-row" data-id={one().id}>
              <div class="offer-top">
                <b class="grow">{t("rider.newOffer")}</b>
                <Show when={props.offers.length > 1}>
                  <span class="muted">{t("rider.moreOffers", { n: props.offers.length - 1 })}</span>
                </Show>
                <Ring begunMs={begun} left={left()} />
              </div>
              <Facts offer={one()} currency={props.currency} here={props.here} />
              <div class="offer-acts">
                <button type="button" onClick={() => props.onSkip(one().id)}>
                  {t("rider.skip")}
                </button>
                <button
                  type="button"
                  class="primary big grow"
                  disabled={!settled() || props.claiming.has(one().id)}
                  onClick={() => props.onClaim(one())}
                >
                  {t("act.claim")}
                </button>
              </div>
            </article>
          </section>
        );
      }}
    </Show>
  );
}

/** Seconds in a ring that runs out; the drawing is the browser's own animation. */
export function Ring(props: { begunMs: number; left: number; wholeMs?: number }) {
  const whole = props.wholeMs ?? ringMs;
  return (
    <span class="ring" style={{ "--ring": `${whole}ms`, "--begun": `${props.begunMs - whole}ms` }}>
      <svg viewBox="0 0 40 40" aria-hidden="true">
        <circle class="ring-back" cx="20" cy="20" r="17" />
        <circle class="ring-left" cx="20" cy="20" r="17" pathLength="100" />
      </svg>
      <span class="ring-number">{Math.ceil(props.left / 1000)}</span>
    </span>
  );
}

function Facts(props: { offer: Delivery; currency: string; here: Fix | undefined }) {
  return (
    <div class="facts">
      <p class="facts-shop">{props.offer.shop.name}</p>
      <p class="facts-to">→ {props.offer.customer.address}</p>
      <dl class="facts-figures">
        <div>
          <dt>{t("rider.toShop")}</dt>
          <dd>{away(props.offer, props.here)}</dd>
        </div>
        <div>
          <dt>{t("rider.toDoor")}</dt>
          <dd>{way(props.offer)}</dd>
        </div>
        <div data-cash={props.offer.payment.method === "cash"}>
          <dt>{t(`pay.${props.offer.payment.method}`)}</dt>
          <dd>{money(props.offer.payment.amount, props.currency)}</dd>
        </div>
      </dl>
      <p class="facts-time">
        <Show when={props.offer.readyAt}>{t("rider.ready", { time: time(props.offer.readyAt) })} · </Show>
        <Due to={props.offer.promisedAt} />
      </p>
    </div>
  );
}
