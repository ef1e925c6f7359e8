import type { Delivery } from "@bros/sdk";
import { apartOf, isOpen, stageSince } from "@bros/sdk";
import {
  age,
  ago,
  Countdown,
  glowOnChange,
  money,
  now,
  phone,
  type RowPlace,
  stateSign,
  t,
  time,
} from "@bros/ui";
import { createMemo, For, type JSX, Show } from "solid-js";
import { type App, currencyOf, useApp } from "../app.ts";
import { deliveryText } from "../rowText.ts";
import { useDesk } from "./desk.ts";
import { beginDrag, endDrag } from "./drag.ts";
import { inWords } from "./happened.ts";
import { Meant } from "./Meant.tsx";
import type { Column } from "./model.ts";
import { useBoard } from "./state.ts";

const oldMs = 60_000;

const widths: Record<Column, string> = {
  promise: "64px",
  center: "minmax(50px, 0.5fr)",
  shop: "minmax(60px, 1fr)",
  door: "minmax(80px, 1.4fr)",
  customer: "minmax(50px, 0.6fr)",
  phone: "108px",
  items: "minmax(60px, 1fr)",
  memo: "minmax(60px, 1fr)",
  rider: "minmax(96px, 0.8fr)",
  pay: "112px",
  stage: "58px",
  ready: "46px",
  created: "46px",
};

/** The grid of a row: state, number, and the columns that were chosen. */
export function columnsStyle(columns: readonly Column[]): string {
  return ["18px", "46px", ...columns.map((column) => widths[column])].join(" ");
}

/** One delivery of the list; what it shows follows its record, where it stands does not. */
export function DeliveryRow(props: {
  delivery: Delivery;
  /** It no longer fits, and stays until the list is sorted. */
  gone: boolean;
  place: RowPlace;
  columns: readonly Column[];
  onPick: (event: MouseEvent, id: string) => void;
}) {
  const app = useApp();
  const board = useBoard();
  const desk = useDesk();
  let row!: HTMLDivElement;
  const delivery = () => props.delivery;
  const old = () => {
    const at = delivery().finishedAt;
    return at !== undefined && now() - Date.parse(at) > oldMs;
  };

  const late = createMemo(
    () => isOpen(delivery()) && now() > Date.parse(delivery().promisedAt ?? ""), // no promise: never
  );

  /** Trouble and what is kept for later stand apart from their status. */
  const shown = () => apartOf(delivery()) ?? delivery().status;

  glowOnChange(() => row, delivery);

  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the list has the focus and names its active row
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list's own keys do the same
    <div
      ref={row}
      id={`row-${delivery().id}`}
      class="delivery-row"
      role="option"
      data-testid="delivery-row"
      data-id={delivery().id}
      data-status={delivery().status}
      data-apart={apartOf(delivery())}
      data-version={delivery().version}
      data-old={old()}
      data-gone={props.gone}
      data-active={board.selectedId() === delivery().id}
      aria-selected={board.marked().has(delivery().id)}
      aria-label={deliveryText(delivery(), late())}
      aria-posinset={props.place.at}
      aria-setsize={props.place.of}
      draggable={desk.dispatcher && isOpen(delivery())}
      onDragStart={(event) => {
        const marked = board.marked();
        const ids = marked.has(delivery().id) ? [...marked] : [delivery().id];
        const targets = desk.aim(ids);
        const more = targets.length > 1 ? ` +${targets.length - 1}` : "";
        beginDrag(event, targets, delivery().number + more);
      }}
      onDragEnd={endDrag}
      onClick={(event) => props.onPick(event, delivery().id)}
    >
      <span class="state" data-status={shown()} title={t(`status.${shown()}`)}>
        <span aria-hidden="true">{stateSign(shown())}</span>
        <span class="hidden-visually">{t(`status.${shown()}`)}</span>
      </span>
      <span class="strong">{delivery().number}</span>
      <For each={props.columns}>{(column) => cells[column](delivery, app)}</For>
      <Show when={isOpen(delivery()) && delivery().problem}>
        {(problem) => (
          <span class="row-trouble">
            {t(`problem.${problem().kind}`)} · {ago(now() - Date.parse(problem().at))}
          </span>
        )}
      </Show>
      <Show when={desk.actions.happened.get(delivery().id)}>
        {(happened) => <span class="row-happened">{inWords(happened())}</span>}
      </Show>
    </div>
  );
}

const cells: Record<Column, (delivery: () => Delivery, app: App) => JSX.Element> = {
  promise: (delivery) => (
    <Show
      when={isOpen(delivery())}
      fallback={<span class="cell-promise row-ended">{time(delivery().finishedAt)}</span>}
    >
      <span class="cell-promise">
        <Show when={delivery().heldUntil === undefined} fallback={time(delivery().promisedAt)}>
          <Countdown to={delivery().promisedAt} />
        </Show>
      </span>
    </Show>
  ),
  center: (delivery, app) => (
    <span class="cut muted">
      {app.centers().find((center) => center.id === delivery().centerId)?.name ?? ""}
    </span>
  ),
  shop: (delivery) => <span class="cut cell-shop">{delivery().shop.name}</span>,
  door: (delivery) => (
    <span class="cut muted cell-door">
      {[delivery().customer.address, delivery().customer.addressDetail].filter(Boolean).join(", ")}
    </span>
  ),
  customer: (delivery) => <span class="cut cell-more">{delivery().customer.name}</span>,
  phone: (delivery) => <span class="cut cell-more">{phone(delivery().customer.phone)}</span>,
  items: (delivery) => (
    <span class="cut muted cell-more">
      {delivery()
        .items.map((item) => (item.quantity > 1 ? `${item.name} ×${item.quantity}` : item.name))
        .join(", ")}
    </span>
  ),
  memo: (delivery) => <span class="cut muted cell-more">{delivery().customer.memo}</span>,
  rider: (delivery) => (
    <span class="cut cell-rider">
      <Meant delivery={delivery()} />
    </span>
  ),
  pay: (delivery, app) => (
    <span class="cell-end cell-more" data-cash={delivery().payment.method === "cash"}>
      <span class="muted small">{t(`pay.${delivery().payment.method}`)}</span>{" "}
      {money(delivery().payment.amount, currencyOf(app, delivery()))}
    </span>
  ),
  stage: (delivery) => (
    <span class="muted small cell-end cell-more">
      {isOpen(delivery()) ? since(stageSince(delivery())) : ""}
    </span>
  ),
  ready: (delivery) => <span class="muted cell-end cell-more">{time(delivery().readyAt)}</span>,
  created: (delivery) => <span class="muted cell-end cell-more">{time(delivery().createdAt)}</span>,
};

function since(at: string | undefined): string {
  return at ? age(now() - Date.parse(at)) : "";
}
