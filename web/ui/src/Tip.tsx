import * as Kobalte from "@kobalte/core/tooltip";
import type { JSX } from "solid-js";
import "./menu.css";

/** Says more about what the pointer or the focus is on. */
export function Tip(props: { text: string; class?: string; children: JSX.Element }) {
  return (
    <Kobalte.Root openDelay={350} closeDelay={80} gutter={6}>
      <Kobalte.Trigger as="span" tabIndex={0} class={`tip-on ${props.class ?? ""}`}>
        {props.children}
      </Kobalte.Trigger>
      <Kobalte.Portal>
        <Kobalte.Content class="tip">{props.text}</Kobalte.Content>
      </Kobalte.Portal>
    </Kobalte.Root>
  );
}
