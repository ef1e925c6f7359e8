import type { AssignMode, Center } from "@bros/sdk";
import { complain, explain, t, tell } from "@bros/ui";
import { createEffect, For, on, onCleanup, Show } from "solid-js";
import { api, atLeast, centerMode, useApp } from "../app.ts";

const modes: AssignMode[] = ["dispatch", "claim", "auto", "offer"];

/** Who gives deliveries to riders, of the one center that is looked at; what is under way stays. */
export function ModeSwitch() {
  const app = useApp();
  const one = () => (app.chosen().length === 1 ? app.chosen()[0] : undefined);
  const put = (center: Center) =>
    app.setCenters(app.centers().map((known) => (known.id === center.id ? center : known)));
  const change = async (id: string, mode: AssignMode) => {
    const before = centerMode(app, id);
    try {
      put((await api.switchMode(id, mode)).data);
      tell(
        t("plan.modeNow", { mode: t(`set.mode.${mode}`) }),
        before && before !== mode ? () => void change(id, before) : undefined,
      );
    } catch (error) {
      complain(explain(error));
    }
  };
  // A colleague may have switched it.
  createEffect(
    on(one, (id) => {
      if (id) onCleanup(app.live.follow(`setup/${id}`, { changed: () => {} }));
    }),
  );
  onCleanup(
    app.live.onEvent((event) => {
      const center = event.data as Center;
      if (event.event === "setup:center" && event.address === `setup/${center.id}`) put(center);
    }),
  );
  return (
    <Show when={one()}>
      {(id) => (
        <label class="line small mode-switch">
          <span class="muted">{t("set.assignMode")}</span>
          <select
            data-testid="mode"
            disabled={!atLeast(app.user.role, "dispatcher")}
            value={centerMode(app, id())}
            onChange={(event) => {
              const mode = event.currentTarget.value as AssignMode;
              event.currentTarget.value = centerMode(app, id()) ?? mode; // it changes when the server says so
              void change(id(), mode);
            }}
          >
            <For each={modes}>
              {(mode) => (
                <option value={mode} selected={centerMode(app, id()) === mode}>
                  {t(`set.mode.${mode}`)}
                </option>
              )}
            </For>
          </select>
        </label>
      )}
    </Show>
  );
}
