import * as Kobalte from "@kobalte/core/dropdown-menu";
import { For, type JSX, Show } from "solid-js";
import "./menu.css";

/** A button that opens a list of things to do or to choose; arrows, letters and Escape work in it. */
export function Menu(props: {
  /** What the button shows. */
  trigger: JSX.Element;
  /** Its name, where what it shows is no word. */
  label?: string;
  class?: string;
  testId?: string;
  placement?: "bottom-start" | "bottom-end";
  children: JSX.Element;
}) {
  return (
    <Kobalte.Root
      modal={false}
      preventScroll={false}
      gutter={4}
      placement={props.placement ?? "bottom-start"}
    >
      <Kobalte.Trigger
        class={props.class ?? "button"}
        aria-label={props.label}
        title={props.label}
        data-testid={props.testId}
      >
        {props.trigger}
        <span class="menu-arrow" aria-hidden="true" />
      </Kobalte.Trigger>
      <Kobalte.Portal>
        <Kobalte.Content class="menu-list">{props.children}</Kobalte.Content>
      </Kobalte.Portal>
    </Kobalte.Root>
  );
}

/** A line of a menu that does something. */
export function MenuItem(props: { onSelect: () => void; hint?: string; children: JSX.Element }) {
  return (
    <Kobalte.Item class="menu-item" onSelect={() => props.onSelect()}>
      <span class="grow">{props.children}</span>
      <Show when={props.hint}>
        <kbd>{props.hint}</kbd>
      </Show>
    </Kobalte.Item>
  );
}

/** A line of a menu that is on or off; the menu stays open. */
export function MenuCheck(props: {
  checked: boolean;
  onChange: (on: boolean) => void;
  children: JSX.Element;
}) {
  return (
    <Kobalte.CheckboxItem
      class="menu-item"
      closeOnSelect={false}
      checked={props.checked}
      onChange={(on) => props.onChange(on)}
    >
      <span class="menu-mark">
        <Kobalte.ItemIndicator>✓</Kobalte.ItemIndicator>
      </span>
      <span class="grow">{props.children}</span>
    </Kobalte.CheckboxItem>
  );
}

/** A choice of one among a few; the menu stays open. */
export function MenuChoice<T extends string>(props: {
  label: string;
  value: T;
  choices: { value: T; label: string }[];
  onChange: (value: T) => void;
}) {
  return (
    <Kobalte.RadioGroup value={props.value} onChange={(value) => props.onChange(value as T)}>
      <Kobalte.GroupLabel class="menu-label">{props.label}</Kobalte.GroupLabel>
      <div class="menu-choice">
        <For each={props.choices}>
          {(choice) => (
            <Kobalte.RadioItem class="menu-item" value={choice.value} closeOnSelect={false}>
              {choice.label}
            </Kobalte.RadioItem>
          )}
        </For>
      </div>
    </Kobalte.RadioGroup>
  );
}

export function MenuLine() {
  return <Kobalte.Separator class="menu-line" />;
}

/** Words in a menu that can't be chosen. */
export function MenuNote(props: { children: JSX.Element }) {
  return <div class="menu-note">{props.children}</div>;
}
