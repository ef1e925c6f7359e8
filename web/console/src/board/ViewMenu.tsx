import type { DeliveryGroup, DeliverySort } from "@bros/sdk";
import { t } from "@bros/ui";
import { For, Show } from "solid-js";
import { useApp } from "../app.ts";
import { foldsAway } from "./fold.ts";
import { columns, groups, sorts } from "./model.ts";
import { useBoard } from "./state.ts";

/** How the list looks: groups, order, columns, height of rows, one list or one for each center. */
export function ViewMenu() {
  const app = useApp();
  const board = useBoard();
  const several = () => app.chosen().length > 1;
  return (
    <details ref={foldsAway} class="menu filter-menu" data-testid="view-menu">
      <summary class="button">{t("list.view")} ▾</summary>
      <div class="menu-list panel">
        <label class="menu-item">
          <span class="grow">{t("list.group")}</span>
          <select
            value={board.look().group}
            onChange={(event) => board.setLook({ group: event.currentTarget.value as DeliveryGroup })}
          >
            <For each={groups}>{(group) => <option value={group}>{t(`list.group.${group}`)}</option>}</For>
          </select>
        </label>
        <label class="menu-item">
          <span class="grow">{t("board.sort")}</span>
          <select
            value={board.look().sort}
            onChange={(event) =>
              board.setLook({ sort: event.currentTarget.value as DeliverySort, desc: false })
            }
          >
            <For each={sorts}>{(sort) => <option value={sort}>{t(`list.sort.${sort}`)}</option>}</For>
          </select>
        </label>
        <Show when={several()}>
          <label class="menu-item">
            <input
              type="checkbox"
              checked={board.look().sideBySide}
              onChange={(event) => board.setLook({ sideBySide: event.currentTarget.checked })}
            />
            {t("list.sideBySide")}
          </label>
        </Show>
        <fieldset>
          <legend>{t("list.columns")}</legend>
          <For each={columns.filter((column) => column !== "center" || several())}>
            {(column) => (
              <label>
                <input
                  type="checkbox"
                  checked={board.look().columns.includes(column)}
                  onChange={(event) => {
                    const wanted = event.currentTarget.checked;
                    board.setLook({
                      columns: columns.filter((other) =>
                        other === column ? wanted : board.look().columns.includes(other),
                      ),
                    });
                  }}
                />
                {t(`col.${column}`)}
              </label>
            )}
          </For>
        </fieldset>
      </div>
    </details>
  );
}
