import { now, t } from "@bros/ui";
import { createMemo, Show } from "solid-js";
import { heldFor } from "./outbox.ts";
import type { Act } from "./store.ts";

/** What was just done, and the way back while it has not been sent. */
export function Undo(props: { held: Act[]; onUndo: (act: Act) => void }) {
  const act = createMemo(() => props.held[0]);
  const left = createMemo(() => {
    now();
    const one = act();
    return one ? Math.ceil(heldFor(one, Date.now()) / 1000) : 0;
  });
  const words = (one: Act) =>
    t(`rider.undo.${one.what as "deliver" | "returned" | "problem" | "giveback"}`, { number: one.number });
  return (
    <Show when={act()}>
      {(one) => (
        <div class="undo" data-testid="undo">
          <p class="grow" role="status">
            {words(one())}
          </p>
          <button type="button" onClick={() => props.onUndo(one())}>
            {t("rider.undo")} <span aria-hidden="true">{left()}</span>
          </button>
        </div>
      )}
    </Show>
  );
}
