import type { Rider } from "@bros/sdk";
import { followOpen, followRecords, now, stateSign, t, time } from "@bros/ui";
import { createMemo, createSignal, For, onCleanup, Show } from "solid-js";
import { useApp } from "../app.ts";
import { followPlans } from "../board/plan.ts";
import { go } from "../router.ts";
import { type Bar, type Lane, lanesOf, spanMs } from "./lanes.ts";
import { ModeSwitch } from "./ModeSwitch.tsx";
import "./plan.css";

const marks = [0, 15, 30, 45];
/** The bars are drawn anew so often while nothing changes. */
const drawMs = 5_000;

/** The engine's plan: riders by their next hour, what is fixed, what may change, what will be late. */
export default function Plan() {
  const app = useApp();
  const plans = followPlans(app);
  const addresses = createMemo(() => app.chosen().map((id) => `delivery/${id}`));
  const riders = followRecords<Rider>(app.live, () => app.chosen().map((id) => `rider/${id}`));
  const open = followOpen(app.live, addresses);
  const [opened, setOpened] = createSignal(0);
  onCleanup(open.onChange(() => setOpened((n) => n + 1)));
  const drawn = createMemo(() => Math.floor(now() / drawMs) * drawMs);
  const lanes = createMemo<Lane[]>(() => {
    opened();
    const all = [...plans.all().values()].flatMap((plan) =>
      lanesOf(plan, drawn(), (id) => open.get(id)?.promisedAt),
    );
    const name = (lane: Lane) => riders.get(lane.riderId)?.name ?? "";
    return all.sort((a, b) => b.bars.length - a.bars.length || name(a).localeCompare(name(b)));
  });
  const waiting = createMemo(() => {
    opened();
    return [...plans.all().values()].flatMap((plan) =>
      plan.waiting.filter(({ why, deliveryId }) => why !== "held" && open.get(deliveryId)),
    );
  });
  const held = createMemo(
    () =>
      [...plans.all().values()].flatMap((plan) => plan.waiting.filter(({ why }) => why === "held")).length,
  );
  const number = (id: string) => {
    opened();
    return open.get(id)?.number ?? "";
  };
  const says = (bar: Bar) =>
    [
      number(bar.deliveryId),
      t(bar.kind === "pickup" ? "plan.pickup" : "plan.dropoff"),
      time(bar.eta),
      t(bar.level === "locked" ? "plan.locked" : bar.level === "go" ? "plan.goNow" : "plan.tentative"),
      bar.late && t("list.rowLate"),
    ]
      .filter(Boolean)
      .join(" · ");

  return (
    <main class="plan" data-testid="plan">
      <header class="line wrap plan-head">
        <h1>{t("app.plan")}</h1>
        <span class="small muted">
          {t("plan.counts", { due: plans.due().length, waiting: waiting().length, held: held() })}
        </span>
        <span class="grow" />
        <span class="line small plan-legend" aria-hidden="true">
          <i class="plan-bar" data-level="locked" /> {t("plan.locked")}
          <i class="plan-bar" data-level="go" /> {t("plan.goNow")}
          <i class="plan-bar" data-level="tentative" /> {t("plan.tentative")}
          <i class="plan-bar" data-level="locked" data-late="true" /> {t("list.rowLate")} !
        </span>
        <ModeSwitch />
      </header>
      <div class="plan-scale" aria-hidden="true">
        <For each={marks}>
          {(minutes) => (
            <span style={{ left: `${(minutes / 60) * 100}%` }}>
              {time(drawn() + (minutes / 60) * spanMs)}
            </span>
          )}
        </For>
      </div>
      <Show when={lanes().length > 0} fallback={<p class="empty">{t("board.noRiders")}</p>}>
        <ul class="plan-lanes" aria-label={t("board.riders")}>
          <For each={lanes()}>
            {(lane) => (
              <li class="plan-lane" data-testid="plan-lane" data-id={lane.riderId}>
                <span class="cut strong plan-rider">{riders.get(lane.riderId)?.name}</span>
                <span class="plan-hour">
                  <For each={lane.bars}>
                    {(bar) => (
                      <button
                        type="button"
                        class="plan-bar"
                        data-delivery={bar.deliveryId}
                        data-kind={bar.kind}
                        data-level={bar.level}
                        data-late={bar.late}
                        title={says(bar)}
                        aria-label={says(bar)}
                        style={{
                          left: `${bar.from * 100}%`,
                          width: `${Math.max(0.4, (bar.to - bar.from) * 100)}%`,
                        }}
                        onClick={() => go(`/board?delivery=${bar.deliveryId}`)}
                      >
                        <span class="cut">
                          {bar.kind === "pickup" ? "▣" : "◆"} {number(bar.deliveryId)}
                          {bar.late ? " !" : ""}
                        </span>
                      </button>
                    )}
                  </For>
                  <Show when={lane.bars.length === 0}>
                    <span class="small muted">{t("board.free")}</span>
                  </Show>
                </span>
                <span class="small muted">{lane.beyond > 0 ? `+${lane.beyond}` : ""}</span>
              </li>
            )}
          </For>
        </ul>
      </Show>
      <Show when={waiting().length > 0}>
        <section aria-label={t("status.waiting")}>
          <h2>
            <span aria-hidden="true">{stateSign("waiting")} </span>
            {t("status.waiting")} {waiting().length}
          </h2>
          <ul class="plan-waiting">
            <For each={waiting()}>
              {(one) => (
                <li data-testid="plan-waiting" data-why={one.why}>
                  <span class="strong">{number(one.deliveryId)}</span>{" "}
                  <span class="muted">
                    {t(`plan.why.${one.why as "no_rider"}`, { time: time(one.until) })}
                    {one.riderId ? ` · ${riders.get(one.riderId)?.name ?? ""}` : ""}
                  </span>
                </li>
              )}
            </For>
          </ul>
        </section>
      </Show>
    </main>
  );
}
