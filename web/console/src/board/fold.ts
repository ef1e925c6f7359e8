import { onCleanup } from "solid-js";

/** Lets a `<details>` close as a menu does: by Escape, and when something else is pressed. */
export function foldsAway(details: HTMLDetailsElement): void {
  const pressed = (event: PointerEvent) => {
    if (details.open && !details.contains(event.target as Node)) details.open = false;
  };
  document.addEventListener("pointerdown", pressed);
  onCleanup(() => document.removeEventListener("pointerdown", pressed));
  details.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !details.open) return;
    event.stopPropagation(); // the board's own Escape lets go of what is selected
    details.open = false;
    details.querySelector("summary")?.focus();
  });
}
