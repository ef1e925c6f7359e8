import { expect, test } from "vitest";
import { giveSlots, type Slot } from "../src/slots.ts";

const lines = (slots: readonly Slot[]) => slots.map(({ key, line }) => `${line()}${key}`);

test("what stays in sight keeps its slot, what comes takes a free one", () => {
  const first = giveSlots([], ["a", "b", "c", "d"], 0);
  expect(lines(first)).toEqual(["0a", "1b", "2c", "3d"]);
  const [a, b, c, d] = first;
  const moved = giveSlots(first, ["x", "a", "b", "c"], 0);
  expect(lines(moved)).toEqual(["0x", "1a", "2b", "3c"]);
  expect(moved).toEqual([d, a, b, c]);
  const scrolled = giveSlots(moved, ["b", "c", "e", "f"], 2);
  expect(lines(scrolled)).toEqual(["2b", "3c", "4e", "5f"]);
  expect(scrolled).toEqual([b, c, a, d]);
});

test("every line has one slot, whatever comes and goes", () => {
  let seed = 7;
  const random = (n: number) => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % n;
  };
  let slots: Slot[] = [];
  for (let round = 0; round < 2_000; round++) {
    const all = Array.from({ length: 30 }, (_, i) => String(i)).sort(() => random(3) - 1);
    const keys = all.slice(0, random(20));
    const from = random(50);
    const had = new Map(slots.map((slot) => [slot.key, slot]));
    slots = giveSlots(slots, keys, from);
    expect(lines(slots)).toEqual(keys.map((key, i) => `${from + i}${key}`));
    expect(new Set(slots).size).toBe(keys.length);
    for (const slot of slots) if (had.has(slot.key)) expect(slot).toBe(had.get(slot.key));
  }
});
