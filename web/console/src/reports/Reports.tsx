import type { Daily, Stage } from "@bros/sdk";
import { age, explain, money, t, tOr } from "@bros/ui";
import { createResource, createSignal, For, Show } from "solid-js";
import { api, useApp } from "../app.ts";
import "./reports.css";

const stages = ["accept", "assign", "pickup", "deliver", "total"];

/** Today where the center is, as YYYY-MM-DD. */
function today(timezone: string | undefined): string {
  try {
    return new Date().toLocaleDateString("sv-SE", { timeZone: timezone });
  } catch {
    return new Date().toISOString().slice(0, 10);
  }
}

/** A center's day in figures. */
export default function Reports() {
  const app = useApp();
  const [centerId, setCenterId] = createSignal(app.chosen()[0] ?? "");
  const center = () => app.centers().find((candidate) => candidate.id === centerId());
  const [date, setDate] = createSignal(today(center()?.timezone));
  const [daily] = createResource(
    () => ({ centerId: centerId(), date: date() }),
    ({ centerId, date }) => api.daily(centerId, date),
  );
  const csv = (path: string) => api.rest.url(path, { centerId: centerId(), date: date() });
  const csvAll = () => {
    const from = `${date()}T00:00:00Z`;
    const to = new Date(Date.parse(from) + 86_400_000).toISOString();
    return api.rest.url("/reports/deliveries.csv", { centerId: centerId(), from, to });
  };

  return (
    <main class="page">
      <div class="line wrap">
        <label class="line">
          <span class="muted small">{t("reports.center")}</span>
          <select value={centerId()} onChange={(event) => setCenterId(event.currentTarget.value)}>
            <For each={app.centers()}>{(one) => <option value={one.id}>{one.name}</option>}</For>
          </select>
        </label>
        <label class="line">
          <span class="muted small">{t("reports.date")}</span>
          <input
            type="date"
            value={date()}
            onChange={(event) => setDate(event.currentTarget.value || date())}
          />
        </label>
        <span class="grow" />
        <a class="button" href={csv("/reports/daily.csv")} download="">
          {t("reports.csvDay")}
        </a>
        <a class="button" href={csvAll()} download="">
          {t("reports.csvAll")}
        </a>
      </div>
      <Show when={!daily.error} fallback={<p class="empty">{explain(daily.error)}</p>}>
        <Show when={daily.latest} fallback={<p class="empty">{t("app.loading")}</p>}>
          {(day) => <Day day={day()} />}
        </Show>
      </Show>
    </main>
  );
}

function Day(props: { day: Daily }) {
  const day = () => props.day;
  const price = (amount: number) => money(amount, day().currency);
  const busiest = () => Math.max(1, ...day().byHour.map((hour) => hour.orders));
  return (
    <div class="page-next">
      <div class="tiles">
        <Tile label={t("reports.orders")} value={day().orders.total ?? 0} />
        <Tile label={t("reports.delivered")} value={day().deliveries.delivered ?? 0} />
        <Tile label={t("reports.cancelled")} value={day().deliveries.cancelled ?? 0} />
        <Tile label={t("reports.late")} value={`${(day().late.share * 100).toFixed(1)} %`} />
        <Tile label={t("reports.amount")} value={price(day().amount)} />
      </div>
      <div class="page-grid page-next">
        <section class="panel">
          <header>
            <h2>{t("reports.stages")}</h2>
          </header>
          <table>
            <thead>
              <tr>
                <th>{t("reports.stage")}</th>
                <th class="number">{t("reports.count")}</th>
                <th class="number">{t("reports.mean")}</th>
                <th class="number">{t("reports.p50")}</th>
                <th class="number">{t("reports.p90")}</th>
              </tr>
            </thead>
            <tbody>
              <For each={stages}>{(name) => <StageRow name={name} stage={day().stages[name]} />}</For>
            </tbody>
          </table>
        </section>
        <section class="panel">
          <header>
            <h2>{t("reports.byHour")}</h2>
          </header>
          <table>
            <thead>
              <tr>
                <th>{t("reports.hour")}</th>
                <th />
                <th class="number">{t("reports.orders")}</th>
                <th class="number">{t("reports.delivered")}</th>
                <th class="number">{t("reports.late")}</th>
              </tr>
            </thead>
            <tbody>
              <For each={day().byHour.filter((hour) => hour.orders + hour.deliveries > 0)}>
                {(hour) => (
                  <tr>
                    <td>{hour.hour}</td>
                    <td class="bar-cell">
                      <meter min="0" max={busiest()} value={hour.orders} aria-label={t("reports.orders")} />
                    </td>
                    <td class="number">{hour.orders}</td>
                    <td class="number">{hour.delivered}</td>
                    <td class="number">{hour.late}</td>
                  </tr>
                )}
              </For>
            </tbody>
          </table>
        </section>
        <section class="panel">
          <header>
            <h2>{t("reports.byRider")}</h2>
          </header>
          <table>
            <thead>
              <tr>
                <th>{t("board.rider")}</th>
                <th class="number">{t("reports.delivered")}</th>
                <th class="number">{t("reports.late")}</th>
                <th class="number">{t("reports.p50")}</th>
                <th class="number">{t("reports.amount")}</th>
              </tr>
            </thead>
            <tbody>
              <For each={day().byRider}>
                {(rider) => (
                  <tr>
                    <td>{rider.riderName}</td>
                    <td class="number">{rider.delivered}</td>
                    <td class="number">{rider.late}</td>
                    <td class="number">{long(rider.total, "p50")}</td>
                    <td class="number">{price(rider.amount)}</td>
                  </tr>
                )}
              </For>
            </tbody>
          </table>
        </section>
      </div>
    </div>
  );
}

function Tile(props: { label: string; value: string | number }) {
  return (
    <div class="panel tile">
      <span class="muted small">{props.label}</span>
      <b>{props.value}</b>
    </div>
  );
}

function StageRow(props: { name: string; stage?: Stage }) {
  return (
    <tr>
      <td>{tOr(`reports.stage.${props.name}`, props.name)}</td>
      <td class="number">{props.stage?.count ?? 0}</td>
      <td class="number">{long(props.stage, "mean")}</td>
      <td class="number">{long(props.stage, "p50")}</td>
      <td class="number">{long(props.stage, "p90")}</td>
    </tr>
  );
}

function long(stage: Stage | undefined, what: "mean" | "p50" | "p90"): string {
  if (!stage?.count) return "";
  const seconds = stage[what];
  return seconds < 5 ? `< ${age(5_000)}` : age(seconds * 1000);
}
