import { type Delivery, isOpen, phoneLink, reopensUntil, stageSince } from "@bros/sdk";
import { age, Countdown, money, now, phone, ReasonButton, State, stateSign, t, time } from "@bros/ui";
import { For, Show } from "solid-js";
import { currencyOf, useApp } from "../app.ts";
import { Amended } from "./Amended.tsx";
import { useDesk } from "./desk.ts";
import { inWords } from "./happened.ts";
import { Advice } from "./Meant.tsx";
import { Problem } from "./Problem.tsx";
import { Suggestions } from "./Suggestions.tsx";
import { useBoard } from "./state.ts";

/** One delivery in full, and everything that can be done with it now. */
export function Panel(props: { delivery: Delivery }) {
  const app = useApp();
  const board = useBoard();
  const desk = useDesk();
  const delivery = () => props.delivery;
  const amount = () => money(delivery().payment.amount, currencyOf(app, delivery()));
  const since = () => {
    const at = stageSince(delivery());
    return at && isOpen(delivery()) ? t("board.since", { age: age(now() - Date.parse(at)) }) : "";
  };

  return (
    <section
      class="panel delivery-panel"
      data-testid="delivery-panel"
      data-id={delivery().id}
      data-status={delivery().status}
      tabIndex={-1}
      aria-label={t("board.panel", { number: delivery().number })}
    >
      <header>
        <h2 class="panel-number">{delivery().number}</h2>
        <State status={delivery().status} />
        <Show when={isOpen(delivery())} fallback={<span class="muted">{time(delivery().finishedAt)}</span>}>
          <Countdown to={delivery().promisedAt} />
        </Show>
        <span class="muted small cut panel-since">{since()}</span>
        <span class="grow" />
        <button type="button" class="quiet small" aria-keyshortcuts="h" onClick={() => desk.setHistory(true)}>
          {t("board.history")}
        </button>
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
        <Show when={desk.actions.happened.get(delivery().id)}>
          {(happened) => (
            <p class="happened" role="status">
              {inWords(happened())}
            </p>
          )}
        </Show>
        <Problem delivery={delivery()} />
        <Amended delivery={delivery()} />
        <Held delivery={delivery()} />
        <Advice delivery={delivery()} />
        <Reopen delivery={delivery()} />
        <Show when={desk.dispatcher && isOpen(delivery())}>
          <Deeds delivery={delivery()} />
        </Show>
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
          <dt>{t("board.times")}</dt>
          <dd class="panel-times">
            <span>{t("board.created", { time: time(delivery().createdAt) })}</span>
            <Show when={delivery().readyAt}>
              <span>{t("board.ready", { time: time(delivery().readyAt) })}</span>
            </Show>
            <Show when={delivery().promisedAt}>
              <span>{t("board.promised", { time: time(delivery().promisedAt) })}</span>
            </Show>
            <Show when={delivery().pickedUpAt}>
              <span>{t("board.fetched", { time: time(delivery().pickedUpAt) })}</span>
            </Show>
          </dd>
          <Show when={delivery().failReason}>
            {(kind) => (
              <>
                <dt>{t("board.why")}</dt>
                <dd>{t(`problem.${kind()}`)}</dd>
              </>
            )}
          </Show>
          <Show when={delivery().cancelReason}>
            <dt>{t("reason.title")}</dt>
            <dd>{delivery().cancelReason}</dd>
          </Show>
          <Show when={delivery().receivedBy || delivery().note || delivery().photoId}>
            <dt>{t("board.proof")}</dt>
            <dd>
              {delivery().receivedBy} {delivery().note}{" "}
              <Show when={delivery().photoId}>
                <button type="button" class="quiet small" onClick={() => desk.setHistory(true)}>
                  {t("board.photo")}
                </button>
              </Show>
            </dd>
          </Show>
        </dl>
      </div>
    </section>
  );
}

function Phone(props: { digits?: string }) {
  return (
    <Show when={props.digits}>
      <a class="phone" href={phoneLink(props.digits)}>
        {phone(props.digits)}
      </a>
    </Show>
  );
}

