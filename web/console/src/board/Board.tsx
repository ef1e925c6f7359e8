import { t } from "@bros/ui";
import { onCleanup, onMount, Show } from "solid-js";
import { atLeast, useApp } from "../app.ts";
import { createActions } from "./actions.ts";
import "./panel.css";
import "./board.css";
import { DeliveryList } from "./DeliveryList.tsx";
import { Filters } from "./Filters.tsx";
import { Panel } from "./Panel.tsx";
import { Riders } from "./Riders.tsx";
import { BoardContext, createBoard } from "./state.ts";

/** Dispatch: the day's deliveries, who is on the road, and what to do next. */
export function Board() {
  const app = useApp();
  const board = createBoard();
  const actions = createActions(app);
  const dispatcher = atLeast(app.user.role, "dispatcher");

  const onKey = (event: KeyboardEvent) => {
    const target = event.target as HTMLElement;
    if (event.key === "Escape") {
      if (target.matches("input, select, textarea")) target.blur();
      else board.select(undefined);
      return;
    }
    if (target.matches("input, select, textarea") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "/") {
      event.preventDefault();
      document.querySelector<HTMLInputElement>("input[name=search]")?.focus();
    } else if (/^[1-9]$/.test(event.key)) {
      const suggestion = board.suggestions()[Number(event.key) - 1];
      if (suggestion) board.chooseRider(suggestion.riderId);
    } else if (event.key === "a" && dispatcher) {
      const delivery = board.selected();
      const riderId = board.riderId();
      if (!delivery || !riderId || delivery.status === "pickup") return;
      const name = board.riders.get(riderId)?.name ?? "";
      actions.assign(delivery, riderId, name);
    }
  };
  onMount(() => document.addEventListener("keydown", onKey));
  onCleanup(() => document.removeEventListener("keydown", onKey));

  return (
    <BoardContext.Provider value={board}>
      <main class="board">
        <section class="board-main">
          <Filters />
          <DeliveryList />
          <p class="board-keys small muted">{t("board.keys")}</p>
        </section>
        <aside class="board-side" data-open={board.selected() !== undefined}>
          <Show when={board.selected()} fallback={<p class="panel empty board-pick">{t("board.pick")}</p>}>
            {(delivery) => <Panel delivery={delivery()} actions={actions} dispatcher={dispatcher} />}
          </Show>
          <Riders dispatcher={dispatcher} />
        </aside>
      </main>
    </BoardContext.Provider>
  );
}
