import { type Delivery, type Head, newGroup, type ViewLine } from "@bros/sdk";
import {
  afterPaint,
  followView,
  type ListHandle,
  lineKey,
  type RowPlace,
  rowHeight,
  State,
  t,
  type Viewed,
  VirtualList,
} from "@bros/ui";
import { createEffect, createMemo, createSignal, For, on, onCleanup, onMount, Show } from "solid-js";
import { useApp } from "../app.ts";
import { columnsStyle, DeliveryRow } from "./DeliveryRow.tsx";
import { createHand } from "./hold.ts";
import { ListHead } from "./ListHead.tsx";
import "./list.css";
import { listKeys } from "./listkeys.ts";
import { useBoard } from "./state.ts";

/** Below this width a list has two lines a row. */
const compactBelow = 620;
/** By then the worker has answered with the new order. */
const sortsWithinMs = 300;
const compactHeight = 52;
/** Of a group's head among rows of two lines. */
const compactHead = 30;

/** The day's deliveries: one list for all centers that are looked at, or one for each. */
export function DeliveryList() {
  const app = useApp();
  const board = useBoard();
  const apart = () => board.look().sideBySide && app.chosen().length > 1;
  return (
    <Show when={apart()} fallback={<OneList view={board.all} />}>
      <Columns />
    </Show>
  );
}

function Columns() {
  const app = useApp();
  const board = useBoard();
  board.all.list.look({ from: 0, to: 0 }); // for its counts alone
  const name = (id: string) => app.centers().find((center) => center.id === id)?.name ?? id;
  return (
    <div class="list-columns">
      <For each={app.chosen()}>
        {(id) => {
          const view = followView(app.live, () => board.spec([`delivery/${id}`]));
          return (
            <section class="list-column" aria-label={name(id)}>
              <h3 class="list-column-head">
                <span class="grow cut">{name(id)}</span>
                <span class="state" data-status="waiting">
                  ○ {view.counts("waiting")}
                </span>
                <Show when={view.counts("late") > 0}>
                  <span class="list-late">{t("board.late", { n: view.counts("late") })}</span>
                </Show>
              </h3>
              <OneList view={view} centerId={id} />
            </section>
          );
        }}
      </For>
    </div>
  );
}

