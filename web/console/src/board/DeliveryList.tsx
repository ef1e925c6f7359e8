import type { Delivery } from "@bros/sdk";
import { age, Countdown, money, now, State, stateSign, t, time, VirtualList } from "@bros/ui";
import { createEffect, createSignal, on, onCleanup, Show } from "solid-js";
import { currencyOf, useApp } from "../app.ts";
import { isOpen, type Line, stageSince } from "./model.ts";
import { useBoard } from "./state.ts";

// Narrow screens have two lines a row (board.css).
const narrow = window.matchMedia("(max-width: 900px)");
const rowHeight = 32;
const narrowRowHeight = 52;
const oldMs = 60_000;

/** The day's deliveries: grouped by state, thousands of them, painted where one looks. */
export function DeliveryList() {
  const board = useBoard();
  const [height, setHeight] = createSignal(narrow.matches ? narrowRowHeight : rowHeight);
  const fit = () => setHeight(narrow.matches ? narrowRowHeight : rowHeight);
  narrow.addEventListener("change", fit);
  onCleanup(() => narrow.removeEventListener("change", fit));
  const lines = () => board.view().lines;
  const selectedLine = () => {
    const id = board.selectedId();
    return lines().findIndex((line) => line.kind === "row" && line.delivery.id === id);
  };

  const move = (by: number) => {
    const rows = board.view().rows;
    const at = rows.findIndex((delivery) => delivery.id === board.selectedId());
    const next = rows[at < 0 ? 0 : Math.min(Math.max(at + by, 0), rows.length - 1)];
    if (next) board.select(next.id);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: 20, PageUp: -20 };
    const by = steps[event.key];
    if (by !== undefined) {
      event.preventDefault();
      move(by);
    } else if (event.key === "Enter") {
      document.querySelector<HTMLElement>("[data-testid=delivery-panel] button")?.focus();
    }
  };

  return (
    <Show
      when={board.view().lines.length > 0}
      fallback={
        <div class="empty delivery-list" data-testid="delivery-list" data-count="0">
          {board.deliveries.list().length > 0
            ? t("board.nothingFound")
            : board.deliveries.ready()
              ? t("board.empty")
              : t("app.loading")}
        </div>
      }
    >
      <VirtualList
        class="delivery-list"
        testId="delivery-list"
        label={t("reports.deliveries")}
        row={height()}
        items={lines()}
        count={board.view().rows.length}
        shownKey={board.selectedId()}
        shown={selectedLine}
        onKeyDown={onKeyDown}
      >
        {(line) => <ListLine line={line()} />}
      </VirtualList>
    </Show>
  );
}

function ListLine(props: { line: Line }) {
  const group = () => (props.line.kind === "group" ? props.line : undefined);
  const delivery = () => (props.line.kind === "row" ? props.line.delivery : undefined);
  return (
    <Show when={delivery()} fallback={<Show when={group()}>{(head) => <Group {...head()} />}</Show>}>
      {(row) => <Row delivery={row()} />}
    </Show>
  );
}

function Group(props: { status: string; count: number }) {
  return (
    <div class="group-row">
      <State status={props.status} />
      <span class="muted">{props.count}</span>
    </div>
  );
}

function Row(props: { delivery: Delivery }) {
  const app = useApp();
  const board = useBoard();
  let row!: HTMLDivElement;
  const delivery = () => props.delivery;
  const since = () => {
    const at = stageSince(delivery());
    return at ? age(now() - Date.parse(at)) : "";
  };
  const old = () => {
    const at = delivery().finishedAt;
    return at !== undefined && now() - Date.parse(at) > oldMs;
  };
  const door = () =>
    [delivery().customer.address, delivery().customer.addressDetail].filter(Boolean).join(", ");

  // A row that changes glows for a second; one that only came into sight does not.
  createEffect(
    on(
      () => [delivery().id, delivery().version] as const,
      (now, before) => {
        if (!before || before[0] !== now[0] || before[1] === now[1]) return;
        row.animate([{ backgroundColor: "var(--glow)" }, {}], { duration: 1000, easing: "ease-out" });
      },
    ),
  );

  return (
    <div
      ref={row}
      class="delivery-row"
      role="option"
      tabIndex={-1}
      data-testid="delivery-row"
      data-id={delivery().id}
      data-status={delivery().status}
      data-version={delivery().version}
      data-old={old()}
      aria-selected={board.selectedId() === delivery().id}
      onClick={() => board.select(delivery().id)}
      onKeyDown={(event) => {
        if (event.key === " ") board.select(delivery().id);
      }}
    >
      <span class="state" data-status={delivery().status} title={t(`status.${delivery().status}`)}>
        <span aria-hidden="true">{stateSign(delivery().status)}</span>
      </span>
      <span class="strong">{delivery().number}</span>
      <Show when={isOpen(delivery())} fallback={<span class="row-ended">{time(delivery().finishedAt)}</span>}>
        <Countdown to={delivery().promisedAt} />
      </Show>
      <span class="cut row-way">
        <span class="cut">{delivery().shop.name}</span>
        <span class="muted row-arrow"> → </span>
        <span class="muted cut row-door">{door()}</span>
      </span>
      <span class="cut row-rider">{delivery().riderName}</span>
      <span class="row-pay" data-cash={delivery().payment.method === "cash"}>
        <span class="muted small">{t(`pay.${delivery().payment.method}`)}</span>{" "}
        {money(delivery().payment.amount, currencyOf(app, delivery()))}
      </span>
      <span class="muted small row-since">{isOpen(delivery()) ? since() : ""}</span>
    </div>
  );
}