function Deeds(props: { delivery: Delivery }) {
  const board = useBoard();
  const desk = useDesk();
  const status = () => props.delivery.status;
  const busy = () => desk.actions.busy(props.delivery.id);
  const riderName = () => {
    const id = desk.riderId();
    return board.riders.get(id)?.name ?? desk.suggestions().find((s) => s.riderId === id)?.riderName ?? "";
  };
  const assign = (reason?: string) => {
    const id = desk.aimedRiderId();
    const name = board.riders.get(id)?.name ?? riderName();
    if (id) void desk.give({ id, name }, aimed(), reason);
  };
  /** As the eye has it; a button that has just changed its name is not what was pressed. */
  const aimed = () => desk.aim([props.delivery.id]);
  const idle = () => !desk.riderId() || busy();

  const act = (what: "pickup" | "deliver", reason: string) => {
    const [target] = aimed();
    if (target) void desk.actions.act(target, what, reason);
  };

  return (
    <div class="deeds">
      <Show when={status() !== "returning"} fallback={<Returned delivery={props.delivery} />}>
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
          <span class="grow cut deeds-to">{riderName() && `→ ${riderName()}`}</span>
          <button type="button" class="quiet" aria-keyshortcuts="a" onClick={() => desk.setPicking(true)}>
            {t("board.other")} <kbd class="key-hint">a</kbd>
          </button>
          <Show when={status() === "waiting"}>
            <Cancel delivery={props.delivery} />
          </Show>
          <Show when={status() === "assigned"}>
            <button type="button" disabled={busy()} onClick={() => void desk.actions.unassign(aimed())}>
              {t("act.unassign")}
            </button>
          </Show>
        </div>
      </Show>
      <div class="line wrap deeds-rare">
        <Show when={status() === "assigned"}>
          <ReasonButton
            label={t("act.pickup")}
            reasons={["reason.phoneDead"]}
            disabled={busy()}
            onAct={(reason) => act("pickup", reason)}
          />
        </Show>
        <Show when={status() === "pickup"}>
          <ReasonButton
            label={t("act.deliver")}
            reasons={["reason.phoneDead"]}
            disabled={busy()}
            onAct={(reason) => act("deliver", reason)}
          />
        </Show>
        <Show when={status() !== "waiting"}>
          <span class="small muted">{t("board.instead")}</span>
        </Show>
        <span class="grow" />
        <Show when={status() !== "waiting"}>
          <Cancel delivery={props.delivery} />
        </Show>
      </div>
    </div>
  );
}

/** The shop has it back: said by a dispatcher for a rider whose phone is dead. */
function Returned(props: { delivery: Delivery }) {
  const desk = useDesk();
  return (
    <div class="line wrap">
      <span class="grow small muted">
        {t("board.bringsBack", { rider: props.delivery.riderName ?? "", shop: props.delivery.shop.name })}
      </span>
      <ReasonButton
        label={t("act.returned")}
        reasons={["reason.shopCalled", "reason.phoneDead"]}
        disabled={desk.actions.busy(props.delivery.id)}
        onAct={(reason) => {
          const [target] = desk.aim([props.delivery.id]);
          if (target) void desk.actions.act(target, "returned", reason);
        }}
      />
    </div>
  );
}

/** A pre-order that is kept until its time. */
function Held(props: { delivery: Delivery }) {
  const desk = useDesk();
  return (
    <Show when={isOpen(props.delivery) && props.delivery.heldUntil}>
      {(until) => (
        <div class="line wrap held-line" data-testid="held-box">
          <span class="grow">
            <span aria-hidden="true">{stateSign("held")} </span>
            {t("board.heldUntil", { time: time(until()), age: age(Date.parse(until()) - now()) })}
          </span>
          <button
            type="button"
            aria-keyshortcuts="n"
            disabled={!desk.dispatcher || desk.actions.busy(props.delivery.id)}
            onClick={() => {
              const [seen] = desk.aim([props.delivery.id]);
              if (seen) void desk.actions.release(seen);
            }}
          >
            {t("act.release")} <kbd class="key-hint">n</kbd>
          </button>
        </div>
      )}
    </Show>
  );
}

/** An end that was said wrongly is taken back, for a quarter of an hour and with a reason. */
function Reopen(props: { delivery: Delivery }) {
  const desk = useDesk();
  const left = () => (reopensUntil(props.delivery) ?? 0) - now();
  return (
    <Show when={desk.dispatcher && left() > 0}>
      <div class="line wrap">
        <span class="grow small muted">{t("board.reopenLeft", { age: age(left()) })}</span>
        <ReasonButton
          label={t("act.reopen")}
          shortcut="KeyO"
          reasons={["reason.wrongTap", "reason.notReceived", "reason.customerCalled"]}
          disabled={desk.actions.busy(props.delivery.id)}
          onAct={(reason) => void desk.actions.reopen(props.delivery, reason)}
        />
      </div>
    </Show>
  );
}

function Cancel(props: { delivery: Delivery }) {
  const desk = useDesk();
  return (
    <ReasonButton
      label={t("act.cancel")}
      class="danger"
      reasons={["reason.customer", "reason.shop", "reason.noAnswer", "reason.accident"]}
      disabled={desk.actions.busy(props.delivery.id)}
      onAct={(reason) => {
        const [target] = desk.aim([props.delivery.id]);
        if (target) void desk.actions.cancel(target, reason);
      }}
    />
  );
}
