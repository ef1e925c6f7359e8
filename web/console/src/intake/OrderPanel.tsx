import type { Answer, Order, OrderResult, Shop } from "@bros/sdk";
import {
  complain,
  explain,
  keepLanguage,
  money,
  phone,
  ReasonButton,
  State,
  t,
  time,
  timeSeconds,
  tOr,
} from "@bros/ui";
import { createEffect, createSignal, For, on, Show } from "solid-js";
import { api, currencyOf, useApp } from "../app.ts";

interface Props {
  order: Order;
  shop?: Shop;
  onNext: () => void;
  onClose: () => void;
}

const usual = [10, 15, 20, 30, 40];

/** The order in hand: what, for whom, and accept or reject. */
export function OrderPanel(props: Props) {
  const app = useApp();
  const [busy, setBusy] = createSignal(false);
  const [prep, setPrep] = createSignal(15);
  const [by, setBy] = createSignal("customer");
  const order = () => props.order;
  const price = (amount: number) => money(amount, currencyOf(app, order()));

  // Another order, or its shop becomes known: start from what that kitchen takes.
  createEffect(
    on(
      () => [order().id, props.shop?.id],
      () => {
        const busyFor = props.shop?.status === "busy" ? (props.shop.busyMinutes ?? 0) : 0;
        setPrep(order().prepMinutes ?? (props.shop?.prepMinutes ?? 15) + busyFor);
      },
    ),
  );
  const choices = () => [...new Set([...usual, prep()])].sort((a, b) => a - b);

  const run = async (write: () => Promise<Answer<OrderResult>>) => {
    setBusy(true);
    try {
      const answer = await write();
      await app.live.caughtUp(
        [`order/${order().centerId}`],
        answer.seq && { ...answer.seq, seq: answer.data.order.version },
      );
    } catch (error) {
      complain(explain(error));
    } finally {
      setBusy(false);
    }
  };

  return (
    <section
      class="panel order-panel"
      data-testid="order-panel"
      data-id={order().id}
      data-status={order().status}
    >
      <header>
        <h2 class="panel-number">
          {t("intake.order")} {order().number}
        </h2>
        <State status={order().status} />
        <span class="small muted">{tOr(`intake.channel.${order().channel}`, order().channel)}</span>
        <span class="grow" />
        <time class="muted small">{timeSeconds(order().createdAt)}</time>
        <button type="button" class="quiet" aria-label={t("app.close")} onClick={() => props.onClose()}>
          ✕
        </button>
      </header>
      <Show when={order().status === "cancelled"}>
        <div class="order-gone" role="alert">
          <p class="strong">
            {t(`intake.cancelledBy.${(order().cancelledBy as "customer") || "agent"}`, {
              time: timeSeconds(order().cancelledAt),
            })}
            <Show when={order().reason}> · {order().reason}</Show>
          </p>
          <Show when={order().cancelledBy !== "shop" && order().shop.phone}>
            <p>
              <a href={`tel:${order().shop.phone}`}>
                {t("intake.callShop", { phone: phone(order().shop.phone) })}
              </a>
            </p>
          </Show>
        </div>
      </Show>
      <div class="panel-body" classList={{ gone: order().status === "cancelled" }}>
        <div class="line wrap">
          <span class="strong order-shop">{order().shop.name}</span>
          <Show when={order().shop.phone}>
            <a class="phone" href={`tel:${order().shop.phone}`}>
              {phone(order().shop.phone)}
            </a>
          </Show>
          <Show when={props.shop?.status === "busy"}>
            <span class="tag-warn">{t("phone.busy", { n: props.shop?.busyMinutes ?? 0 })}</span>
          </Show>
          <Show when={props.shop?.status === "closed"}>
            <span class="tag-warn">{t("phone.closed")}</span>
          </Show>
        </div>
        <table class="order-items">
          <tbody>
            <For each={order().items}>
              {(item) => (
                <tr>
                  <td>{item.name}</td>
                  <td class="number">×{item.quantity}</td>
                  <td class="number">{price(item.price * item.quantity)}</td>
                </tr>
              )}
            </For>
            <tr>
              <td class="strong">{t(`pay.${order().payment.method}`)}</td>
              <td />
              <td class="number strong">{price(order().payment.amount)}</td>
            </tr>
          </tbody>
        </table>
        <Show when={order().customer.memo}>
          <p class="memo">{order().customer.memo}</p>
        </Show>
        <Show when={order().reason && order().status !== "cancelled"}>
          <p class="muted">{order().reason}</p>
        </Show>
      </div>
      <footer class="order-deeds">
        <Show when={order().status === "received"}>
          <div class="line wrap">
            <span class="muted small">{t("intake.prep")}</span>
            <For each={choices()}>
              {(minutes) => (
                <button type="button" aria-pressed={prep() === minutes} onClick={() => setPrep(minutes)}>
                  {t("intake.minutes", { n: minutes })}
                </button>
              )}
            </For>
          </div>
          <button
            type="button"
            class="primary accept"
            disabled={busy()}
            onClick={() => run(() => api.accept(order().id, prep()))}
          >
            {t("act.accept")}
          </button>
        </Show>
        <Show when={order().acceptedAt && order().status === "accepted"}>
          <p class="line wrap">
            <span class="muted">
              {t("status.accepted")} {time(order().acceptedAt)}
            </span>
            <a href={keepLanguage(`/board?centerId=${order().centerId}&delivery=${order().deliveryId}`)}>
              {t("intake.toBoard", { number: order().number })}
            </a>
            <a href={keepLanguage(order().trackingUrl)} target="_blank" rel="noreferrer">
              {t("intake.track")}
            </a>
          </p>
        </Show>
        <div class="line wrap">
          <Show when={order().status === "received"}>
            <ReasonButton
              label={t("act.reject")}
              class="danger"
              reasons={[
                "reason.shopBusy",
                "reason.shopClosed",
                "reason.soldOut",
                "reason.tooFar",
                "reason.noAnswer",
              ]}
              disabled={busy()}
              onAct={(reason) => run(() => api.reject(order().id, reason))}
            />
          </Show>
          <Show when={order().status === "received" || order().status === "accepted"}>
            <label class="line small muted">
              {t("intake.by")}
              <select value={by()} onChange={(event) => setBy(event.currentTarget.value)}>
                <option value="customer">{t("intake.by.customer")}</option>
                <option value="shop">{t("intake.by.shop")}</option>
                <option value="agent">{t("intake.by.agent")}</option>
              </select>
            </label>
            <ReasonButton
              label={t("act.cancel")}
              class="danger"
              reasons={["reason.customer", "reason.shop", "reason.soldOut", "reason.noAnswer"]}
              disabled={busy()}
              onAct={(reason) => run(() => api.cancelOrder(order().id, reason, by()))}
            />
          </Show>
          <span class="grow" />
          <button type="button" class="quiet" onClick={() => props.onNext()}>
            {t("intake.next")} <kbd>⏎</kbd>
          </button>
        </div>
      </footer>
    </section>
  );
}
