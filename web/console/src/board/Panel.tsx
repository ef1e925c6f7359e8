import { type Delivery, isOpen } from "@bros/sdk";
import { Countdown, money, phone, ReasonButton, State, t, time } from "@bros/ui";
import { For, Show } from "solid-js";
import { currencyOf, useApp } from "../app.ts";
import type { Actions } from "./actions.ts";
import { History } from "./History.tsx";
import { Suggestions } from "./Suggestions.tsx";
import { useBoard } from "./state.ts";

/** One delivery in full, and everything that can be done with it now. */
export function Panel(props: { delivery: Delivery; actions: Actions; dispatcher: boolean }) {
  const app = useApp();
  const board = useBoard();
  const delivery = () => props.delivery;
  const amount = () => money(delivery().payment.amount, currencyOf(app, delivery()));

  return (
    <section
      class="panel delivery-panel"
      data-testid="delivery-panel"
      data-id={delivery().id}
      data-status={delivery().status}
    >
      <header>
        <h2 class="panel-number">{delivery().number}</h2>
        <State status={delivery().status} />
        <Show when={isOpen(delivery())}>
          <Countdown to={delivery().promisedAt} />
        </Show>
        <span class="grow" />
        <button
          type="button"
          class="quiet"
          aria-label={t("app.close")}
          onClick={() => board.select(undefined)}
        >
          ✕
        </button>
      </header>
      <div class="panel-body">
        <dl class="facts">
          <dt>{t("board.shop")}</dt>
          <dd>
            <span class="strong">{delivery().shop.name}</span> <Phone digits={delivery().shop.phone} />
            <div class="muted">{delivery().shop.address}</div>
          </dd>
          <dt>{t("board.to")}</dt>
          <dd>
            <span class="strong">
              {delivery().customer.address} {delivery().customer.addressDetail}
            </span>
            <div>
              {delivery().customer.name} <Phone digits={delivery().customer.phone} />
            </div>
            <Show when={delivery().customer.memo}>
              <div class="memo">{delivery().customer.memo}</div>
            </Show>
          </dd>
          <Show when={delivery().riderName}>
            <dt>{t("board.rider")}</dt>
            <dd>
              <span class="strong">{delivery().riderName}</span>{" "}
              <Phone digits={board.riders.get(delivery().riderId)?.phone} />
            </dd>
          </Show>
          <dt>{t("phone.items")}</dt>
          <dd>
            <For each={delivery().items}>
              {(item) => (
                <span class="item">
                  {item.name} ×{item.quantity}
                </span>
              )}
            </For>
            <div>
              <span class="muted">{t(`pay.${delivery().payment.method}`)}</span> <b>{amount()}</b>
            </div>
          </dd>
        </dl>
        <p class="line wrap small muted panel-times">
          <Show when={delivery().readyAt}>
            <span>{t("board.ready", { time: time(delivery().readyAt) })}</span>
          </Show>
          <Show when={delivery().promisedAt}>
            <span>{t("board.promised", { time: time(delivery().promisedAt) })}</span>
          </Show>
          <Show when={delivery().cancelReason}>
            <span>{delivery().cancelReason}</span>
          </Show>
        </p>
        <Show when={props.dispatcher && isOpen(delivery())}>
          <Deeds delivery={delivery()} actions={props.actions} />
        </Show>
        <History delivery={delivery()} />
      </div>
    </section>
  );
}

function Phone(props: { digits?: string }) {
  return (
    <Show when={props.digits}>
      <a class="phone" href={`tel:${props.digits}`}>
        {phone(props.digits)}
      </a>
    </Show>
  );
}

function Deeds(props: { delivery: Delivery; actions: Actions }) {
  const board = useBoard();
  const status = () => props.delivery.status;
  const riderName = () => {
    const id = board.riderId();
    return board.riders.get(id)?.name ?? board.suggestions().find((s) => s.riderId === id)?.riderName ?? "";
  };
  const assign = (reason?: string) => {
    const id = board.riderId();
    if (id) props.actions.assign(props.delivery, id, riderName(), reason);
  };
  const idle = () => !board.riderId() || props.actions.busy();

  return (
    <div class="deeds">
      <Suggestions delivery={props.delivery} />
      <div class="line wrap">
        <Show
          when={status() !== "pickup"}
          fallback={
            <ReasonButton
              label={t("act.handover")}
              reasons={["reason.accident", "reason.phoneDead", "reason.dispatch"]}
              disabled={idle()}
              onAct={assign}
            />
          }
        >
          <button type="button" class="primary" disabled={idle()} onClick={() => assign()}>
            {status() === "waiting" ? t("act.assign") : t("act.reassign")}
          </button>
        </Show>
        <span class="grow cut">{riderName() && `→ ${riderName()}`}</span>
        <Show when={status() === "assigned"}>
          <button
            type="button"
            disabled={props.actions.busy()}
            onClick={() => props.actions.unassign(props.delivery)}
          >
            {t("act.unassign")}
          </button>
        </Show>
      </div>
      <div class="line wrap deeds-rare">
        <Show when={status() === "assigned"}>
          <ReasonButton
            label={t("act.pickup")}
            reasons={["reason.phoneDead"]}
            disabled={props.actions.busy()}
            onAct={(reason) => props.actions.act(props.delivery, "pickup", reason)}
          />
        </Show>
        <Show when={status() === "pickup"}>
          <ReasonButton
            label={t("act.deliver")}
            reasons={["reason.phoneDead"]}
            disabled={props.actions.busy()}
            onAct={(reason) => props.actions.act(props.delivery, "deliver", reason)}
          />
        </Show>
        <Show when={status() !== "waiting"}>
          <span class="small muted">{t("board.instead")}</span>
        </Show>
        <span class="grow" />
        <ReasonButton
          label={t("act.cancel")}
          class="danger"
          reasons={["reason.customer", "reason.shop", "reason.noAnswer", "reason.accident"]}
          disabled={props.actions.busy()}
          onAct={(reason) => props.actions.cancel(props.delivery, reason)}
        />
      </div>
    </div>
  );
}
