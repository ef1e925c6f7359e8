import type { Center } from "@bros/sdk";
import { Empty, Failed, t } from "@bros/ui";
import {
  createEffect,
  createMemo,
  createResource,
  createSignal,
  For,
  lazy,
  Match,
  on,
  onMount,
  Show,
  Suspense,
  Switch,
} from "solid-js";
import { api, useApp } from "../app.ts";
import { Cash } from "./Cash.tsx";
import { addDays, today } from "./days.ts";
import "./reports.css";

const Figures = lazy(() => import("./Figures.tsx"));

/** Figures of some days of a center, and the settlement of riders' cash. */
export default function Reports() {
  const app = useApp();
  const [centerId, setCenterId] = createSignal<string>();
  const look = (id: string) => {
    setCenterId(id);
    keepCenter(id);
  };
  // The center of last time; else the first that has orders today.
  onMount(async () => {
    const first = keptCenter(app.chosen()) ?? (await busyCenter(app.centers(), app.chosen()));
    if (!centerId()) setCenterId(first ?? "");
  });
  // One that is chosen for all pages is meant here, too.
  createEffect(
    on(
      () => app.chosen().join(),
      () => {
        const [only, another] = app.chosen();
        if (only && !another) look(only);
      },
      { defer: true },
    ),
  );
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
  const span = (first: string, last: string) => {
    setFrom(first);
    setTo(last);
  };
  const asked = () =>
    centerId() && from() <= to() ? { centerId: centerId() ?? "", from: from(), to: to() } : undefined;
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
          <select onChange={(event) => look(event.currentTarget.value)}>
            <For each={app.centers()}>
              {(one) => (
                <option value={one.id} selected={one.id === centerId()}>
                  {one.name}
                </option>
              )}
            </For>
          </select>
        </label>
        <fieldset class="segments" aria-label={t("reports.from")}>
          <For each={spans()}>
            {(one) => (
              <button
                type="button"
                aria-pressed={from() === one.from && to() === one.to}
                onClick={() => span(one.from, one.to)}
              >
                {one.text}
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
        <Match when={!centerId()}>
          <Empty title={t("app.loading")} />
        </Match>
        <Match when={tab() === "cash"}>
          <Cash centerId={centerId() ?? ""} from={from()} to={to()} currency={center()?.currency} />
        </Match>
        <Match when={figures.error}>{(error) => <Failed error={error()} onRetry={refetch} />}</Match>
        <Match when={figures.latest}>
          {(report) => (
            <Show
              when={report().orders.total || report().deliveries.total || report().byRider.length > 0}
              fallback={
                <Empty title={t("reports.none", { center: center()?.name ?? "" })}>
                  <p class="small">{t("reports.noneHelp")}</p>
                </Empty>
              }
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

const centerKey = "bros.reports.center";
/** So many centers are asked for their day before the page takes the first. */
const mostAsked = 12;

function keptCenter(among: string[]): string | undefined {
  try {
    const kept = localStorage.getItem(centerKey) ?? "";
    return among.includes(kept) ? kept : undefined;
  } catch {
    return undefined; // a browser that keeps nothing
  }
}

function keepCenter(id: string): void {
  try {
    localStorage.setItem(centerKey, id);
  } catch {
    // It lasts as long as the page.
  }
}

/** The first of some centers that has orders today; the first of all when none has. */
async function busyCenter(centers: Center[], among: string[]): Promise<string | undefined> {
  for (const id of among.length > 1 ? among.slice(0, mostAsked) : []) {
    const day = today(centers.find((center) => center.id === id)?.timezone);
    const report = await api.figures(id, day, day).catch(() => undefined);
    if (report?.orders.total) return id;
  }
  return among[0];
}
