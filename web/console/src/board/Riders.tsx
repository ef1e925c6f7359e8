import type { Duty, Rider } from "@bros/sdk";
import { age, ago, complain, explain, now, stateSign, t } from "@bros/ui";
import { createMemo, createSignal, For, Show } from "solid-js";
import { api } from "../app.ts";
import { useBoard } from "./state.ts";

/** A place older than this says little of where the rider is. */
const staleMs = 3 * 60_000;

/** Who is on the road: duty, what is in hand, and how old the last place is. */
export function Riders(props: { dispatcher: boolean }) {
  const board = useBoard();
  const [all, setAll] = createSignal(false);
  const load = (rider: Rider) => board.open.byRider(rider.id);
  const working = createMemo(() =>
    board.riders.list().filter((rider) => rider.active && rider.duty !== "off"),
  );
  const shown = createMemo(() => {
    const list = all() ? board.riders.list().filter((rider) => rider.active) : working();
    const rank: Record<Duty, number> = { on: 0, break: 1, off: 2 };
    return [...list].sort((a, b) => rank[a.duty] - rank[b.duty] || a.name.localeCompare(b.name));
  });
  const free = () => working().filter((rider) => rider.duty === "on" && load(rider).length === 0).length;

  return (
    <section class="panel riders">
      <header>
        <h2>{t("board.riders")}</h2>
        <span class="muted small grow">{t("board.ridersOn", { n: working().length, free: free() })}</span>
        <label class="line small muted">
          <input type="checkbox" checked={all()} onChange={(event) => setAll(event.currentTarget.checked)} />
          {t("board.offDutyToo")}
        </label>
      </header>
      <ul class="riders-list">
        <For each={shown()} fallback={<li class="empty">{t("board.noRiders")}</li>}>
          {(rider) => <RiderRow rider={rider} dispatcher={props.dispatcher} />}
        </For>
      </ul>
    </section>
  );
}

function RiderRow(props: { rider: Rider; dispatcher: boolean }) {
  const board = useBoard();
  const load = createMemo(() => board.open.byRider(props.rider.id));
  const place = () => board.places().get(props.rider.id);
  const placeAge = () => {
    const at = place()?.at;
    return at ? now() - Date.parse(at) : undefined;
  };
  const setDuty = async (duty: Duty) => {
    try {
      await api.duty(props.rider.id, duty);
    } catch (error) {
      complain(explain(error));
    }
  };

  return (
    <li
      class="rider-row"
      data-testid="rider-row"
      data-id={props.rider.id}
      data-duty={props.rider.duty}
      data-chosen={board.selected() !== undefined && board.riderId() === props.rider.id}
    >
      <button
        type="button"
        class="quiet rider-name cut"
        disabled={props.rider.duty === "off"}
        onClick={() => board.chooseRider(props.rider.id)}
      >
        {props.rider.name}
      </button>
      <span class="rider-load" title={t("board.load", { n: load().length })}>
        <For each={load()}>
          {(delivery) => (
            <button type="button" class="quiet chip" onClick={() => board.select(delivery.id)}>
              <span class="state" data-status={delivery.status} aria-hidden="true">
                {stateSign(delivery.status)}
              </span>
              {delivery.number}
            </button>
          )}
        </For>
      </span>
      <Show
        when={props.rider.duty === "on"}
        fallback={<span class="muted small">{t(`duty.${props.rider.duty}`)}</span>}
      >
        <span
          class="small"
          title={placeAge() === undefined ? "" : t("board.rider.stale", { age: age(placeAge() ?? 0) })}
          classList={{ muted: (placeAge() ?? 0) < staleMs, stale: (placeAge() ?? 0) >= staleMs }}
        >
          {placeAge() === undefined ? t("board.rider.noPlace") : ago(placeAge() ?? 0)}
        </span>
      </Show>
      <Show when={props.dispatcher}>
        <select
          class="rider-duty small"
          aria-label={`${props.rider.name}: ${t("set.status")}`}
          value={props.rider.duty}
          onChange={(event) => {
            const duty = event.currentTarget.value as Duty;
            event.currentTarget.value = props.rider.duty; // it changes when the server says so
            setDuty(duty);
          }}
        >
          <option value="on">{t("duty.on")}</option>
          <option value="break">{t("duty.break")}</option>
          <option value="off">{t("duty.off")}</option>
        </select>
      </Show>
    </li>
  );
}
