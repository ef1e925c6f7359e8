import { type Accessor, createSignal } from "solid-js";

/** An element of a list, and the line that it shows now. */
export interface Slot {
  /** Of what stands in the line. */
  key: string;
  readonly line: Accessor<number>;
  readonly move: (line: number) => void;
}

/**
 * Slots for the lines from `from` on, of which `keys` are in sight, in their order. What is in
 * sight already keeps the slot that it has, wherever it stands now: when a list moves by a line,
 * its elements move, and none is written anew. What comes into sight takes a slot that has become
 * free. Keys are unique.
 */
export function giveSlots(before: readonly Slot[], keys: readonly string[], from: number): Slot[] {
  const held = new Map(before.map((slot) => [slot.key, slot]));
  const kept = keys.map((key) => held.get(key));
  const used = new Set(kept);
  const free = before.filter((slot) => !used.has(slot));
  return keys.map((key, i) => {
    const slot = kept[i] ?? free.pop() ?? newSlot(key, from + i);
    slot.key = key;
    slot.move(from + i);
    return slot;
  });
}

function newSlot(key: string, at: number): Slot {
  const [line, move] = createSignal(at);
  return { key, line, move };
}
