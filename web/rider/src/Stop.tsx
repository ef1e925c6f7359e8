import { type Delivery, phoneLink, soonMs } from "@bros/sdk";
import { countdown, distance, type Key, metresBetween, money, now, phone, t, time } from "@bros/ui";
import { createSignal, For, Show } from "solid-js";
import { Icon } from "./icons.tsx";
import { geoLink, mapsLink, toShop } from "./model.ts";
import { ProblemNote } from "./Problem.tsx";
import { Proof, type ProofOf } from "./Proof.tsx";
import { Slide } from "./Sure.tsx";
import type { Fix } from "./store.ts";

interface Props {
  delivery: Delivery;
  currency: string;
  /** Where the phone is, when it is known. */
  here: Fix | undefined;
  /** Its last act still waits for signal. */
  waits: boolean;
  onAct: (what: Step, proof?: ProofOf) => void;
}

/** The acts that a delivery goes on by. */
export type Step = "pickup" | "deliver" | "returned";

const steps: Record<Step, { at: Key; act: Key; hint: Key }> = {
  pickup: { at: "rider.pickupAt", act: "act.pickup", hint: "rider.slidePickup" },
  deliver: { at: "rider.deliverTo", act: "act.deliver", hint: "rider.slideDeliver" },
  returned: { at: "rider.returnTo", act: "rider.actReturned", hint: "rider.slideReturned" },
};

function stepOf({ status }: Delivery): Step {
  return status === "assigned" ? "pickup" : status === "returning" ? "returned" : "deliver";
}

const apple = /iPhone|iPad|Macintosh/.test(navigator.userAgent);

function picking(delivery: Delivery): boolean {
  return delivery.status === "assigned";
}

function target(delivery: Delivery) {
  return toShop(delivery) ? delivery.shop : delivery.customer;
}

/** The door's own words: what is said after the street. */
function detail(delivery: Delivery): string | undefined {
  return toShop(delivery) ? undefined : delivery.customer.addressDetail;
}

function away(delivery: Delivery, here: Fix | undefined): string {
  const place = target(delivery).location;
  return here && place ? distance(metresBetween(here, place)) : "";
}

interface Now {
  userId: string;
  proof: ProofOf;
  onProof: (proof: ProofOf) => void;
  onArrive: () => void;
  onProblem: () => void;
}

/** What to do now, over the whole screen: where, what to watch for, and one thing to slide. */
export function Current(props: Props & Now) {
  const step = () => stepOf(props.delivery);
  const act = () => props.onAct(step(), step() === "pickup" ? undefined : props.proof);
  return (
    <article
      class="stop"
      data-testid="delivery-row"
      data-first="true"
      data-id={props.delivery.id}
      data-status={props.delivery.status}
      data-version={props.delivery.version}
    >
      <div class="stop-head">
        <span class="stop-step" data-step={step()}>
          {t(steps[step()].at)}
        </span>
        <b class="stop-number">{props.delivery.number}</b>
        <Show when={(props.delivery.attempt ?? 1) > 1 && step() === "deliver"}>
          <span class="stop-attempt">{t("rider.attempt", { n: props.delivery.attempt ?? 1 })}</span>
        </Show>
        <span class="grow" />
        <Show when={step() !== "returned"}>
          <Due to={props.delivery.promisedAt} />
        </Show>
      </div>
      <ProblemNote delivery={props.delivery} userId={props.userId} />
      <Where delivery={props.delivery} here={props.here} />
      <Show when={step() === "pickup"}>
        <Money delivery={props.delivery} currency={props.currency} />
      </Show>
      <Show when={step() !== "deliver"}>
        <Items delivery={props.delivery} />
      </Show>
      <Show when={props.waits}>
        <p class="stop-waits">{t("rider.thisWaits")}</p>
      </Show>
      <div class="stop-acts">
        <Show when={step() === "deliver"}>
          <Money delivery={props.delivery} currency={props.currency} />
        </Show>
        <Show when={step() !== "pickup"}>
          <Proof proof={props.proof} back={step() === "returned"} onChange={props.onProof} />
        </Show>
        <Links delivery={props.delivery} onArrive={props.onArrive} onProblem={props.onProblem} />
        <Slide
          label={t(steps[step()].act)}
          hint={t(steps[step()].hint)}
          tone={step() === "pickup" ? "pickup" : step() === "deliver" ? "deliver" : "returned"}
          onSure={act}
        />
      </div>
    </article>
  );
}

/** Time left to the promise, in words that no clock has. */
export function Due(props: { to?: string }) {
  const left = () => (props.to ? Date.parse(props.to) - now() : undefined);
  return (
    <Show when={left() !== undefined}>
      <span class="due" data-near={near(left() ?? 0)}>
        {t((left() ?? 0) < 0 ? "rider.late" : "rider.left", { time: countdown(Math.abs(left() ?? 0)) })}
      </span>
    </Show>
  );
}

function near(ms: number): string {
  return ms < 0 ? "late" : ms < soonMs ? "soon" : "";
}

