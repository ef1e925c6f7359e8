import { createSignal, For, onCleanup, Show } from "solid-js";
import { type Key, t } from "./i18n.ts";
import { Kbd } from "./Kbd.tsx";
import { composing, keyOf } from "./keys.ts";

interface Props {
  label: string;
  reasons: Key[];
  class?: string;
  disabled?: boolean;
  /** A letter that opens it, as an event's `code` (KeyR). */
  shortcut?: string;
  onAct: (reason: string) => void;
}

const other = "other";

/** A button for an act that needs a reason and can't be undone: the first press asks for it. */
export function ReasonButton(props: Props) {
  const [open, setOpen] = createSignal(false);
  const [choice, setChoice] = createSignal<string>(props.reasons[0] ?? other);
  const [words, setWords] = createSignal("");
  let select: HTMLSelectElement | undefined;

  const reason = () => (choice() === other ? words().trim() : t(choice() as Key));
  const act = () => {
    if (!reason()) return;
    setOpen(false);
    props.onAct(reason());
  };

  const start = () => {
    setOpen(true);
    select?.focus();
  };
  const onKey = (event: KeyboardEvent) => {
    if (!props.shortcut || event.code !== props.shortcut || open() || props.disabled) return;
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || !keyOf(event)) return;
    if ((event.target as Element).closest("input, select, textarea, [role=menu], [role=dialog]")) return;
    event.preventDefault();
    start();
  };
  document.addEventListener("keydown", onKey);
  onCleanup(() => document.removeEventListener("keydown", onKey));

  return (
    <Show
      when={open()}
      fallback={
        <button type="button" class={props.class} disabled={props.disabled} onClick={start}>
          {props.label}
          <Show when={props.shortcut}>{(code) => <Kbd>{code().replace("Key", "")}</Kbd>}</Show>
        </button>
      }
    >
      <form
        class="reason"
        onSubmit={(event) => {
          event.preventDefault();
          act();
        }}
        onKeyDown={(event) => {
          if (composing(event)) return;
          // A select keeps Enter from the form.
          if (event.key === "Enter" && event.target === select) {
            event.preventDefault();
            act();
          }
          if (event.key !== "Escape") return;
          event.stopPropagation();
          setOpen(false);
        }}
      >
        <select
          ref={select}
          class="grow"
          aria-label={t("reason.title")}
          value={choice()}
          onChange={(event) => setChoice(event.currentTarget.value)}
        >
          <For each={props.reasons}>{(key) => <option value={key}>{t(key)}</option>}</For>
          <option value={other}>{t("app.other")}</option>
        </select>
        <Show when={choice() === other}>
          <input
            class="grow"
            name="reason"
            maxlength="500"
            aria-label={t("reason.title")}
            value={words()}
            onInput={(event) => setWords(event.currentTarget.value)}
          />
        </Show>
        <button type="submit" class={props.class} disabled={!reason()}>
          {props.label}
        </button>
        <button type="button" class="quiet" onClick={() => setOpen(false)}>
          {t("app.back")}
        </button>
      </form>
    </Show>
  );
}
