import type { Delivery, Offer } from "@bros/sdk";
import { distance, metresBetween, money, now, t, time } from "@bros/ui";
import { createMemo, createSignal, For, onMount, Show } from "solid-js";
import { Ring, settleMs } from "./OfferCards.tsx";
import { Due } from "./Stop.tsx";

interface Props {
  offers: Offer[];
  currency: string;
  onAccept: (offer: Offer) => void;
  onDecline: (offer: Offer) => void;
}

function way({ shop, customer }: Delivery): string {
  return shop.location && customer.location ? distance(metresBetween(shop.location, customer.location)) : "–";
}

/** The rider alone is asked: what it is, how long it takes, and yes or no while the ring runs. */
export function AskSheet(props: Props) {
  const first = () => props.offers[0];
  return (
    <Show when={first()?.id} keyed>
      {(_id) => {
        const one = first() as Offer;
        const [settled, setSettled] = createSignal(false);
        onMount(() => setTimeout(() => setSettled(true), settleMs));
        const whole = Date.parse(one.expiresAt) - Date.parse(one.madeAt);
        const left = createMemo(() => Math.max(0, Date.parse(one.expiresAt) - now()));
        const begun = left();
        const many = one.deliveries.length > 1;
        return (
          <section class="sheet" aria-label={t("rider.newOffer")} data-testid="ask" data-id={one.id}>
            <article class="offer">
              <div class="offer-top">
                <b class="grow" role="alert">
                  {many ? t("rider.ask.many", { n: one.deliveries.length }) : t("rider.ask.one")}
                </b>
                <Ring begunMs={begun} left={left()} wholeMs={whole} />
              </div>
              <For each={one.deliveries}>
                {(delivery) => (
                  <div class="ask-one">
                    <p class="facts-shop">{delivery.shop.name}</p>
                    <p class="facts-to">→ {delivery.customer.address}</p>
                    <p class="ask-pay">
                      <span data-cash={delivery.payment.method === "cash"}>
                        {t(`pay.${delivery.payment.method}`)} {money(delivery.payment.amount, props.currency)}
                      </span>
                      <Show when={delivery.readyAt}>
                        <span>{t("rider.ready", { time: time(delivery.readyAt) })}</span>
                      </Show>
                      <Due to={delivery.promisedAt} />
                    </p>
                  </div>
                )}
              </For>
              <dl class="facts-figures" data-many={many}>
                <div>
                  <dt>{t("rider.ask.way")}</dt>
                  <dd>{distance(one.distance)}</dd>
                </div>
                <Show when={!many && one.deliveries[0]}>
                  {(delivery) => (
                    <div>
                      <dt>{t("rider.toDoor")}</dt>
                      <dd>{way(delivery())}</dd>
                    </div>
                  )}
                </Show>
                <div>
                  <dt>{t("rider.ask.duration")}</dt>
                  <dd>{t("time.minutes", { n: Math.max(1, Math.round(one.duration / 60)) })}</dd>
                </div>
              </dl>
              <div class="offer-acts">
                <button type="button" class="big" disabled={!settled()} onClick={() => props.onDecline(one)}>
                  {t("rider.ask.decline")}
                </button>
                <button
                  type="button"
                  class="primary big grow"
                  disabled={!settled()}
                  onClick={() => props.onAccept(one)}
                >
                  {t("rider.ask.accept")}
                </button>
              </div>
            </article>
          </section>
        );
      }}
    </Show>
  );
}
