import { type Key, t } from "@bros/ui";
import * as Dialog from "@kobalte/core/dialog";
import { For } from "solid-js";
import { focusBefore } from "./before.ts";
import { useDesk } from "./desk.ts";

/** Every key of the board; the handlers are in keys.ts and in the lists. */
const keys: [string[], Key][] = [
  [["↑", "↓"], "board.key.move"],
  [["PgUp", "PgDn", "Home", "End"], "board.key.far"],
  [["Shift ↑↓"], "board.key.several"],
  [["Enter"], "board.key.open"],
  [["1", "–", "9"], "board.key.suggestion"],
  [["a"], "board.key.pick"],
  [["y"], "plan.key.accept"],
  [["Shift Y"], "plan.key.due"],
  [["i"], "plan.key.pin"],
  [["v"], "plan.key.avoid"],
  [["l"], "plan.key.panel"],
  [["p"], "board.key.problem"],
  [["c", "t", "b", "w"], "board.key.decide"],
  [["o"], "board.key.reopen"],
  [["n"], "board.key.release"],
  [["u"], "board.key.undo"],
  [["h"], "board.key.history"],
  [["r"], "board.key.riders"],
  [["/"], "board.key.search"],
  [["g"], "board.key.group"],
  [["m"], "board.key.map"],
  [["f"], "board.key.fit"],
  [["Esc"], "board.key.close"],
  [["?"], "board.key.help"],
];

export function Help() {
  const desk = useDesk();
  const back = focusBefore(desk.help);
  return (
    <Dialog.Root open={desk.help()} onOpenChange={desk.setHelp} preventScroll={false}>
      <Dialog.Portal>
        <Dialog.Overlay class="drawer-veil" />
        <Dialog.Content class="pick help" data-testid="help" onCloseAutoFocus={back}>
          <header>
            <Dialog.Title as="h2" class="grow">
              {t("board.keysTitle")}
            </Dialog.Title>
            <Dialog.CloseButton class="quiet" aria-label={t("app.close")}>
              ✕
            </Dialog.CloseButton>
          </header>
          <dl class="help-keys">
            <For each={keys}>
              {([signs, key]) => (
                <div>
                  <dt>
                    <For each={signs}>{(sign) => <kbd>{sign}</kbd>}</For>
                  </dt>
                  <dd>{t(key)}</dd>
                </div>
              )}
            </For>
          </dl>
          <p class="muted small">{t("board.key.mouse")}</p>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
