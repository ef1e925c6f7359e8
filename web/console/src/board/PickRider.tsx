import type { Rider } from "@bros/sdk";
import { age, ago, composing, now, t } from "@bros/ui";
import * as Dialog from "@kobalte/core/dialog";
import { createMemo, createSignal, createUniqueId, For, onMount, Show } from "solid-js";
import { focusBefore } from "./before.ts";
import { taker, useDesk } from "./desk.ts";
import { fixAge, freshness } from "./fixes.ts";
import { byRoom } from "./hands.ts";
import { dots } from "./Riders.tsx";
import { useBoard } from "./state.ts";

const most = 60;

/** A rider by typing: the suggested ones first, then whoever has room. */
export function PickRider() {
  const desk = useDesk();
  const back = focusBefore(desk.picking);
  return (
    <Dialog.Root open={desk.picking()} onOpenChange={desk.setPicking} preventScroll={false}>
      <Dialog.Portal>
        <Dialog.Overlay class="drawer-veil" />
        <Dialog.Content class="pick" data-testid="pick-rider" onCloseAutoFocus={back}>
          <Dialog.Title as="h2" class="small muted pick-title">
            {t(`plan.pickFor.${desk.purpose()}`, { what: desk.targetNames() })}
          </Dialog.Title>
          <Picker />
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Picker() {
  const board = useBoard();
  const desk = useDesk();
  const id = createUniqueId();
  let field!: HTMLInputElement;
  // At once, not when the dialog gets to it: the name is typed right behind the key that opened it.
  onMount(() => field.focus());
  const [words, setWords] = createSignal("");
  const [marked, setMarked] = createSignal(0);
  const rank = (rider: Rider) => {
    const at = desk.suggestions().findIndex(({ riderId }) => riderId === rider.id);
    return at < 0 ? 99 : at;
  };
  const found = createMemo(() => {
    const name = words().toLowerCase().trim();
    const own = board.selected()?.riderId;
    const list = board.riders
      .list()
      .filter((rider) => rider.active && rider.duty === "on" && rider.id !== own)
      .filter((rider) => rider.name.toLowerCase().includes(name) || rider.phone?.includes(name || "-"));
    const order = byRoom(new Map(list.map((rider) => [rider.id, desk.hand(rider.id)])));
    return list.sort((a, b) => rank(a) - rank(b) || order(a, b)).slice(0, most);
  });
  const mark = () => Math.min(marked(), found().length - 1);
  const take = (rider: Rider | undefined) => {
    if (!rider) return;
    desk.setPicking(false);
    const purpose = desk.purpose();
    if (purpose === "give") void desk.give(taker(rider), desk.pickedFor());
    else void desk.actions.advise([...desk.pickedFor()], purpose, taker(rider));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (composing(event)) return; // that Enter ends a syllable
    const by = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (by !== 0) {
      event.preventDefault();
      setMarked(Math.max(0, Math.min(found().length - 1, mark() + by)));
      document.getElementById(`${id}-${marked()}`)?.scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter") {
      event.preventDefault();
      take(found()[mark()]);
    }
  };
  const note = (rider: Rider) => {
    const reason = desk.suggestions().find(({ riderId }) => riderId === rider.id)?.reason;
    const old = fixAge(desk.fixes.get(rider.id), now());
    if (reason) return reason;
    if (old === undefined) return t("board.rider.noPlace");
    return freshness(old) === "fresh" ? ago(old) : t("board.rider.stale", { age: age(old) });
  };

  return (
    <>
      <input
        ref={field}
        class="pick-field"
        name="pick"
        role="combobox"
        autocomplete="off"
        spellcheck={false}
        aria-label={t("board.pickRider")}
        aria-autocomplete="list"
        aria-expanded="true"
        aria-controls={id}
        aria-activedescendant={mark() >= 0 ? `${id}-${mark()}` : undefined}
        placeholder={t("board.pickRider")}
        value={words()}
        onInput={(event) => {
          setWords(event.currentTarget.value);
          setMarked(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div id={id} class="pick-list" role="listbox" aria-label={t("board.riders")}>
        <For each={found()}>
          {(rider, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the focus and its keys
            <div
              id={`${id}-${index()}`}
              class="pick-row"
              role="option"
              tabIndex={-1}
              aria-selected={index() === mark()}
              onMouseDown={(event) => event.preventDefault()}
              onMouseMove={() => setMarked(index())}
              onClick={() => take(rider)}
            >
              <span class="strong cut">{rider.name}</span>
              <span
                class="rider-dots"
                role="img"
                aria-label={t("board.loadOf", {
                  n: desk.hand(rider.id).deliveries.length,
                  of: rider.capacity,
                })}
              >
                {dots(desk.hand(rider.id).deliveries.length, rider.capacity)}
              </span>
              <span class="muted small cut grow">{note(rider)}</span>
              <Show when={rank(rider) < 99}>
                <kbd>{rank(rider) + 1}</kbd>
              </Show>
            </div>
          )}
        </For>
        <Show when={found().length === 0}>
          <p class="empty">{t("board.nobody")}</p>
        </Show>
      </div>
    </>
  );
}
