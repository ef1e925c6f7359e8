import { t } from "@bros/ui";
import { For, Show } from "solid-js";
import { type Column, sortOf } from "./model.ts";
import { useBoard } from "./state.ts";

/** Whose cells stand at their end. */
const ended: ReadonlySet<string> = new Set(["promise", "pay", "stage", "ready", "created"]);

/** Names of the columns; those that sort do so when pressed, and turn when pressed again. */
export function ListHead(props: { columns: readonly Column[] }) {
  const board = useBoard();
  const press = (column: Column | "number") => {
    const sort = column === "number" ? "number" : sortOf[column];
    if (!sort) return;
    const look = board.look();
    board.setLook({ sort, desc: look.sort === sort && !look.desc });
  };
  const sign = (column: Column | "number") => {
    const sort = column === "number" ? "number" : sortOf[column];
    return sort !== board.look().sort ? "" : board.look().desc ? " ↓" : " ↑";
  };
  const name = (column: Column | "number") => (
    <button
      type="button"
      class="quiet"
      classList={{ "head-end": ended.has(column) }}
      aria-pressed={sign(column) !== ""}
      onClick={() => press(column)}
      title={t("list.sortBy", { name: t(`col.${column}`) })}
    >
      {t(`col.${column}`)}
      {sign(column)}
    </button>
  );
  return (
    <div class="list-head small muted">
      <span />
      {name("number")}
      <For each={props.columns}>
        {(column) => (
          <Show when={sortOf[column]} fallback={<NotSorting column={column} />}>
            {name(column)}
          </Show>
        )}
      </For>
    </div>
  );
}

function NotSorting(props: { column: Column }) {
  return (
    <span class="cut" classList={{ "cell-end": ended.has(props.column) }}>
      {t(`col.${props.column}`)}
    </span>
  );
}
