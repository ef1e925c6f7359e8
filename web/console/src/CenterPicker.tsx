import { Menu, MenuCheck, MenuItem, MenuLine, t } from "@bros/ui";
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
      <Menu trigger={<span class="cut center-names">{label()}</span>} class="button center-pick">
        <Show when={app.chosen().length < app.centers().length}>
          <MenuItem onSelect={() => app.choose(app.centers().map((c) => c.id))}>
            {t("app.allCenters")}
          </MenuItem>
          <MenuLine />
        </Show>
        <For each={app.centers()}>
          {(center) => (
            <MenuCheck checked={app.chosen().includes(center.id)} onChange={(on) => toggle(center.id, on)}>
              {center.name}
            </MenuCheck>
          )}
        </For>
      </Menu>
    </Show>
  );
}
