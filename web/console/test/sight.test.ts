import { expect, test } from "vitest";
import { graceMs, SeenList, Sight } from "../src/board/sight.ts";

const seen = (version: number, status = "waiting") => ({ id: "d", version, status });

test("what came a moment ago has not been seen; the server is sent what was", () => {
  let now = 0;
  const sight = new Sight<ReturnType<typeof seen>>(() => now);
  sight.aim(["d"], () => seen(1));
  expect(sight.of("d")).toEqual(seen(1)); // it is what was aimed at
  now = 5_000;
  sight.note("d", seen(2, "assigned"));
  expect(sight.of("d")).toEqual(seen(1));
  expect(sight.unread("d")).toEqual(seen(2, "assigned"));
  now += graceMs - 1;
  sight.note("d", seen(3, "assigned")); // one on top of the other: neither was read
  expect(sight.of("d")).toEqual(seen(1));
  now += graceMs;
  expect(sight.of("d")).toEqual(seen(3, "assigned"));
  expect(sight.unread("d")).toBeUndefined();
});

test("what ended a moment ago is still aimed at, and the server refuses; later it is not", () => {
  let now = 0;
  const sight = new Sight<ReturnType<typeof seen>>(() => now);
  sight.aim(["d"], () => seen(1));
  sight.note("d", undefined);
  expect(sight.of("d")).toEqual(seen(1));
  now = graceMs;
  expect(sight.of("d")).toBeUndefined();
});

test("aiming elsewhere forgets, aiming wider keeps what was seen", () => {
  const sight = new Sight<ReturnType<typeof seen>>(() => 0);
  sight.aim(["d"], () => seen(1));
  sight.note("d", seen(2));
  sight.aim(["d", "e"], () => seen(9));
  expect(sight.of("d")).toEqual(seen(1));
  sight.aim(["e"], () => seen(9));
  expect(sight.has("d")).toBe(false);
});

test("a number key counts in the list that has been read", () => {
  let now = 0;
  const list = new SeenList<string>(() => now);
  list.note("d", []);
  list.note("d", ["a", "b"]); // the first one: nothing else could be meant
  expect(list.read()).toEqual(["a", "b"]);
  now = 5_000;
  list.note("d", ["b", "c"]);
  expect(list.read()[0]).toBe("a");
  now += graceMs;
  expect(list.read()[0]).toBe("b");
  list.note("other", ["x"]);
  expect(list.read()).toEqual(["x"]);
});
