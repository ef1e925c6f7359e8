import { composing } from "@bros/ui";
import { Show } from "solid-js";

/** What is wrong with a field. */
export function Wrong(props: { text?: string }) {
  return (
    <Show when={props.text}>
      <small class="field-error">{props.text}</small>
    </Show>
  );
}

/** A line of text with its label. */
export function Text(props: {
  name: string;
  label: string;
  value: string;
  onInput: (text: string) => void;
  /** Where Enter leads; else it submits the form. */
  onEnter?: () => void;
  wrong?: string;
  required?: boolean;
}) {
  return (
    <label class="field">
      <span>{props.label}</span>
      <input
        name={props.name}
        maxlength="300"
        required={props.required}
        value={props.value}
        aria-invalid={props.wrong !== undefined}
        onInput={(event) => props.onInput(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || composing(event) || event.ctrlKey || event.metaKey || !props.onEnter)
            return;
          event.preventDefault();
          props.onEnter();
        }}
      />
      <Wrong text={props.wrong} />
    </label>
  );
}
