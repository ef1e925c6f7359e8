import type { Delivery } from "@bros/sdk";
import { money, t, time } from "@bros/ui";
import { For, Show } from "solid-js";
import { cashOf } from "./model.ts";

/** What was done today, and the cash that is in the rider's pocket because of it. */
export function Today(props: { done: Delivery[]; waiting: ReadonlySet<string>; currency: string }) {
  const sum = (method: "card" | "prepaid") =>
    props.done.filter((d) => d.payment.method === method).reduce((total, d) => total + d.payment.amount, 0);
  return (
    <section class="pane" data-testid="today">
      <h1 class="pane-title">{t("rider.today")}</h1>
      <dl class="tiles">
        <div class="tile">
          <dt>{t("rider.doneCount")}</dt>
          <dd>{props.done.length}</dd>
        </div>
        <div class="tile" data-cash="true">
          <dt>{t("rider.cashInHand")}</dt>
          <dd data-testid="cash">{money(cashOf(props.done), props.currency)}</dd>
        </div>
        <div class="tile">
          <dt>{t("rider.cardSum")}</dt>
          <dd>{money(sum("card"), props.currency)}</dd>
        </div>
        <div class="tile">
          <dt>{t("rider.paidSum")}</dt>
          <dd>{money(sum("prepaid"), props.currency)}</dd>
        </div>
      </dl>
      <ul class="done">
        <For each={props.done} fallback={<li class="empty">{t("rider.noneToday")}</li>}>
          {(delivery) => (
            <li class="done-row" data-testid="done-row" data-id={delivery.id}>
              <time class="done-time">{time(delivery.deliveredDeviceAt ?? delivery.deliveredAt)}</time>
              <div class="grow">
                <p>
                  <b>{delivery.number}</b> {delivery.shop.name}
                </p>
                <p class="muted">→ {delivery.customer.address}</p>
                <Show when={props.waiting.has(delivery.id)}>
                  <p class="done-waits">{t("rider.thisWaits")}</p>
                </Show>
                <Show when={[delivery.receivedBy, delivery.note].filter(Boolean).join(" · ")}>
                  {(words) => <p class="muted">{words()}</p>}
                </Show>
              </div>
              <span class="done-pay">
                {t(`pay.${delivery.payment.method}`)}
                <br />
                {money(delivery.payment.amount, props.currency)}
              </span>
            </li>
          )}
        </For>
      </ul>
    </section>
  );
}
