import { Problem, Rest, type TrackingAnswer } from "@bros/sdk/tracking";
import {
  applyLanguage,
  distance,
  language,
  metresBetween,
  otherLanguage,
  renewWhenReplaced,
  switchLanguage,
  t,
  time,
} from "@bros/ui/light";
import "@bros/ui/base.css";
import { createEffect, createSignal, lazy, Match, onCleanup, Show, Suspense, Switch } from "solid-js";
import { render } from "solid-js/web";
import { expectedAt } from "./expected.ts";
import { Steps, stepOf, steps } from "./Steps.tsx";
import "./tracking.css";

renewWhenReplaced();

const TrackMap = lazy(() => import("./TrackMap.tsx"));

const rest = new Rest({ language, retries: 0 });
const token = location.pathname.split("/")[2] ?? "";
/** Waits between two looks: while nothing moves, while the rider does, and at most without an answer. */
const waitMs = { calm: 12_000, moving: 4_000, longest: 60_000 };
const over = ["delivered", "completed", "cancelled", "rejected", "returned", "failed"];
/** It was not handed over: said calmly, and no more. */
const missed = ["returning", "returned", "failed"];

/** The time of a pre-order, with the day when that is not today. */
function dayAndTime(at: string): string {
  const date = new Date(at);
  if (date.toDateString() === new Date().toDateString()) return time(at);
  const day = new Intl.DateTimeFormat(language(), { month: "long", day: "numeric", weekday: "short" });
  return `${day.format(date)} ${time(at)}`;
}

function Page() {
  const [order, setOrder] = createSignal<TrackingAnswer>();
  const [gone, setGone] = createSignal(false);
  const [failures, setFailures] = createSignal(0);
  let timer: ReturnType<typeof setTimeout> | undefined;

  const load = async () => {
    clearTimeout(timer);
    try {
      setOrder(await rest.get<TrackingAnswer>(`/tracking/${encodeURIComponent(token)}`));
      setFailures(0);
    } catch (error) {
      if (error instanceof Problem && error.status === 404) {
        setGone(true);
        return;
      }
      setFailures(failures() + 1);
    }
    const status = order()?.status ?? "";
    if (over.includes(status) && failures() === 0) return;
    const usual = status === "pickup" ? waitMs.moving : waitMs.calm;
    timer = setTimeout(load, Math.min(usual * 2 ** Math.min(failures(), 4), waitMs.longest));
  };
  // A page that nobody looks at asks for nothing; one that is looked at again asks at once.
  const wake = () => {
    if (document.visibilityState === "hidden") clearTimeout(timer);
    else if (!gone()) void load();
  };
  void load();
  for (const event of ["visibilitychange", "online", "pageshow"]) window.addEventListener(event, wake);
  onCleanup(() => {
    clearTimeout(timer);
    for (const event of ["visibilitychange", "online", "pageshow"]) window.removeEventListener(event, wake);
  });
  createEffect(() => applyLanguage(t("track.title")));

  return (
    <main class="track">
      <Switch
        fallback={
          <section class="track-card track-quiet" aria-busy="true">
            <p>{failures() > 0 ? t("track.retry") : t("app.loading")}</p>
          </section>
        }
      >
        <Match when={gone()}>
          <section class="track-card track-quiet" data-testid="tracking-gone">
            <span class="track-big" aria-hidden="true">
              ◌
            </span>
            <h1>{t("track.gone")}</h1>
            <p class="muted">{t("track.goneWhy")}</p>
          </section>
        </Match>
        <Match when={order()}>{(found) => <Order order={found()} offline={failures() > 0} />}</Match>
      </Switch>
      <footer class="track-foot small">
        <span class="muted">bros</span>
        <a class="muted" href={otherLanguage()} onClick={switchLanguage}>
          {t("app.language")}
        </a>
      </footer>
    </main>
  );
}

