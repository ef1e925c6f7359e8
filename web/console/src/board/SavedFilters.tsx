import { now, t } from "@bros/ui";
import { createSignal, For, onMount, Show } from "solid-js";
import { foldsAway } from "./fold.ts";
import { keepFilters, keptFilters } from "./kept.ts";
import { fromSaved, isEmpty, type SavedFilter, toSaved } from "./model.ts";
import { useBoard } from "./state.ts";

/** Filters under names, kept in the browser. */
export function SavedFilters() {
  const board = useBoard();
  const [saved, setSaved] = createSignal(keptFilters());
  const [name, setName] = createSignal("");
  let menu!: HTMLDetailsElement;
  onMount(() => foldsAway(menu));
  const change = (list: SavedFilter[]) => {
    setSaved(list);
    keepFilters(list);
  };
  const apply = (filter: SavedFilter) => {
    board.resetFilter(fromSaved(filter, now()));
    if (filter.look) board.setLook(filter.look);
    menu.open = false;
  };
  const save = (event: Event) => {
    event.preventDefault();
    const called = name().trim();
    if (!called) return;
    const { sort, desc, group } = board.look();
    const filter = toSaved(called, board.filter(), now(), { sort, desc, group });
    change([...saved().filter((other) => other.name !== called), filter]);
    setName("");
  };
  return (
    <details ref={menu} class="menu filter-menu" data-testid="saved-filters">
      <summary class="button">{t("list.saved")} ▾</summary>
      <div class="menu-list panel">
        <For each={saved()} fallback={<p class="muted small menu-item">{t("list.noSaved")}</p>}>
          {(filter) => (
            <div class="saved-line">
              <button type="button" class="quiet" onClick={() => apply(filter)}>
                {filter.name}
              </button>
              <button
                type="button"
                class="quiet"
                aria-label={t("list.forget", { name: filter.name })}
                onClick={() => change(saved().filter((other) => other !== filter))}
              >
                ✕
              </button>
            </div>
          )}
        </For>
        <Show when={!isEmpty(board.filter())}>
          <form class="line" onSubmit={save}>
            <input
              class="grow"
              name="filterName"
              maxLength={40}
              autocomplete="off"
              aria-label={t("list.saveAs")}
              placeholder={t("list.saveAs")}
              value={name()}
              onInput={(event) => setName(event.currentTarget.value)}
            />
            <button type="submit" disabled={!name().trim()}>
              {t("list.save")}
            </button>
          </form>
        </Show>
      </div>
    </details>
  );
}
