import { Empty, Failed, t } from "@bros/ui";
import { createMemo, createResource, createSignal, For, lazy, Match, Show, Suspense, Switch } from "solid-js";
import { api, useApp } from "../app.ts";
import { Cash } from "./Cash.tsx";
import { addDays, today } from "./days.ts";
import "./reports.css";

const Figures = lazy(() => import("./Figures.tsx"));

/** Figures of some days of a center, and the settlement of riders' cash. */
export default function Reports() {
  const app = useApp();
  const [centerId, setCenterId] = createSignal(app.chosen()[0] ?? "");
  const center = createMemo(() => app.centers().find((candidate) => candidate.id === centerId()));
  const now = () => today(center()?.timezone);
  const [from, setFrom] = createSignal(now());
  const [to, setTo] = createSignal(now());
  const [tab, setTab] = createSignal<"figures" | "cash">("figures");
  const spans = () => [
    { text: t("reports.today"), from: now(), to: now() },
    { text: t("reports.yesterday"), from: addDays(now(), -1), to: addDays(now(), -1) },
    { text: t("reports.week"), from: addDays(now(), -6), to: now() },
    { text: t("reports.month"), from: addDays(now(), -29), to: now() },
  ];
  const look = (first: string, last: string) => {
    setFrom(first);
    setTo(last);
  };
  const asked = () =>
    centerId() && from() <= to() ? { centerId: centerId(), from: from(), to: to() } : undefined;
  const [figures, { refetch }] = createResource(
    () => (tab() === "figures" ? asked() : undefined),
    ({ centerId, from, to }) => api.figures(centerId, from, to),
  );
  const csv = (path: string) => api.rest.url(path, { ...asked(), bom: 1 });

  return (
    <main class="page">
      <div class="line wrap">
        <fieldset class="segments" aria-label={t("app.reports")}>
          <button type="button" aria-pressed={tab() === "figures"} onClick={() => setTab("figures")}>
            {t("reports.figures")}
          </button>
          <button type="button" aria-pressed={tab() === "cash"} onClick={() => setTab("cash")}>
            {t("reports.cash")}
          </button>
        </fieldset>
        <label class="line">
          <span class="muted small">{t("reports.center")}</span>
          <select value={centerId()} onChange={(event) => setCenterId(event.currentTarget.value)}>
            <For each={app.centers()}>{(one) => <option value={one.id}>{one.name}</option>}</For>
          </select>
        </label>
        <fieldset class="segments" aria-label={t("reports.from")}>
          <For each={spans()}>
            {(span) => (
              <button
                type="button"
                aria-pressed={from() === span.from && to() === span.to}
                onClick={() => look(span.from, span.to)}
              >
                {span.text}
              </button>
            )}
          </For>
        </fieldset>
        <label class="line">
          <span class="muted small">{t("reports.from")}</span>
          <input
            type="date"
            value={from()}
            max={to()}
            onChange={(event) => setFrom(event.currentTarget.value || from())}
          />
        </label>
        <label class="line">
          <span class="muted small">{t("reports.to")}</span>
          <input
            type="date"
            value={to()}
            min={from()}
            onChange={(event) => setTo(event.currentTarget.value || to())}
          />
        </label>
        <span class="grow" />
        <a class="button" href={csv("/reports/range.csv")} download="">
          {t("reports.csvDay")}
        </a>
        <a class="button" href={csv("/reports/deliveries.csv")} download="">
          {t("reports.csvAll")}
        </a>
      </div>
      <Switch>
        <Match when={tab() === "cash"}>
          <Cash centerId={centerId()} from={from()} to={to()} currency={center()?.currency} />
        </Match>
        <Match when={figures.error}>{(error) => <Failed error={error()} onRetry={refetch} />}</Match>
        <Match when={figures.latest}>
          {(report) => (
            <Show
              when={report().orders.total || report().deliveries.total || report().byRider.length > 0}
              fallback={<Empty title={t("reports.none")} />}
            >
              <Suspense fallback={<Empty title={t("app.loading")} />}>
                <Figures report={report()} />
              </Suspense>
            </Show>
          )}
        </Match>
        <Match when={figures.loading}>
          <Empty title={t("app.loading")} />
        </Match>
      </Switch>
    </main>
  );
}