function Where(props: { delivery: Delivery; here: Fix | undefined }) {
  const isShop = () => toShop(props.delivery);
  const isPickup = () => picking(props.delivery);
  const arrived = () => (isShop() ? props.delivery.arrivedShopAt : props.delivery.arrivedDoorAt);
  const customer = () => props.delivery.customer;
  return (
    <div class="stop-where">
      <h2 class="stop-place">
        {isShop() ? props.delivery.shop.name : (customer().address ?? customer().name)}
      </h2>
      <Show when={detail(props.delivery)}>{(words) => <p class="stop-detail">{words()}</p>}</Show>
      <p class="stop-address">
        <Show when={isShop()} fallback={customer().name}>
          {props.delivery.shop.address}
        </Show>
        <Show when={away(props.delivery, props.here)}>
          {(metres) => <span class="stop-away"> · {metres()}</span>}
        </Show>
        <Show when={props.delivery.status !== "returning" && arrived()}>
          {(at) => <span class="stop-away"> · {t("rider.arrivedAt", { time: time(at()) })}</span>}
        </Show>
      </p>
      <Show when={isPickup() && props.delivery.readyAt}>
        <p class="stop-ready">{t("rider.ready", { time: time(props.delivery.readyAt) })}</p>
      </Show>
      <Show when={isPickup()}>
        <p class="stop-then">→ {[customer().address, customer().addressDetail].filter(Boolean).join(", ")}</p>
      </Show>
      <Show when={!isShop() && customer().memo}>
        <p class="stop-memo">
          <span class="hidden-visually">{t("rider.memo")}: </span>
          {customer().memo}
        </p>
      </Show>
    </div>
  );
}

function Money(props: { delivery: Delivery; currency: string }) {
  const payment = () => props.delivery.payment;
  const amount = () => money(payment().amount, props.currency);
  return (
    <p class="stop-pay" data-pay={payment().method} data-now={!picking(props.delivery)}>
      <Show when={payment().method === "cash"}>
        <Icon shape="cash" />
      </Show>
      {payment().method === "cash"
        ? t("rider.collect", { amount: amount() })
        : payment().method === "card"
          ? t("rider.byCard", { amount: amount() })
          : t("rider.paid")}
    </p>
  );
}

function Items(props: { delivery: Delivery }) {
  return (
    <ul class="stop-items" aria-label={t("rider.items")}>
      <For each={props.delivery.items}>
        {(item) => (
          <li>
            <b>{item.quantity}×</b> {item.name}
          </li>
        )}
      </For>
    </ul>
  );
}

function Links(props: { delivery: Delivery; onArrive: () => void; onProblem: () => void }) {
  const mayArrive = () =>
    (props.delivery.status === "assigned" && !props.delivery.arrivedShopAt) ||
    (props.delivery.status === "pickup" && !props.delivery.arrivedDoorAt);
  const number = () => target(props.delivery).phone;
  const link = () => {
    const { location, address } = target(props.delivery);
    return (apple ? mapsLink : geoLink)(location, address ?? "");
  };
  return (
    <div class="stop-links">
      <Show when={number()}>
        <a class="button" href={phoneLink(number())} aria-label={`${t("act.call")} ${phone(number())}`}>
          <Icon shape="call" />
          {t("act.call")}
        </a>
      </Show>
      <a class="button" href={link()}>
        <Icon shape="way" />
        {t("act.navigate")}
      </a>
      <Show when={mayArrive()}>
        <button type="button" onClick={() => props.onArrive()}>
          <Icon shape="flag" />
          {t("rider.arrive")}
        </button>
      </Show>
      <button type="button" onClick={() => props.onProblem()}>
        <Icon shape="trouble" />
        {t("rider.problem")}
      </button>
    </div>
  );
}

/** One of the other stops, in a line: a tap puts it in front, its button is for two bags at one counter. */
export function Next(props: Props & { onFront: () => void }) {
  const step = () => stepOf(props.delivery);
  const place = () =>
    toShop(props.delivery)
      ? props.delivery.shop.name
      : [props.delivery.customer.address, props.delivery.customer.addressDetail].filter(Boolean).join(", ");
  const [asked, setAsked] = createSignal(false);
  let mouse = false;
  const act = () => {
    if (!mouse && !asked()) {
      setAsked(true);
      setTimeout(() => setAsked(false), 4_000);
      return;
    }
    props.onAct(step());
  };
  return (
    <article
      class="next"
      data-testid="delivery-row"
      data-first="false"
      data-id={props.delivery.id}
      data-status={props.delivery.status}
      data-version={props.delivery.version}
    >
      <button
        type="button"
        class="next-front"
        // Named for what it does: only the act itself is called Pick up or Deliver.
        aria-label={t("rider.toFront", { number: props.delivery.number, place: place() ?? "" })}
        onClick={() => props.onFront()}
      >
        <span class="next-line">
          <span class="stop-step" data-step={step()}>
            {t(steps[step()].at)}
          </span>
          <b>{props.delivery.number}</b>
          <Show when={step() !== "returned"}>
            <Due to={props.delivery.promisedAt} />
          </Show>
          <Show when={away(props.delivery, props.here)}>{(metres) => <span>{metres()}</span>}</Show>
        </span>
        <span class="next-place">{place()}</span>
        <Show when={props.delivery.problem}>
          {(problem) => <span class="next-trouble">{t(`rider.problem.${problem().kind}`)}</span>}
        </Show>
        <Show when={props.delivery.payment.method === "cash" && step() !== "returned"}>
          <span class="next-cash">
            {t("rider.collect", { amount: money(props.delivery.payment.amount, props.currency) })}
          </span>
        </Show>
      </button>
      <button
        type="button"
        class="next-act"
        data-asked={asked()}
        onPointerDown={(event) => {
          mouse = event.pointerType === "mouse";
        }}
        onClick={act}
        aria-label={t(steps[step()].act) + (asked() ? `: ${t("rider.again")}` : "")}
      >
        {asked() ? t("rider.again") : t(steps[step()].act)}
      </button>
    </article>
  );
}
