import { Problem, Rest, type TrackingAnswer } from "@bros/sdk/tracking";
import { applyLanguage, distance, language, metresBetween, otherLanguage, t, time } from "@bros/ui/light";
import "@bros/ui/base.css";
import { createSignal, For, Match, onCleanup, Show, Switch } from "solid-js";
import { render } from "solid-js/web";
import "./tracking.css";

applyLanguage(t("track.title"));

const rest = new Rest({ language });
const token = location.pathname.split("/")[2] ?? "";
const steps = ["received", "accepted", "assigned", "pickup", "delivered"] as const;
const calmMs = 15_000;
const movingMs = 5_000;
/** A promise is told as a range: nobody can promise a minute. */
const spreadMs = 5 * 60_000;

/** Which of the five steps an order or delivery has come to. */
function stepOf(status: string): number {
  if (status === "completed") return 4;
  const step = status === "waiting" ? "accepted" : status;
  return (steps as readonly string[]).indexOf(step);
}

function Page() {
  const [order, setOrder] = createSignal<TrackingAnswer>();
  const [gone, setGone] = createSignal(false);
  const [offline, setOffline] = createSignal(false);
  let timer: ReturnType<typeof setTimeout> | undefined;

  const load = async () => {
    clearTimeout(timer);
    try {
      setOrder(await rest.get<TrackingAnswer>(`/tracking/${encodeURIComponent(token)}`));
      setOffline(false);
    } catch (error) {
      if (error instanceof Problem && error.status === 404) {
        setGone(true);
        return;
      }
      setOffline(true);
    }
    const status = order()?.status ?? "";
    if (!["delivered", "cancelled", "rejected", "completed"].includes(status)) {
      timer = setTimeout(load, status === "pickup" ? movingMs : calmMs);
    }
  };
  const wake = () => {
    if (document.visibilityState === "visible" && !gone()) load();
  };
  load();
  document.addEventListener("visibilitychange", wake);
  onCleanup(() => document.removeEventListener("visibilitychange", wake));

  return (
    <main class="track">
      <Switch fallback={<p class="empty">{offline() ? t("track.retry") : t("app.loading")}</p>}>
        <Match when={gone()}>
          <p class="empty">{t("track.gone")}</p>
        </Match>
        <Match when={order()}>{(found) => <Order order={found()} offline={offline()} />}</Match>
      </Switch>
      <a class="small muted" href={otherLanguage()}>
        {t("app.language")}
      </a>
    </main>
  );
}

function Order(props: { order: TrackingAnswer; offline: boolean }) {
  const at = () => stepOf(props.order.status);
  const over = () => props.order.status === "cancelled" || props.order.status === "rejected";
  const away = () => {
    const { position, destination } = props.order;
    return position && destination ? distance(metresBetween(position, destination)) : undefined;
  };
  const expected = () => {
    const promised = Date.parse(props.order.promisedAt ?? "");
    if (!Number.isFinite(promised) || at() >= 4) return "";
    return t("track.expected", { from: time(promised - spreadMs), to: time(promised + spreadMs) });
  };
  const headline = () => {
    if (over()) return t(`track.${props.order.status as "cancelled" | "rejected"}`);
    const step = steps[at()];
    return step ? t(`track.${step}`) : "";
  };

  return (
    <section class="panel track-card" data-testid="tracking" data-status={props.order.status}>
      <p class="muted">
        {props.order.number} · {t("track.from", { shop: props.order.shop.name })}
      </p>
      <h1>{headline()}</h1>
      <Show when={!over()}>
        <ol class="track-steps">
          <For each={steps}>
            {(step, index) => (
              <li data-done={index() <= at()} aria-current={index() === at() ? "step" : undefined}>
                <span>{t(`track.${step}`)}</span>
              </li>
            )}
          </For>
        </ol>
        <p class="track-when">{expected()}</p>
        <Show when={props.order.deliveredAt}>
          <p class="track-when">{t("track.deliveredAt", { time: time(props.order.deliveredAt) })}</p>
        </Show>
        <Show when={props.order.riderFirstName && at() < 4}>
          <p>{t("track.brings", { name: props.order.riderFirstName ?? "" })}</p>
        </Show>
        <Show when={away()}>
          {(metres) => <p class="muted">{t("track.distance", { distance: metres() })}</p>}
        </Show>
      </Show>
      <Show when={props.offline}>
        <p class="muted small" role="status">
          {t("track.retry")}
        </p>
      </Show>
    </section>
  );
}

const root = document.getElementById("app");
if (root) render(() => <Page />, root);
