import { expect, test } from "vitest";
import { fromSaved, isEmpty, quarter, toggled, toSaved } from "../src/board/model.ts";

const now = Date.parse("2026-11-23T10:07:00.000Z");

test("an empty filter lets everything pass", () => {
  expect(isEmpty({})).toBe(true);
  expect(isEmpty({ text: undefined, statuses: [] })).toBe(true);
  expect(isEmpty({ riderIds: [""] })).toBe(false);
});

test("a value in a list is put in and taken out", () => {
  expect(toggled<string>(undefined, "a")).toEqual(["a"]);
  expect(toggled(["a", "b"], "a")).toEqual(["b"]);
  expect(toggled(["a"], "a")).toBeUndefined();
});

test("quarters of an hour", () => {
  expect(quarter(now)).toEqual({ from: "2026-11-23T10:00:00.000Z", to: "2026-11-23T10:15:00.000Z" });
  expect(quarter(now, 3).from).toBe("2026-11-23T10:45:00.000Z");
});

test("a saved filter finds its quarter again, counted from the one that is now", () => {
  const { from, to } = quarter(now, 2);
  const saved = toSaved("next", { statuses: ["waiting"], promisedFrom: from, promisedTo: to }, now);
  expect(saved).toMatchObject({ name: "next", quarter: 2, filter: { statuses: ["waiting"] } });
  const later = Date.parse("2026-11-24T18:20:00.000Z");
  expect(fromSaved(saved, later)).toEqual({
    statuses: ["waiting"],
    promisedFrom: "2026-11-24T18:45:00.000Z",
    promisedTo: "2026-11-24T19:00:00.000Z",
  });
  expect(fromSaved(toSaved("all", { text: "한솥" }, now), later)).toEqual({ text: "한솥" });
});
