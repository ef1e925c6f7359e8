import { t } from "@bros/ui";
import * as Dialog from "@kobalte/core/dialog";
import { For, Show } from "solid-js";
import { focusBefore } from "./before.ts";
import { useDesk } from "./desk.ts";

const reasons = ["reason.accident", "reason.phoneDead", "reason.dispatch"] as const;

/** Out of one rider's bag into another's: the history wants to know why. */
export function HandOver() {
  const desk = useDesk();
  const back = focusBefore(() => desk.actions.asking() !== undefined);
  const give = (reason: string) => {
    const asking = desk.actions.asking();
    if (asking && reason) void desk.give(asking.taker, asking.deliveries, reason);
  };
  return (
    <Dialog.Root
      open={desk.actions.asking() !== undefined}
      onOpenChange={(open) => {
        if (!open) desk.actions.dismissAsking();
      }}
      preventScroll={false}
    >
      <Dialog.Portal>
        <Dialog.Overlay class="drawer-veil" />
        <Dialog.Content class="pick" data-testid="hand-over" onCloseAutoFocus={back}>
          <Show when={desk.actions.asking()}>
            {(asking) => (
              <>
                <Dialog.Title as="h2">
                  {t("board.handOver", {
                    what: asking()
                      .deliveries.map(({ number }) => number)
                      .join(", "),
                    rider: asking().taker.name,
                  })}
                </Dialog.Title>
                <p class="muted small">{t("board.handOverWhy")}</p>
                <div class="hand-over-reasons">
                  <For each={reasons}>
                    {(reason) => (
                      <button type="button" onClick={() => give(t(reason))}>
                        {t(reason)}
                      </button>
                    )}
                  </For>
                </div>
                <form
                  class="line"
                  onSubmit={(event) => {
                    event.preventDefault();
                    give(String(new FormData(event.currentTarget).get("reason") ?? "").trim());
                  }}
                >
                  <input
                    class="grow"
                    name="reason"
                    maxlength="500"
                    autocomplete="off"
                    aria-label={t("app.other")}
                    placeholder={t("app.other")}
                  />
                  <button type="submit" class="primary">
                    {t("act.handover")}
                  </button>
                </form>
              </>
            )}
          </Show>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
