import { createMemo, createSignal, createUniqueId, For, Show } from "solid-js";
import { t } from "./i18n.ts";
import { composing } from "./keys.ts";
import "./menu.css";

export interface Proposal {
  id: string;
  text: string;
  /** Said beside it, smaller. */
  note?: string;
  disabled?: boolean;
}

/**
 * A text field that proposes while one types: arrows move, Enter takes the marked one (the first
 * as soon as something is typed), Escape keeps the own words. Ours and not Kobalte's combobox:
 * that one writes the field's value back while an input method composes, which breaks Hangul,
 * and marks nothing by itself, so that Enter alone would take nothing.
 */
export function Suggest(props: {
  name: string;
  label: string;
  value: string;
  proposals: Proposal[];
  onInput: (text: string) => void;
  /** One was taken, by key or pointer. */
  onTake: (proposal: Proposal) => void;
  /** Enter with nothing marked. */
  onEnter?: () => void;
  /** The field was left: words that can mean only one thing may be taken for it. */
  onLeave?: () => void;
  placeholder?: string;
  invalid?: boolean;
  required?: boolean;
  /** Own words are as good as a proposal: only arrows mark one. */
  free?: boolean;
  class?: string;
}) {
  const id = createUniqueId();
  const [open, setOpen] = createSignal(false);
  const [marked, setMarked] = createSignal(-1);
  const shown = createMemo(() => (open() ? props.proposals.slice(0, 50) : []));
  const mark = () => Math.min(marked(), shown().length - 1);

  const take = (proposal: Proposal | undefined) => {
    if (!proposal || proposal.disabled) return;
    setOpen(false);
    props.onTake(proposal);
  };
  const move = (by: number) => {
    if (!open()) setOpen(true);
    const count = props.proposals.length;
    if (count === 0) return;
    setMarked((mark() + by + count + (mark() < 0 && by < 0 ? 1 : 0)) % count);
    document.getElementById(`${id}-${marked()}`)?.scrollIntoView({ block: "nearest" });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (composing(event)) return; // that Enter ends a syllable
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      move(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      setOpen(false); // that is the form's: what is typed counts
    } else if (event.key === "Enter") {
      event.preventDefault();
      const proposal = shown()[mark()];
      if (proposal) take(proposal);
      else {
        setOpen(false);
        props.onEnter?.();
      }
    } else if (event.key === "Escape" && open() && shown().length > 0) {
      event.stopPropagation();
      setOpen(false);
    }
  };

  return (
    <div class={`combo ${props.class ?? ""}`}>
      <input
        name={props.name}
        role="combobox"
        autocomplete="off"
        spellcheck={false}
        maxlength="200"
        aria-label={props.label}
        aria-autocomplete="list"
        aria-expanded={shown().length > 0}
        aria-controls={shown().length > 0 ? id : undefined}
        aria-activedescendant={mark() >= 0 ? `${id}-${mark()}` : undefined}
        aria-invalid={props.invalid}
        required={props.required}
        placeholder={props.placeholder}
        value={props.value}
        onInput={(event) => {
          props.onInput(event.currentTarget.value);
          setOpen(true);
          setMarked(props.free || !event.currentTarget.value ? -1 : 0);
        }}
        onClick={() => setOpen(true)}
        onBlur={() => {
          setOpen(false);
          props.onLeave?.();
        }}
        onKeyDown={onKeyDown}
      />
      <Show when={shown().length > 0}>
        <div id={id} class="combo-list" role="listbox" aria-label={t("app.proposals")}>
          <For each={shown()}>
            {(proposal, index) => (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the focus and its keys
              <div
                id={`${id}-${index()}`}
                class="menu-item"
                role="option"
                tabIndex={-1}
                aria-selected={index() === mark()}
                aria-disabled={proposal.disabled}
                data-disabled={proposal.disabled ? "" : undefined}
                onMouseDown={(event) => event.preventDefault()}
                onMouseMove={() => setMarked(index())}
                onClick={() => take(proposal)}
              >
                <span class="cut">{proposal.text}</span>
                <Show when={proposal.note}>
                  <small>{proposal.note}</small>
                </Show>
              </div>
            )}
          </For>
        </div>
      </Show>
    </div>
  );
}
