import type { Head, Order, ViewLine } from "@bros/sdk";
import {
  age,
  Given,
  glowOnChange,
  Icon,
  Kbd,
  keyOf,
  type ListHandle,
  lineKey,
  money,
  now,
  type RowPlace,
  stateSign,
  t,
  time,
  tOr,
  type Viewed,
  VirtualList,
} from "@bros/ui";
import { createEffect, createMemo, type JSX, on, onCleanup, Show } from "solid-js";
import { currencyOf, useApp } from "../app.ts";
import { orderText } from "../rowText.ts";
import { askForNotices, audible, mayAsk, muted, switchSound } from "./alerts.ts";

interface Props {
  /** New ones by age, then the rest of the day, newest first: the worker's list. */
  orders: Viewed<"order">;
  /** When the oldest that waits came in. */
  oldest?: string;
  search: string;
  onSearch: (text: string) => void;
  selectedId?: string;
  onSelect: (id: string) => void;
  onPhone: () => void;
  /** What is in work beside it. */
  drafts?: JSX.Element;
}

const rowHeight = 48;
const headHeight = 36;
/** By how many rows a key goes, with so many to a page. */
const steps: Record<string, (page: number) => number> = {
  ArrowDown: () => 1,
  ArrowUp: () => -1,
  PageDown: (page) => page,
  PageUp: (page) => -page,
  Home: () => -1e9,
  End: () => 1e9,
};
/** While the pointer moves over the list, no row moves away under it. */
const handMs = 700;

/** The queue: new orders by age, then the rest of the day, newest first. */
export function OrderList(props: Props) {
  const { list } = props.orders;
  let handle: ListHandle | undefined;
  // What is so, and then what a press does about it.
  const soundIs = () => (muted() ? "intake.unmute" : audible() ? "intake.mute" : "intake.soundWaits");
  const headLines = createMemo(() => props.orders.heads().map(({ line }) => line));
  const page = () => handle?.page() ?? 10;
  const onKeyDown = (event: KeyboardEvent) => {
    const by = steps[keyOf(event)]?.(page());
    if (by === undefined) return;
    event.preventDefault();
    void list.step(props.selectedId, by).then((found) => {
      if (found) props.onSelect(found.id);
    });
  };
  const active = () => {
    props.orders.tick();
    return list.indexOf(props.selectedId) < 0 ? undefined : `order-${props.selectedId}`;
  };
  const show = async (id: string | undefined) => {
    if (id === undefined) return;
    const line = list.indexOf(id);
    const found = line >= 0 ? { line } : (await list.find([id]))[0];
    if (found && props.selectedId === id) handle?.show(found.line);
  };
  createEffect(
    on(
      () => props.selectedId,
      (id) => void show(id),
    ),
  );

  let rest: ReturnType<typeof setTimeout> | undefined;
  const letGo = () => {
    clearTimeout(rest);
    rest = undefined;
    if (list.held) list.hold(false);
  };
  const moved = () => {
    clearTimeout(rest);
    rest = setTimeout(letGo, handMs);
    if (!list.held) list.hold(true);
  };
  onCleanup(() => clearTimeout(rest));

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
          aria-label={t(soundIs())}
          title={t(soundIs())}
          data-testid="mute"
          data-sound={muted() ? "muted" : audible() ? "on" : "waits"}
          onClick={switchSound}
        >
          <Icon name={muted() || !audible() ? "bellOff" : "bell"} />
        </button>
        <button type="button" class="primary" onClick={() => props.onPhone()} aria-keyshortcuts="n">
          {t("intake.newPhoneOrder")} <Kbd>N</Kbd>
        </button>
      </header>
      <Show when={!muted() && !audible()}>
        <p class="ask small" role="status" data-testid="silent">
          {t("intake.silent")}
        </p>
      </Show>
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
      {props.drafts}
      <Show when={props.orders.counts("received") === 0}>
        <p class="order-head">
          <span class="strong">
            {t("intake.new")} <span class="muted">0</span>
          </span>
          <span class="small muted cut">{props.orders.ready() ? t("intake.noNew") : t("app.loading")}</span>
        </p>
      </Show>
      <div class="order-frame" onPointerMove={moved} onPointerLeave={letGo}>
        <VirtualList<ViewLine<Order>>
          class="order-list"
          testId="order-list"
          label={t("reports.orders")}
          row={rowHeight}
          headRow={headHeight}
          heads={headLines()}
          lines={props.orders.lines()}
          line={props.orders.line}
          key={lineKey}
          count={props.orders.count()}
          active={active()}
          onLook={(range) => list.look(range)}
          handle={(given) => {
            handle = given;
            void show(props.selectedId);
          }}
          onKeyDown={onKeyDown}
        >
          {(line, _, place) => (
            <Given
              when={orderOf(line())}
              fallback={
                <Given when={headOf(line())}>
                  {(head) => <GroupHead head={head()} oldest={props.oldest} />}
                </Given>
              }
            >
              {(order) => (
                <Row
                  order={order()}
                  place={place()}
                  selected={order().id === props.selectedId}
                  onSelect={() => props.onSelect(order().id)}
                />
              )}
            </Given>
          )}
        </VirtualList>
      </div>
    </section>
  );
}

function orderOf(line: ViewLine<Order>): Order | undefined {
  return line.kind === "row" ? line.record : undefined;
}

function headOf(line: ViewLine<Order>): Head | undefined {
  return line.kind === "head" ? line.head : undefined;
}

function GroupHead(props: { head: Head; oldest?: string }) {
  const waits = () => props.head.key !== "today";
  return (
    <div class="order-head" role="presentation">
      <span class="strong">
        {waits() ? t("intake.new") : t("intake.today")} <span class="muted">{props.head.count}</span>
      </span>
      <span class="small muted cut">
        {props.head.key === "received" && props.oldest
          ? t("intake.oldest", { age: age(now() - Date.parse(props.oldest)) })
          : ""}
      </span>
    </div>
  );
}

function Row(props: { order: Order; place: RowPlace; selected: boolean; onSelect: () => void }) {
  const app = useApp();
  let row!: HTMLDivElement;
  const count = () => props.order.items.reduce((sum, item) => sum + item.quantity, 0);
  glowOnChange(
    () => row,
    () => props.order,
  );
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the list has the focus and names its active row
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list's own keys do the same
    <div
      ref={row}
      id={`order-${props.order.id}`}
      class="order-row"
      role="option"
      data-testid="order-row"
      data-id={props.order.id}
      data-status={props.order.status}
      data-version={props.order.version}
      aria-selected={props.selected}
      aria-label={orderText(props.order, currencyOf(app, props.order))}
      aria-posinset={props.place.at}
      aria-setsize={props.place.of}
      onClick={() => props.onSelect()}
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
        {/* All that are new stand under one head that says so. */}
        {props.order.status === "received"
          ? tOr(`intake.channel.${props.order.channel}`, props.order.channel)
          : t(`status.${props.order.status}`)}
      </span>
    </div>
  );
}