function Order(props: { order: TrackingAnswer; offline: boolean }) {
  const at = () => stepOf(props.order.status);
  const notHandedOver = () => missed.includes(props.order.status);
  const lost = () =>
    props.order.status === "cancelled" || props.order.status === "rejected" || notHandedOver();
  const arrived = () => at() >= 4;
  const away = () => {
    const { position, destination } = props.order;
    return position && destination ? distance(metresBetween(position, destination)) : undefined;
  };
  const expected = () => {
    if (arrived() || lost() || props.order.held) return undefined;
    return expectedAt(props.order.promisedAt, Date.now(), props.order.eta);
  };
  const headline = () => {
    if (notHandedOver()) return t("track.head.returning");
    if (lost()) return t(`track.${props.order.status as "cancelled" | "rejected"}`);
    if (props.order.held && props.order.promisedAt) {
      return t("track.head.held", { time: dayAndTime(props.order.promisedAt) });
    }
    const step = steps[at()];
    return step ? t(`track.head.${step}`) : "";
  };
  const map = () => props.order.status === "pickup" && props.order.position !== undefined;
  const [now, setNow] = createSignal(Date.now());
  const ticking = setInterval(() => setNow(Date.now()), 5_000);
  onCleanup(() => clearInterval(ticking));
  /** Seconds since the rider was there, to the nearest ten. */
  const age = () => {
    const at = Date.parse(props.order.position?.at ?? "");
    return Number.isFinite(at) ? Math.max(0, Math.round((now() - at) / 10_000) * 10) : 0;
  };

  return (
    <section class="track-card" data-testid="tracking" data-status={props.order.status} data-lost={lost()}>
      <Show when={map()}>
        <Suspense fallback={<div class="track-map" />}>
          <TrackMap order={props.order} />
        </Suspense>
      </Show>
      <div class="track-body">
        <p class="muted">
          {props.order.shop.name} · {t("track.number", { number: props.order.number })}
        </p>
        <h1 aria-live="polite">{headline()}</h1>
        <Show when={expected()}>
          {(when) => (
            <p class="track-when">
              <span class="track-time">
                {time(when().from)}–{time(when().to)}
              </span>{" "}
              <span class={when().late ? "track-late" : "muted"}>
                {t(when().late ? "track.late" : "track.expected")}
              </span>
            </p>
          )}
        </Show>
        <Show when={arrived() && props.order.deliveredAt}>
          <p class="track-when">
            <span class="track-time">{time(props.order.deliveredAt)}</span>{" "}
            <span class="muted">{t("track.deliveredAt")}</span>
          </p>
        </Show>
        <Show
          when={!lost()}
          fallback={<p class="muted">{t(notHandedOver() ? "track.notHandedOver" : "track.lostHelp")}</p>}
        >
          <Steps at={at()} />
        </Show>
        <Show when={props.order.riderFirstName && !arrived() && !lost()}>
          <div class="track-rider">
            <span class="track-face" aria-hidden="true">
              {props.order.riderFirstName?.slice(0, 1)}
            </span>
            <div>
              <p class="strong">{t("track.brings", { name: props.order.riderFirstName ?? "" })}</p>
              <Show when={away()}>
                {(metres) => <p class="muted">{t("track.distance", { distance: metres() })}</p>}
              </Show>
              <Show when={map() && age() >= 20}>
                <p class="muted small">{t("track.placeAge", { seconds: age() })}</p>
              </Show>
              <Show when={props.order.status === "pickup" && !props.order.position}>
                <p class="muted small">{t("track.noPlace")}</p>
              </Show>
            </div>
          </div>
        </Show>
        <Show when={arrived()}>
          <p class="track-thanks">{t("track.thanks")}</p>
        </Show>
        <Show when={props.offline}>
          <p class="track-offline small" role="status">
            {t("track.retry")}
          </p>
        </Show>
      </div>
    </section>
  );
}

const root = document.getElementById("app");
if (root) render(() => <Page />, root);
