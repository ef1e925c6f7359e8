import { expect, test } from "vitest";
import { Watch } from "../src/page/watch.ts";

test("two looks in a row without an answer: dead, once", () => {
  const watch = new Watch();
  expect(watch.look(0, true)).toBe(false); // the first one only asks
  expect(watch.look(1, true)).toBe(false);
  expect(watch.look(1, true)).toBe(false);
  expect(watch.look(1, true)).toBe(true);
  expect(watch.look(1, true)).toBe(false); // the next worker has its own two
});

test("an answer between two looks, however late by the clock, is life", () => {
  const watch = new Watch();
  for (let heard = 0; heard < 50; heard++) {
    expect(watch.look(heard, true)).toBe(false);
    expect(watch.look(heard, true)).toBe(false);
  }
});

test("looks of a hidden or sleeping page don't count", () => {
  const watch = new Watch();
  for (let i = 0; i < 10; i++) expect(watch.look(3, false)).toBe(false);
  expect(watch.look(3, true)).toBe(false);
  expect(watch.look(3, true)).toBe(true);
});
