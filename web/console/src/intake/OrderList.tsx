import type { Order } from "@bros/sdk";
import { age, Icon, Kbd, money, now, type Records, stateSign, t, time, VirtualList } from "@bros/ui";
import { createEffect, createMemo, on, onCleanup, Show } from "solid-js";
import { currencyOf, useApp } from "../app.ts";
import { askForNotices, mayAsk, muted, setMuted } from "./alerts.ts";

interface Props {
  orders: Records<Order>;
  /** New ones, oldest first. */
  fresh: Order[];
  search: string;
  onSearch: (text: string) => void;
  selectedId?: string;
  onSelect: (id: string) => void;
  onPhone: () => void;
}

type Line = { head: "new" | "today"; count: number } | { order: Order };

const rowHeight = 48;

// The same line for the same record: rows that did not change are not painted again.
const orderLines = new WeakMap<Order, Line>();

function lineOf(order: Order): Line {
  let line = orderLines.get(order);
  if (!line) {
    line = { order };
    orderLines.set(order, line);
  }
  return line;
}

function fits(order: Order, words: string[]): boolean {
  if (words.length === 0) return true;
  const { customer, shop } = order;
  const text = [order.number, shop.name, customer.name, customer.phone, customer.address]
    .join(" ")
    .toLowerCase();
  return words.every((word) => text.includes(word));
}

/** The queue: new orders by age, then the rest of the day, newest first. */
export function OrderList(props: Props) {
  const words = () => props.search.toLowerCase().replaceAll("-", "").split(/\s+/).filter(Boolean);
  const lines = createMemo<Line[]>(() => {
    const wanted = words();
    const fresh = props.fresh.filter((order) => fits(order, wanted));
    const rest = props.orders
      .list()
      .filter((order) => order.status !== "received" && fits(order, wanted))
      .sort((a, b) => ((a.createdAt ?? "") < (b.createdAt ?? "") ? 1 : -1));
    return [
      { head: "new", count: fresh.length },
      ...fresh.map(lineOf),
      { head: "today", count: rest.length },
      ...rest.map(lineOf),
    ];
  });
  const oldest = () => {
    const at = props.fresh[0]?.createdAt;
    return at ? t("intake.oldest", { age: age(now() - Date.parse(at)) }) : "";
  };
  const rows = () => lines().flatMap((line) => ("order" in line ? [line.order] : []));
  const onKeyDown = (event: KeyboardEvent) => {
    const by = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (by === 0) return;
    event.preventDefault();
    const list = rows();
    const at = list.findIndex((order) => order.id === props.selectedId);
    const to = list[at < 0 ? 0 : Math.min(Math.max(at + by, 0), list.length - 1)];
    if (to) props.onSelect(to.id);
  };

  // The arrows move through the queue from anywhere but a field.
  const onDocumentKey = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target as Element;
    if (target.closest("input, select, textarea, [role=menu], [role=dialog], .map, .virtual, .phone-order"))
      return;
    onKeyDown(event);
  };
  document.addEventListener("keydown", onDocumentKey);
  onCleanup(() => document.removeEventListener("keydown", onDocumentKey));

  return (
    <section class="panel order-queue">
      <header>
        <input
          class="grow"
          type="search"
          name="search"
          autocomplete="off"
          placeholder={t("app.search")}
          aria-label={t("app.search")}
          value={props.search}
          onInput={(event) => props.onSearch(event.currentTarget.value)}
        />
        <button
          type="button"
          class="quiet"
          aria-pressed={muted()}
          aria-label={t(muted() ? "intake.unmute" : "intake.mute")}
          title={t(muted() ? "intake.unmute" : "intake.mute")}
          data-testid="mute"
          onClick={() => setMuted(!muted())}
        >
          <Icon name={muted() ? "bellOff" : "bell"} />
        </button>
        <button type="button" class="primary" onClick={() => props.onPhone()} aria-keyshortcuts="n">
          {t("intake.newPhoneOrder")} <Kbd>N</Kbd>
        </button>
      </header>
      <Show when={mayAsk()}>
        <div class="ask small">
          <span class="grow">{t("intake.askNotices")}</span>
          <button type="button" class="small" onClick={() => askForNotices(true)}>
            {t("intake.askYes")}
          </button>
          <button type="button" class="quiet small" onClick={() => askForNotices(false)}>
            {t("intake.askNo")}
          </button>
        </div>
      </Show>
      <VirtualList
        class="order-list"
        testId="order-list"
        label={t("reports.orders")}
        row={rowHeight}
        items={lines()}
        count={rows().length}
        shownKey={props.selectedId}
        shown={() => lines().findIndex((line) => "order" in line && line.order.id === props.selectedId)}
        onKeyDown={onKeyDown}
      >
        {(line) => (
          <Show
            when={orderOf(line())}
            fallback={<Head line={line()} oldest={oldest()} ready={props.orders.ready()} />}
          >
            {(order) => (
              <Row
                order={order()}
                selected={order().id === props.selectedId}
                onSelect={() => props.onSelect(order().id)}
              />
            )}
          </Show>
        )}
      </VirtualList>
    </section>
  );
}

function orderOf(line: Line): Order | undefined {
  return "order" in line ? line.order : undefined;
}

function Head(props: { line: Line; oldest: string; ready: boolean }) {
  const head = () => ("head" in props.line ? props.line : undefined);
  return (
    <Show when={head()}>
      {(line) => (
        <div class="order-head">
          <span class="strong">
            {line().head === "new" ? t("intake.new") : t("intake.today")}{" "}
            <span class="muted">{line().count}</span>
          </span>
          <span class="small muted cut">
            {line().head === "today"
              ? ""
              : line().count > 0
                ? props.oldest
                : props.ready
                  ? t("intake.noNew")
                  : t("app.loading")}
          </span>
        </div>
      )}
    </Show>
  );
}

function Row(props: { order: Order; selected: boolean; onSelect: () => void }) {
  const app = useApp();
  let row!: HTMLDivElement;
  const count = () => props.order.items.reduce((sum, item) => sum + item.quantity, 0);
  createEffect(
    on(
      () => [props.order.id, props.order.version] as const,
      (now, before) => {
        if (!before || before[0] !== now[0] || before[1] === now[1]) return;
        row.animate([{ backgroundColor: "var(--glow)" }, {}], { duration: 1000, easing: "ease-out" });
      },
    ),
  );
  return (
    <div
      ref={row}
      class="order-row"
      role="option"
      tabIndex={-1}
      data-testid="order-row"
      data-id={props.order.id}
      data-status={props.order.status}
      data-version={props.order.version}
      aria-selected={props.selected}
      onClick={() => props.onSelect()}
      onKeyDown={(event) => {
        if (event.key === " ") props.onSelect();
      }}
    >
      <span
        class="state order-sign"
        data-status={props.order.status}
        title={t(`status.${props.order.status}`)}
      >
        <span aria-hidden="true">{stateSign(props.order.status)}</span>
      </span>
      <span class="strong">{props.order.number}</span>
      <span class="cut">{props.order.shop.name}</span>
      <span class="order-money">{money(props.order.payment.amount, currencyOf(app, props.order))}</span>
      <span class="order-when small" classList={{ muted: props.order.status !== "received" }}>
        {props.order.status === "received"
          ? age(now() - Date.parse(props.order.createdAt ?? ""))
          : time(props.order.createdAt)}
      </span>
      <span class="cut small muted order-what">
        {props.order.customer.name} · {count() === 1 ? t("intake.item") : t("intake.items", { n: count() })}
        {" · "}
        {t(`status.${props.order.status}`)}
      </span>
    </div>
  );
}
