import type { Apart, DeliveryStatus } from "@bros/sdk";
import { deliveryOrder } from "@bros/sdk";
import { now, stateSign, t, time } from "@bros/ui";
import { createEffect, createMemo, For, on, onCleanup, Show } from "solid-js";
import { isEmpty, quarter, toggled } from "./model.ts";
import { SavedFilters } from "./SavedFilters.tsx";
import { useBoard } from "./state.ts";
import { ViewMenu } from "./ViewMenu.tsx";

const openOnes: DeliveryStatus[] = ["waiting", "assigned", "pickup", "returning"];
/** Ends that are rare: shown where there are some. */
const rare: ReadonlySet<DeliveryStatus> = new Set(["returning", "returned", "failed"]);
const aparts: Apart[] = ["problem", "held"];
/** Two hours of promises are offered. */
const quarters = Array.from({ length: 8 }, (_, i) => i);
const minuteMs = 60_000;
const typedMs = 60;

/** Counts that filter when pressed, search, shops, riders and promised times. */
export function Filters() {
  const board = useBoard();
  const shops = createMemo(() => [...board.all.shops()].sort((a, b) => a[1].localeCompare(b[1])));
  const riders = createMemo(() => [...board.riders.list()].sort((a, b) => a.name.localeCompare(b.name)));
  const only = (statuses: DeliveryStatus[]) => board.filter().statuses?.join() === statuses.join();
  const statuses = createMemo(() =>
    deliveryOrder.filter(
      (status) =>
        !rare.has(status) || board.all.counts(status) > 0 || board.filter().statuses?.includes(status),
    ),
  );
  const pressState = (status: DeliveryStatus, several: boolean) => {
    const { statuses } = board.filter();
    // With Ctrl one more, without it this one alone.
    const next = several ? toggled(statuses, status) : only([status]) ? undefined : [status];
    board.setFilter({ statuses: next });
  };
  const pressLate = (lateness: "late" | "soon") =>
    board.setFilter({ lateness: board.filter().lateness === lateness ? undefined : lateness });
  const minute = createMemo(() => Math.floor(now() / minuteMs) * minuteMs);
  const windows = createMemo(() => {
    const offered = quarters.map((later) => quarter(minute(), later));
    const { promisedFrom, promisedTo } = board.filter();
    const past = promisedFrom && promisedTo && !offered.some(({ from }) => from === promisedFrom);
    return past ? [{ from: promisedFrom, to: promisedTo }, ...offered] : offered;
  });

  return (
    <div class="filters">
      <fieldset class="line filter-states">
        <legend class="hidden-visually">{t("set.status")}</legend>
        <For each={aparts.filter((kind) => board.all.counts(kind) > 0 || board.filter().apart === kind)}>
          {(kind) => (
            <button
              type="button"
              class="filter-state"
              data-status={kind}
              title={t(`status.${kind}`)}
              aria-pressed={board.filter().apart === kind}
              onClick={() => board.setFilter({ apart: board.filter().apart === kind ? undefined : kind })}
            >
              <span class="state" data-status={kind}>
                <span aria-hidden="true">{stateSign(kind)}</span>
              </span>
              <span class="cut filter-word">{t(`status.${kind}`)}</span> <b>{board.all.counts(kind)}</b>
            </button>
          )}
        </For>
        <For each={statuses()}>
          {(status) => (
            <button
              type="button"
              class="filter-state"
              data-status={status}
              title={t(`status.${status}`)}
              aria-pressed={board.filter().statuses?.includes(status) ?? false}
              onClick={(event) => pressState(status, event.ctrlKey || event.metaKey)}
            >
              <span class="state" data-status={status}>
                <span aria-hidden="true">{stateSign(status)}</span>
              </span>
              <span class="cut filter-word">{t(`status.${status}`)}</span> <b>{board.all.counts(status)}</b>
            </button>
          )}
        </For>
        <button
          type="button"
          class="filter-state"
          aria-pressed={only(openOnes)}
          onClick={() => board.setFilter({ statuses: only(openOnes) ? undefined : openOnes })}
        >
          {t("board.filter.open")} <b>{board.all.counts("open")}</b>
        </button>
        <button
          type="button"
          class="filter-state"
          title={t("list.soonHelp")}
          data-soon={board.all.counts("soon") > 0}
          aria-pressed={board.filter().lateness === "soon"}
          onClick={() => pressLate("soon")}
        >
          {t("list.soon", { n: board.all.counts("soon") })}
        </button>
        <button
          type="button"
          class="filter-state"
          data-late={board.all.counts("late") > 0}
          aria-pressed={board.filter().lateness === "late"}
          onClick={() => pressLate("late")}
        >
          {t("board.late", { n: board.all.counts("late") })}
        </button>
      </fieldset>
      <div class="line filter-more">
        <Search />
        <select
          aria-label={t("col.promise")}
          value={board.filter().promisedFrom ?? ""}
          onChange={(event) => {
            const found = windows().find(({ from }) => from === event.currentTarget.value);
            board.setFilter({ promisedFrom: found?.from, promisedTo: found?.to });
          }}
        >
          <option value="">{t("list.anyTime")}</option>
          <For each={windows()}>
            {({ from, to }) => (
              <option value={from} selected={board.filter().promisedFrom === from}>
                {time(from)}–{time(to)}
              </option>
            )}
          </For>
        </select>
        <select
          aria-label={t("board.shop")}
          value={board.filter().shopIds?.[0] ?? ""}
          onChange={(event) => board.setFilter({ shopIds: one(event.currentTarget.value) })}
        >
          <option value="">{t("board.allShops")}</option>
          <For each={shops()}>
            {([id, name]) => (
              <option value={id} selected={board.filter().shopIds?.[0] === id}>
                {name}
              </option>
            )}
          </For>
        </select>
        <select
          aria-label={t("board.rider")}
          value={riderValue(board.filter().riderIds)}
          onChange={(event) => {
            const { value } = event.currentTarget;
            board.setFilter({ riderIds: value === "-" ? [""] : one(value) });
          }}
        >
          <option value="">{t("board.allRiders")}</option>
          <option value="-">{t("list.nobodyOption")}</option>
          <For each={riders()}>
            {(rider) => (
              <option value={rider.id} selected={board.filter().riderIds?.[0] === rider.id}>
                {rider.name}
              </option>
            )}
          </For>
        </select>
        <Show when={!isEmpty(board.filter())}>
          <button type="button" class="quiet" onClick={() => board.resetFilter({})}>
            {t("board.clear")}
          </button>
        </Show>
        <SavedFilters />
        <ViewMenu />
      </div>
    </div>
  );
}

/** What is typed is seen at once, and looked for when the hand rests. */
function Search() {
  const board = useBoard();
  let field!: HTMLInputElement;
  let due: ReturnType<typeof setTimeout> | undefined;
  onCleanup(() => clearTimeout(due));
  const typed = () => {
    clearTimeout(due);
    due = setTimeout(() => board.setFilter({ text: field.value.trim() || undefined }), typedMs);
  };
  createEffect(
    on(
      // Another part of the filter must not undo what is being typed.
      createMemo(() => board.filter().text ?? ""),
      (text) => {
        clearTimeout(due);
        // A blank at the end belongs to the word that is typed next.
        if (field.value.trim() !== text) field.value = text;
      },
    ),
  );
  return (
    <input
      ref={field}
      class="grow filter-search"
      type="search"
      name="search"
      autocomplete="off"
      placeholder={t("board.search")}
      aria-label={t("app.search")}
      onInput={typed}
    />
  );
}

function one(id: string): string[] | undefined {
  return id ? [id] : undefined;
}

function riderValue(ids: string[] | undefined): string {
  return ids === undefined ? "" : ids[0] || "-";
}
