import { expect, test } from "vitest";
import { expectedAt } from "../src/expected.ts";

const promised = Date.now();
const at = (minutes: number) => {
  const found = expectedAt(new Date(promised).toISOString(), promised + minutes * 60_000);
  if (!found) throw new Error("nothing expected");
  return { ...found, end: Math.round((found.to - promised) / 60_000) };
};

test("the end of a promise stays where it is, whatever the time", () => {
  const ends = [-30, -5, 0, 8, 20, 90].map((minutes) => at(minutes).to);
  expect(new Set(ends).size).toBe(1);
});

test("its beginning goes along with the time, and never beyond the end", () => {
  for (const minutes of [-30, -4, 0, 4, 7]) {
    const { from, to, late } = at(minutes);
    expect(late).toBe(false);
    expect(from).toBeLessThan(to);
  }
  expect(at(4).from).toBeGreaterThan(at(-30).from);
});

test("an order that is over its promise is late, and not expected in five minutes for ever", () => {
  for (const minutes of [13, 30, 600]) expect(at(minutes).late).toBe(true);
});

test("without a promise nothing is expected", () => {
  expect(expectedAt(undefined, promised)).toBeUndefined();
  expect(expectedAt("soon", promised)).toBeUndefined();
});

test("while a rider has it the server's range is told, unless it is late or over", () => {
  const iso = (minutes: number) => new Date(promised + minutes * 60_000).toISOString();
  const eta = { from: iso(-9), to: iso(-2) };
  const told = (minutes: number) => expectedAt(iso(0), promised + minutes * 60_000, eta);
  expect(told(-12)).toEqual({ from: Date.parse(eta.from), to: Date.parse(eta.to), late: false });
  expect(told(-5)?.from).toBe(promised - 5 * 60_000);
  expect(told(-1)?.to).toBe(at(-1).to);
  expect(told(30)?.late).toBe(true);
});
