import { t } from "@bros/ui";
import { For, Show } from "solid-js";
import { useApp } from "./app.ts";

/** Which centers are looked at: one, several or all of one's own. */
export function CenterPicker() {
  const app = useApp();
  const label = () => {
    const chosen = app.centers().filter((center) => app.chosen().includes(center.id));
    if (chosen.length === app.centers().length && chosen.length > 1) return t("app.allCenters");
    return chosen.map((center) => center.name).join(" + ") || t("app.centers");
  };
  const toggle = (id: string, on: boolean) => {
    const rest = app.chosen().filter((other) => other !== id);
    const next = on ? [...rest, id] : rest;
    if (next.length > 0) app.choose(next);
  };
  return (
    <Show when={app.centers().length > 1} fallback={<span class="center-one">{label()}</span>}>
      <details class="menu">
        <summary class="button">{label()} ▾</summary>
        <div class="menu-list panel">
          <Show when={app.chosen().length < app.centers().length}>
            <button type="button" class="quiet" onClick={() => app.choose(app.centers().map((c) => c.id))}>
              {t("app.allCenters")}
            </button>
          </Show>
          <For each={app.centers()}>
            {(center) => (
              <div class="line menu-item">
                <label class="line grow">
                  <input
                    type="checkbox"
                    checked={app.chosen().includes(center.id)}
                    onChange={(event) => toggle(center.id, event.currentTarget.checked)}
                  />
                  {center.name}
                </label>
              </div>
            )}
          </For>
        </div>
      </details>
    </Show>
  );
}
