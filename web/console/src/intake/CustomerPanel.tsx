import { type Order, phoneLink } from "@bros/sdk";
import { money, phone, State, t, time } from "@bros/ui";
import { createResource, For, Show } from "solid-js";
import { api, currencyOf, useApp } from "../app.ts";

/** Who ordered: where to, and what they had before. */
export function CustomerPanel(props: { order: Order }) {
  const app = useApp();
  const customer = () => props.order.customer;
  const [known] = createResource(
    () => customer().phone,
    async (digits) => {
      try {
        return (await api.customer(digits)).data;
      } catch {
        return undefined; // the order in hand says enough
      }
    },
  );
  const earlier = () => known.latest?.orders.filter((order) => order.id !== props.order.id) ?? [];

  return (
    <section class="panel customer-panel">
      <header>
        <h2>{t("intake.customer")}</h2>
        <span class="grow" />
        <a class="phone" href={phoneLink(customer().phone)}>
          {phone(customer().phone)}
        </a>
      </header>
      <div class="panel-body">
        <p class="strong">{customer().name}</p>
        <p>
          {customer().address} {customer().addressDetail}
        </p>
        <h3 class="small muted customer-earlier">{t("intake.earlier")}</h3>
        <Show when={earlier().length > 0} fallback={<p class="muted small">{t("intake.noEarlier")}</p>}>
          <ul>
            <For each={earlier()}>
              {(order) => (
                <li class="line customer-order">
                  <State status={order.status} bare />
                  <span class="strong">{order.number}</span>
                  <span class="grow cut">{order.shop.name}</span>
                  <span>{money(order.payment.amount, currencyOf(app, order))}</span>
                  <time class="muted small">{time(order.createdAt)}</time>
                </li>
              )}
            </For>
          </ul>
        </Show>
      </div>
    </section>
  );
}
