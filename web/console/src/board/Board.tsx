import { type Key, t } from "@bros/ui";
import { createSignal, For, lazy, onCleanup, onMount, Show, Suspense } from "solid-js";
import "./panel.css";
import "./layout.css";
import "./riders.css";
import "./trouble.css";
import "../plan/plan.css";
import { useApp } from "../app.ts";
import { ModeSwitch } from "../plan/ModeSwitch.tsx";
import { openPlan } from "../plan/open.ts";
import { BulkPanel } from "./BulkPanel.tsx";
import { DeliveryList } from "./DeliveryList.tsx";
import { createDesk, DeskContext } from "./desk.ts";
import { Filters } from "./Filters.tsx";
import { bindKeys } from "./keys.ts";
import { Panel } from "./Panel.tsx";
import { Riders } from "./Riders.tsx";
import { BoardContext, createBoard } from "./state.ts";

// What opens over the board is loaded when it is first wanted.
const MapView = lazy(() => import("./MapView.tsx"));
const Overlays = lazy(() => import("./Overlays.tsx"));

type Pane = "list" | "map" | "riders";
const panes: { pane: Pane; key: Key }[] = [
  { pane: "list", key: "board.pane.list" },
  { pane: "map", key: "board.map" },
  { pane: "riders", key: "board.riders" },
];
/** By then the page has painted, and what a key opens can be fetched: later the line may be gone. */
const preloadAfterMs = 2_000;
const narrow = window.matchMedia("(max-width: 900px)");

/** Dispatch: the day's deliveries, who is on the road and where, and what to do next. */
export function Board() {
  const board = createBoard();
  const desk = createDesk(board);
  const app = useApp();
  bindKeys(app, board, desk);
  // A small screen shows one thing at a time.
  const [pane, setPane] = createSignal<Pane>("list");
  const [small, setSmall] = createSignal(narrow.matches);
  const resized = () => setSmall(narrow.matches);
  narrow.addEventListener("change", resized);
  onCleanup(() => narrow.removeEventListener("change", resized));
  onMount(() => {
    const preload = setTimeout(() => Overlays.preload().catch(() => {}), preloadAfterMs);
    onCleanup(() => clearTimeout(preload));
  });
  const several = () => desk.targets().length > 1;
  const open = () => several() || board.opened();
  const mapped = () => (small() ? pane() === "map" : desk.mapSize() !== "none");
  const overlaid = () =>
    desk.picking() || desk.history() || desk.help() || desk.actions.asking() !== undefined;

  return (
    <BoardContext.Provider value={board}>
      <DeskContext.Provider value={desk}>
        <main class="board" data-pane={pane()} data-map={desk.mapSize()}>
          <nav class="board-panes" aria-label={t("board.panes")}>
            <For each={panes}>
              {({ pane: name, key }) => (
                <button type="button" aria-pressed={pane() === name} onClick={() => setPane(name)}>
                  {t(key)}
                </button>
              )}
            </For>
          </nav>
          <section class="board-main">
            <Filters />
            <DeliveryList />
            <p class="board-keys small muted">
              <span class="cut">{t("board.keys")}</span>
              <ModeSwitch />
              <button type="button" class="quiet small" onClick={() => openPlan(app.chosen())}>
                {t("app.plan")} <kbd>l</kbd>
              </button>
              <button type="button" class="quiet small" onClick={() => desk.setHelp(true)}>
                {t("board.keysAll")} <kbd>?</kbd>
              </button>
            </p>
          </section>
          <aside class="board-side" data-open={open()}>
            <Show when={mapped()}>
              <Suspense fallback={<div class="panel board-map" />}>
                <MapView />
              </Suspense>
            </Show>
            <Show
              when={several()}
              fallback={
                <Show when={board.opened()}>
                  <Show
                    when={board.selected()}
                    fallback={<section class="panel delivery-panel" aria-busy="true" />}
                  >
                    {(delivery) => <Panel delivery={delivery()} />}
                  </Show>
                </Show>
              }
            >
              <BulkPanel />
            </Show>
            <Riders />
          </aside>
        </main>
        <Show when={overlaid()}>
          <Suspense>
            <Overlays />
          </Suspense>
        </Show>
      </DeskContext.Provider>
    </BoardContext.Provider>
  );
}
