import { Given, Kbd, money, phone, State, t, time } from "@bros/ui";
import { For, Show } from "solid-js";
import { currencyOf, useApp } from "../app.ts";
import type { Draft } from "./draft.ts";

/** Who calls: the addresses by number, and what was ordered before, to be had again. */
export function Caller(props: {
  draft: Draft;
  onAddress: (index: number) => void;
  onRepeat: (index: number) => void;
}) {
  const app = useApp();
  const { draft } = props;
  const stranger = () => {
    const customer = draft.known();
    return customer && customer.orders.length === 0 && customer.addresses.length === 0;
  };
  return (
    <section class="panel caller" data-testid="caller" aria-live="polite">
      <header>
        <h2 class="grow">{t("intake.customer")}</h2>
        <span class="strong">{phone(draft.known()?.phone)}</span>
      </header>
      <div class="panel-body">
        <Given when={draft.known()} fallback={<p class="muted small">{t("phone.lookup")}</p>}>
          {(customer) => (
            <>
              <Show when={stranger()}>
                <p class="muted">{t("phone.unknown")}</p>
              </Show>
              <Show when={!stranger()}>
                <p>
                  <span class="strong caller-name">{customer().names[0]}</span>{" "}
                  <span class="muted small">{t("phone.known", { n: customer().orders.length })}</span>
                </p>
                <ol class="caller-list" aria-label={t("phone.addresses")}>
                  <For each={customer().addresses.slice(0, 9)}>
                    {(door, index) => (
                      <li>
                        <button
                          type="button"
                          class="quiet caller-choice"
                          aria-pressed={
                            draft.fields.address === door.address &&
                            draft.fields.addressDetail === (door.addressDetail ?? "")
                          }
                          onClick={() => props.onAddress(index())}
                        >
                          <Kbd>Alt {index() + 1}</Kbd>
                          <span class="cut">
                            {door.address} {door.addressDetail}
                          </span>
                        </button>
                      </li>
                    )}
                  </For>
                </ol>
                <h3 class="small muted">{t("intake.earlier")}</h3>
                <ol class="caller-list">
                  <For each={customer().orders.slice(0, 6)}>
                    {(order, index) => (
                      <li>
                        <button
                          type="button"
                          class="quiet caller-choice caller-order"
                          title={t("phone.repeat")}
                          onClick={() => props.onRepeat(index())}
                        >
                          <State status={order.status} bare />
                          <span class="grow cut">
                            <span class="strong">{order.shop.name}</span>{" "}
                            <span class="muted">
                              {order.items.map((item) => `${item.name} ×${item.quantity}`).join(", ")}
                            </span>
                          </span>
                          <span>{money(order.payment.amount, currencyOf(app, order))}</span>
                          <time class="muted small">{time(order.createdAt)}</time>
                        </button>
                      </li>
                    )}
                  </For>
                </ol>
              </Show>
            </>
          )}
        </Given>
      </div>
    </section>
  );
}