function OneList(props: { view: Viewed<"delivery">; centerId?: string }) {
  const app = useApp();
  const board = useBoard();
  const { list } = props.view;
  board.shows(list);
  let frame!: HTMLDivElement;
  let handle: ListHandle | undefined;
  const [compact, setCompact] = createSignal(false);
  onMount(() => {
    const observer = new ResizeObserver(() => setCompact(frame.clientWidth < compactBelow));
    observer.observe(frame);
    onCleanup(() => observer.disconnect());
  });
  const height = () => (compact() ? compactHeight : rowHeight());
  const headRow = () => (compact() ? compactHead : undefined);
  const headLines = createMemo(() => props.view.heads().map(({ line }) => line));

  const hand = createHand((held) => {
    keepInPlace();
    list.hold(held);
  });
  // When the order changes because somebody wants it to, the selected row stays where it is seen.
  let anchor: { id: string; line: number; offset: number; until: number } | undefined;
  const keepInPlace = () => {
    const id = board.selectedId();
    const line = list.indexOf(id);
    anchor = undefined;
    if (id === undefined || line < 0 || !handle) return;
    const offset = handle.offset(line);
    const seen = offset >= 0 && offset < handle.height();
    if (seen) anchor = { id, line, offset, until: performance.now() + sortsWithinMs };
  };
  createEffect(
    on(props.view.tick, () => {
      if (!anchor || !handle) return;
      const line = list.indexOf(anchor.id);
      const over = performance.now() > anchor.until;
      if (!over && line >= 0 && line !== anchor.line) handle.place(line, anchor.offset);
      if (over || line !== anchor.line) anchor = undefined;
    }),
  );

  const show = async (id: string | undefined) => {
    if (id === undefined) return;
    const line = list.indexOf(id);
    const found = line >= 0 ? { line } : (await list.find([id]))[0];
    if (found && board.selectedId() === id) handle?.show(found.line);
  };
  createEffect(on(board.selectedId, (id) => void show(id)));

  const keys = listKeys({
    list,
    board,
    // The step is seen first.
    resort: () => afterPaint(hand.key),
    keep: hand.keep,
    page: () => handle?.page() ?? 10,
  });
  const active = () => {
    const id = board.selectedId();
    props.view.tick();
    return list.indexOf(id) < 0 ? undefined : `row-${id}`;
  };
  const empty = () => {
    if (!props.view.ready()) return t("app.loading");
    return props.view.counts("all") > 0 ? t("board.nothingFound") : t("board.empty");
  };
  const shownColumns = createMemo(() => {
    const wanted = board.look().columns;
    return props.centerId === undefined && app.chosen().length > 1
      ? wanted
      : wanted.filter((column) => column !== "center");
  });

  return (
    <div
      ref={frame}
      class="list-frame"
      data-compact={compact()}
      data-several={board.marked().size > 1}
      style={{
        "--columns": columnsStyle(shownColumns()),
        "--row": `${height()}px`,
        "--head": `${headRow() ?? height()}px`,
      }}
    >
      <Show when={!compact()}>
        <ListHead columns={shownColumns()} />
      </Show>
      <div
        class="list-body"
        onPointerMove={hand.moved}
        onPointerLeave={hand.left}
        onFocusOut={(event) => {
          if (!event.currentTarget.contains(event.relatedTarget as Node | null)) hand.blurred();
        }}
      >
        <VirtualList<ViewLine<Delivery>>
          class="delivery-list"
          testId="delivery-list"
          label={t("reports.deliveries")}
          multiple
          row={height()}
          headRow={headRow()}
          heads={headLines()}
          lines={props.view.lines()}
          line={props.view.line}
          key={lineKey}
          count={props.view.count()}
          active={active()}
          onLook={(range) => list.look(range)}
          handle={(given) => {
            handle = given;
            void show(board.selectedId());
          }}
          onKeyDown={keys.down}
        >
          {(line, _, place) => (
            <Line line={line()} place={place()} columns={shownColumns()} onPick={keys.pick} />
          )}
        </VirtualList>
        <Show when={props.view.lines() === 0}>
          <p class="empty list-empty">{empty()}</p>
        </Show>
        <Show when={props.view.stirred() > 0}>
          <button type="button" class="list-stirred" tabIndex={-1} onClick={hand.key}>
            {t("list.stirred", { n: props.view.stirred() })} <kbd>.</kbd>
          </button>
        </Show>
      </div>
    </div>
  );
}

function Line(props: {
  line: ViewLine<Delivery>;
  place: RowPlace;
  columns: Parameters<typeof DeliveryRow>[0]["columns"];
  onPick: (event: MouseEvent, id: string) => void;
}) {
  const head = () => (props.line.kind === "head" ? props.line.head : undefined);
  const row = () => (props.line.kind === "row" ? props.line : undefined);
  return (
    <Show when={row()} fallback={<Show when={head()}>{(found) => <Group head={found()} />}</Show>}>
      {(found) => (
        <DeliveryRow
          delivery={found().record}
          gone={found().gone}
          place={props.place}
          columns={props.columns}
          onPick={props.onPick}
        />
      )}
    </Show>
  );
}

function Group(props: { head: Head }) {
  const app = useApp();
  const board = useBoard();
  const name = () => {
    const { key, label } = props.head;
    if (key === newGroup) return t("list.new");
    if (key === "problem" || key === "held") return undefined; // as signs say them
    switch (board.look().group) {
      case "rider":
        return label || (key === "cancelled" ? t("status.cancelled") : t("list.nobody"));
      case "center":
        return app.centers().find((center) => center.id === key)?.name ?? key;
      default:
        return undefined;
    }
  };
  return (
    <div class="group-row" role="presentation" data-group={props.head.key}>
      <Show when={name()} fallback={<State status={props.head.key} />}>
        {(text) => <span>{text()}</span>}
      </Show>
      <span class="muted">{props.head.count}</span>
    </div>
  );
}
