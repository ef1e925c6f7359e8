import type { Delivery, Location } from "@bros/sdk";
import { Countdown, distance, metresBetween, money, phone, State, t, time } from "@bros/ui";
import { For, Show } from "solid-js";
import type { Act } from "./outbox.ts";

/** Opens the phone's own navigation at a place, or at an address when there is no pin. */
function geo(place: Location | undefined, address: string): string {
  const label = encodeURIComponent(address);
  return place ? `geo:${place.lat},${place.lng}?q=${place.lat},${place.lng}(${label})` : `geo:0,0?q=${label}`;
}

/** How far it is from the shop to the door, as the bird flies. */
function way(delivery: Delivery): string {
  const { shop, customer } = delivery;
  return shop.location && customer.location ? distance(metresBetween(shop.location, customer.location)) : "";
}

/** A delivery that nobody has yet: where from, where to, how far, and Claim. */
export function Offer(props: { delivery: Delivery; currency: string; full: boolean; onClaim: () => void }) {
  return (
    <article class="panel card offer" data-testid="offer-row" data-id={props.delivery.id}>
      <div class="line">
        <b class="grow">{props.delivery.shop.name}</b>
        <span>{way(props.delivery)}</span>
      </div>
      <p>→ {props.delivery.customer.address}</p>
      <p class="line wrap muted">
        <span>{t("rider.ready", { time: time(props.delivery.readyAt) })}</span>
        <Countdown to={props.delivery.promisedAt} />
        <span>
          {t(`pay.${props.delivery.payment.method}`)} {money(props.delivery.payment.amount, props.currency)}
        </span>
      </p>
      <Show when={props.full}>
        <p class="muted small">{t("rider.full")}</p>
      </Show>
      <button type="button" class="primary big" disabled={props.full} onClick={() => props.onClaim()}>
        {t("act.claim")}
      </button>
    </article>
  );
}

interface StopProps {
  delivery: Delivery;
  currency: string;
  /** What to do now; the others wait below it. */
  first: boolean;
  onAct: (what: Act) => void;
}

/** One of the rider's own deliveries: what to do next, in large. */
export function Stop(props: StopProps) {
  const picking = () => props.delivery.status === "assigned";
  const { delivery } = props;
  const address = () =>
    picking()
      ? (props.delivery.shop.address ?? "")
      : [props.delivery.customer.address, props.delivery.customer.addressDetail].filter(Boolean).join(", ");
  const place = () => (picking() ? props.delivery.shop.location : props.delivery.customer.location);
  const number = () => (picking() ? props.delivery.shop.phone : props.delivery.customer.phone);
  const amount = () => money(props.delivery.payment.amount, props.currency);

  return (
    <article
      class="panel card stop"
      data-first={props.first}
      data-testid="delivery-row"
      data-id={delivery.id}
      data-status={props.delivery.status}
      data-version={props.delivery.version}
    >
      <div class="line">
        <b class="stop-number">{props.delivery.number}</b>
        <State status={props.delivery.status} />
        <span class="grow" />
        <Countdown to={props.delivery.promisedAt} />
      </div>
      <div>
        <span class="muted">{picking() ? t("rider.pickupAt") : t("rider.deliverTo")}</span>
        <p class="stop-where">
          {picking() ? props.delivery.shop.name : address() || props.delivery.customer.name}
        </p>
        <p>{picking() ? address() : props.delivery.customer.name}</p>
        <Show when={picking()}>
          <p class="muted">
            {t("rider.ready", { time: time(props.delivery.readyAt) })} → {props.delivery.customer.address}
          </p>
        </Show>
        <Show when={!picking() && props.delivery.customer.memo}>
          <p class="memo">{props.delivery.customer.memo}</p>
        </Show>
      </div>
      <Show when={picking()}>
        <p class="small">
          <For each={props.delivery.items}>
            {(item) => (
              <span class="item">
                {item.name} ×{item.quantity}
              </span>
            )}
          </For>
        </p>
      </Show>
      <p class="stop-pay" data-cash={!picking() && props.delivery.payment.method === "cash"}>
        {props.delivery.payment.method === "cash"
          ? t("rider.collect", { amount: amount() })
          : props.delivery.payment.method === "card"
            ? t("rider.byCard", { amount: amount() })
            : t("rider.paid")}
      </p>
      <div class="line stop-links">
        <Show when={number()}>
          <a class="button grow" href={`tel:${number()}`}>
            {t("act.call")} {phone(number())}
          </a>
        </Show>
        <a class="button grow" href={geo(place(), address())}>
          {t("act.navigate")}
        </a>
      </div>
      <button
        type="button"
        class="big"
        classList={{ primary: props.first }}
        onClick={() => props.onAct(picking() ? "pickup" : "deliver")}
      >
        {picking() ? t("act.pickup") : t("act.deliver")}
      </button>
    </article>
  );
}
