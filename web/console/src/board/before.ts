import { type Accessor, createComputed, on } from "solid-js";

/**
 * Remembers where the focus was when a dialog opens, and answers what brings it back when the
 * dialog closes: a dialog that a key has opened has no trigger, the focus would fall to the body.
 */
export function focusBefore(open: Accessor<boolean>): (event: Event) => void {
  let before: Element | null = null;
  // A computation runs before the dialog's own field takes the focus, an effect may not.
  createComputed(
    on(open, (is) => {
      if (is) before = document.activeElement;
    }),
  );
  return (event) => {
    event.preventDefault();
    if (document.activeElement?.closest("[role=dialog]")) return; // the next dialog has it
    const there = before?.isConnected && before !== document.body ? before : null;
    const to = there ?? document.querySelector(".delivery-list");
    (to as HTMLElement | null)?.focus({ preventScroll: true });
  };
}
