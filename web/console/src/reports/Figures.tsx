import type { RangeReport, Stage } from "@bros/sdk";
import { age, money, t, tOr } from "@bros/ui";
import { createMemo, For, type JSX, Show } from "solid-js";
import { Chart, type Series } from "./Chart.tsx";
import { eachDay, hours } from "./days.ts";

/** Hours between the names under a chart. */
const hourSteps = [1, 2, 3, 6, 12];
const stages = ["accept", "assign", "pickup", "deliver", "total"];

/** A center's days in figures: what happened, when, by whom, and how long it took. */
export default function Figures(props: { report: RangeReport }) {
  const report = () => props.report;
  const price = (amount: number) => money(amount, report().currency);
  const days = createMemo(() => eachDay(report().from, report().to));
  const byDay = createMemo(() => new Map(report().byDay.map((day) => [day.date, day])));
  const perDay = (of: "orders" | "delivered" | "cancelled" | "late") =>
    days().map((day) => byDay().get(day)?.[of] ?? 0);
  const perHour = (of: "orders" | "delivered" | "cancelled" | "late") =>
    report().byHour.map((hour) => hour[of]);
  const series = (values: (of: "orders" | "delivered" | "cancelled" | "late") => number[]): Series[] => [
    { label: t("reports.orders"), values: values("orders"), colour: "--accent" },
    { label: t("reports.late"), values: values("late"), colour: "--late", kind: "line" },
    { label: t("reports.cancelled"), values: values("cancelled"), colour: "--cancelled", kind: "line" },
  ];
  return (
    <div class="page-next" data-testid="figures">
      <div class="tiles">
        <Tile label={t("reports.orders")} value={report().orders.total ?? 0} />
        <Tile label={t("reports.delivered")} value={report().deliveries.delivered ?? 0} />
        <Tile label={t("reports.cancelled")} value={report().orders.cancelled ?? 0} />
        <Tile
          label={t("reports.late")}
          value={`${(report().late.share * 100).toFixed(1)} %`}
          note={t("reports.lateOf", { n: report().late.count, of: report().late.of })}
        />
        <Tile
          label={t("reports.stage.total")}
          value={long(report().stages.total, "p50")}
          note={
            report().stages.total?.count
              ? t("reports.p90Is", { time: long(report().stages.total, "p90") })
              : undefined
          }
        />
        <Tile
          label={t("reports.amount")}
          value={price(report().amount)}
          note={`${t("reports.cashTaken")} ${price(report().cash)}`}
        />
      </div>
      <div class="report-grid page-next">
        <Show when={days().length > 1}>
          <Section title={t("reports.byDay")} wide>
            <Chart
              label={t("reports.byDay")}
              names={days().map((day) => day.slice(5))}
              series={series(perDay)}
            />
          </Section>
        </Show>
        <Section title={t("reports.byHour")}>
          <Chart
            label={t("reports.byHour")}
            names={report().byHour.map(({ hour }) => t("reports.hour", { n: hour }))}
            every={hourSteps}
            series={series(perHour)}
          />
        </Section>
        <Section title={t("reports.stages")}>
          <Table
            heads={[
              t("reports.stage"),
              t("reports.count"),
              t("reports.mean"),
              t("reports.p50"),
              t("reports.p90"),
            ]}
          >
            <For each={stages}>
              {(name) => (
                <Row
                  cells={[
                    tOr(`reports.stage.${name}`, name),
                    report().stages[name]?.count ?? 0,
                    long(report().stages[name], "mean"),
                    long(report().stages[name], "p50"),
                    long(report().stages[name], "p90"),
                  ]}
                />
              )}
            </For>
          </Table>
        </Section>
        <Section title={t("reports.byRider")} wide>
          <Table
            heads={[
              t("cash.rider"),
              t("reports.delivered"),
              t("reports.onDuty"),
              t("reports.rate"),
              t("reports.late"),
              t("reports.p50"),
              t("reports.amount"),
              t("reports.cashTaken"),
            ]}
          >
            <For each={report().byRider}>
              {(rider) => (
                <Row
                  cells={[
                    rider.riderName,
                    rider.delivered,
                    rider.onDutySeconds ? hours(rider.onDutySeconds) : "",
                    rider.onDutySeconds >= 600
                      ? ((rider.delivered * 3600) / rider.onDutySeconds).toFixed(1)
                      : "",
                    rider.late,
                    long(rider.total, "p50"),
                    price(rider.amount),
                    rider.cash ? price(rider.cash) : "",
                  ]}
                />
              )}
            </For>
          </Table>
        </Section>
        <Section title={t("reports.byShop")}>
          <Table
            heads={[
              t("reports.shop"),
              t("reports.deliveries"),
              t("reports.cancelled"),
              t("reports.late"),
              t("reports.p50"),
              t("reports.amount"),
            ]}
          >
            <For each={report().byShop}>
              {(shop) => (
                <Row
                  cells={[
                    shop.shopName,
                    shop.deliveries,
                    shop.cancelled,
                    shop.late,
                    long(shop.total, "p50"),
                    price(shop.amount),
                  ]}
                />
              )}
            </For>
          </Table>
        </Section>
        <Show when={report().reasons.length > 0}>
          <Section title={t("reports.reasons")}>
            <Table heads={[t("reports.reason"), t("reports.count")]}>
              <For each={report().reasons}>
                {(why) => (
                  <Row
                    cells={[
                      [
                        tOr(`status.${why.status}`, why.status),
                        why.by && tOr(`reason.by.${why.by}`, why.by),
                        why.reason || t("reports.noReason"),
                      ]
                        .filter(Boolean)
                        .join(" · "),
                      why.count,
                    ]}
                  />
                )}
              </For>
            </Table>
          </Section>
        </Show>
      </div>
    </div>
  );
}

function Section(props: { title: string; wide?: boolean; children: JSX.Element }) {
  return (
    <section class="panel" data-wide={props.wide}>
      <header>
        <h2>{props.title}</h2>
      </header>
      {props.children}
    </section>
  );
}

/** The first column is words, the others are numbers. */
function Table(props: { heads: string[]; children: JSX.Element }) {
  return (
    <div class="table-scroll">
      <table>
        <thead>
          <tr>
            <For each={props.heads}>{(head, i) => <th classList={{ number: i() > 0 }}>{head}</th>}</For>
          </tr>
        </thead>
        <tbody>{props.children}</tbody>
      </table>
    </div>
  );
}

function Row(props: { cells: (string | number)[] }) {
  return (
    <tr>
      <For each={props.cells}>{(cell, i) => <td classList={{ number: i() > 0 }}>{cell}</td>}</For>
    </tr>
  );
}

function Tile(props: { label: string; value: string | number; note?: string }) {
  return (
    <div class="panel tile">
      <span class="muted small">{props.label}</span>
      <b>{props.value}</b>
      <span class="muted small">{props.note ?? "\u00a0"}</span>
    </div>
  );
}

function long(stage: Stage | undefined, what: "mean" | "p50" | "p90"): string {
  if (!stage?.count) return "";
  const seconds = stage[what];
  return seconds < 5 ? `< ${age(5_000)}` : age(seconds * 1000);
}
