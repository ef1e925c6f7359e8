import { type Answer, type Order, type OrderResult, phoneLink, type Shop } from "@bros/sdk";
import {
  complain,
  explain,
  Given,
  Kbd,
  keepLanguage,
  keyOf,
  money,
  phone,
  ReasonButton,
  State,
  t,
  time,
  timeSeconds,
  tOr,
} from "@bros/ui";
import { createEffect, createSignal, For, on, onCleanup, Show } from "solid-js";
import { api, currencyOf, useApp } from "../app.ts";
import { CorrectOrder } from "./CorrectOrder.tsx";
import { begun } from "./correction.ts";
import { HoursNote } from "./HoursNote.tsx";
import { PinMap } from "./PinMap.tsx";
import { ShopState } from "./ShopState.tsx";
import type { Shops } from "./shops.ts";
import { whenText } from "./WhenField.tsx";

interface Props {
  order: Order;
  shop?: Shop;
  shops: Shops;
  onShop: (shop: Shop) => void;
  onNext: () => void;
  onClose: () => void;
}

const usual = [10, 15, 20, 30];

/** The order in hand: what, for whom, and accept or reject. */
export function OrderPanel(props: Props) {
  const app = useApp();
  // By order: the answer to one is no reason to ignore the keys for the next.
  const [underWay, setUnderWay] = createSignal<ReadonlySet<string>>(new Set());
  const [prep, setPrep] = createSignal(15);
  const [by, setBy] = createSignal("customer");
  const order = () => props.order;
  const busy = () => underWay().has(order().id);
  const home = () =>
    props.shop?.location ??
    order().customer.location ??
    app.centers().find((center) => center.id === order().centerId)?.location;
  const zone = () => app.centers().find((center) => center.id === order().centerId)?.timezone ?? "Asia/Seoul";
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
  // Until its end, an order can be corrected; one that was begun is gone on with.
  const open = () => order().status === "received" || order().status === "accepted";
  const [correcting, setCorrecting] = createSignal<string>();
  createEffect(
    on(
      () => order().id,
      (id) => setCorrecting(open() && begun(app, id) ? id : undefined),
    ),
  );
  const isCorrecting = () => open() && correcting() === order().id;
  const choices = () => [...new Set([...usual, prep()])].sort((a, b) => a - b);

  const accept = (minutes: number) => run(() => api.accept(order().id, minutes));

  // One key: a digit accepts with its time, Enter with the marked one.
  const onKey = (event: KeyboardEvent) => {
    if (!open() || isCorrecting() || busy() || event.repeat) return;
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const key = keyOf(event);
    const target = event.target as Element;
    if (target.closest("input, select, textarea, [role=menu], [role=dialog], .pin-map")) return;
    if (key === "e") {
      event.preventDefault();
      setCorrecting(order().id);
      return;
    }
    if (order().status !== "received") return;
    const minutes = choices()[Number(key) - 1];
    if (minutes !== undefined) {
      event.preventDefault();
      setPrep(minutes);
      void accept(minutes);
    } else if (key === "Enter" && !target.matches("button, a, summary")) {
      event.preventDefault();
      void accept(prep());
    }
  };
  document.addEventListener("keydown", onKey);
  onCleanup(() => document.removeEventListener("keydown", onKey));

  const run = async (write: () => Promise<Answer<OrderResult>>) => {
    const { id, centerId } = order();
    setUnderWay((ids) => new Set(ids).add(id));
    try {
      const answer = await write();
      await app.live.caughtUp(
        [`order/${centerId}`],
        answer.seq && { ...answer.seq, seq: answer.data.order.version },
      );
    } catch (error) {
      complain(explain(error));
    } finally {
      setUnderWay((ids) => new Set([...ids].filter((one) => one !== id)));
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
        <Show when={open() && !isCorrecting()}>
          <button
            type="button"
            class="quiet small"
            aria-keyshortcuts="e"
            onClick={() => setCorrecting(order().id)}
          >
            {t("act.correct")} <Kbd>E</Kbd>
          </button>
        </Show>
        <time class="muted small">{t("board.created", { time: timeSeconds(order().createdAt) })}</time>
        <button type="button" class="quiet" aria-label={t("app.close")} onClick={() => props.onClose()}>
          ✕
        </button>
      </header>
      <Show when={order().status === "cancelled"}>
        <Cancelled order={order()} onNext={props.onNext} />
      </Show>
      <Show
        when={!isCorrecting()}
        fallback={
          <Show when={correcting()} keyed>
            <CorrectOrder
              order={order()}
              shop={props.shop}
              shops={props.shops}
              zone={zone()}
              onDone={() => setCorrecting(undefined)}
            />
          </Show>
        }
      >
        <div class="panel-body" classList={{ gone: order().status === "cancelled" }}>
          <div class="line wrap">
            <span class="strong order-shop">{order().shop.name}</span>
            <Show when={order().shop.phone}>
              <a class="phone" href={phoneLink(order().shop.phone)}>
                {phone(order().shop.phone)}
              </a>
            </Show>
            <Given when={props.shop}>{(shop) => <ShopState shop={shop()} onChange={props.onShop} />}</Given>
            <HoursNote shop={props.shop} at={order().promisedAt} zone={zone()} />
          </div>
          <Given when={order().preorder && order().promisedAt}>
            {(at) => (
              <p class="line">
                <span class="tag-warn">{t("when.preorder")}</span> <b>{whenText(Date.parse(at()), zone())}</b>
              </p>
            )}
          </Given>
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
                {(minutes, index) => (
                  <button
                    type="button"
                    class="prep"
                    aria-pressed={prep() === minutes}
                    onClick={() => setPrep(minutes)}
                  >
                    {t("intake.minutes", { n: minutes })} <Kbd>{index() + 1}</Kbd>
                  </button>
                )}
              </For>
            </div>
            <button type="button" class="primary accept" disabled={busy()} onClick={() => accept(prep())}>
              {t("act.accept")} <Kbd>⏎</Kbd>
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
                shortcut="KeyR"
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
              {t("intake.next")}{" "}
              <Show when={order().status !== "received"}>
                <Kbd>⏎</Kbd>
              </Show>
            </button>
          </div>
        </footer>
        <Given when={home()}>
          {(at) => (
            <PinMap
              home={at()}
              shop={props.shop ? { name: props.shop.name, at: props.shop.location } : undefined}
              door={order().customer.location}
            />
          )}
        </Given>
      </Show>
    </section>
  );
}

/** In the way, on purpose: nobody goes on cooking what nobody wants. */
function Cancelled(props: { order: Order; onNext: () => void }) {
  const order = () => props.order;
  return (
    <div class="order-gone" role="alert">
      <p class="order-gone-what">
        {t(`intake.cancelledBy.${(order().cancelledBy as "customer") || "agent"}`, {
          time: timeSeconds(order().cancelledAt),
        })}
      </p>
      <Show when={order().reason}>
        <p>{order().reason}</p>
      </Show>
      <Show when={order().cancelledBy !== "shop" && order().shop.phone}>
        <p>
          <a class="order-gone-call" href={phoneLink(order().shop.phone)}>
            ☎ {t("intake.callShop", { phone: phone(order().shop.phone) })}
          </a>
        </p>
      </Show>
      <button type="button" onClick={() => props.onNext()}>
        {t("intake.next")} <Kbd>⏎</Kbd>
      </button>
    </div>
  );
}
