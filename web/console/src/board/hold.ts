import type { Accessor } from "solid-js";
import { createSignal, onCleanup } from "solid-js";

/** A hand that has not moved for so long aims at nothing any more. */
const restMs = 30_000;
/** One that is back so soon has not left; and what it left for is seen before the list sorts itself. */
const backMs = 150;

/** Whether a hand is at the list, and whose: rows must not move under it. */
export interface Hand {
  held: Accessor<boolean>;
  /** The mouse moves over the list. */
  moved(event: PointerEvent): void;
  left(): void;
  /** A key moves through the list: it may sort itself now, and is then held for the next one. */
  key(): void;
  /** A key is at the list: what stands in it stays where it is. */
  keep(): void;
  blurred(): void;
}

/**
 * Keeps a list's order while a mouse is over it or keys move through it, and lets go when the
 * mouse leaves, the focus goes, or nothing has moved for half a minute.
 */
export function createHand(hold: (held: boolean) => void): Hand {
  const [held, setHeld] = createSignal(false);
  let by: "mouse" | "keys" | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const release = () => {
    clearTimeout(timer);
    by = undefined;
    if (!held()) return;
    setHeld(false);
    hold(false);
  };
  const leave = () => {
    clearTimeout(timer);
    timer = setTimeout(release, backMs);
  };
  const grasp = (who: "mouse" | "keys", anew: boolean) => {
    by = who;
    clearTimeout(timer);
    timer = setTimeout(release, restMs);
    if (held() && !anew) return;
    setHeld(true);
    hold(true);
  };
  onCleanup(() => clearTimeout(timer));
  return {
    held,
    moved: (event) => {
      if (event.pointerType === "mouse") grasp("mouse", false);
    },
    left: () => {
      if (by === "mouse") leave();
    },
    key: () => grasp("keys", true),
    keep: () => grasp("keys", false),
    blurred: () => {
      if (by === "keys") leave();
    },
  };
}
