import type { JSX } from "solid-js";

/** A key, shown to those who see; screen readers have the button's own name. */
export function Kbd(props: { children: JSX.Element }) {
  return (
    <span class="kbd" aria-hidden="true">
      {props.children}
    </span>
  );
}
