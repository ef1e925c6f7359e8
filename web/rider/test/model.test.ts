import type { Delivery } from "@bros/sdk";
import { expect, test } from "vitest";
import {
  cashOf,
  causeOf,
  decided,
  doneToday,
  endedUnseen,
  geoLink,
  newest,
  stops,
  withActs,
} from "../src/model.ts";
import type { Act, Refusal } from "../src/store.ts";
import { delivery } from "./helpers.ts";

const act = (what: Act["what"], deliveryId = "1"): Act => ({
  userId: "u",
  key: what,
  what,
  deliveryId,
  number: deliveryId,
  shop: "",
  at: "2026-11-23T10:00:00.000Z",
});

test("the screen shows one's own acts before they are sent", () => {
  const one = delivery("1");
  expect(withActs([one], [act("pickup")])[0]?.status).toBe("pickup");
  expect(withActs([one], [act("pickup"), act("deliver")])[0]).toMatchObject({
    status: "delivered",
    deliveredAt: "2026-11-23T10:00:00.000Z",
  });
  expect(withActs([one], [])[0]).toBe(one);
  // What the center says counts more than what one has pressed.
  expect(withActs([delivery("1", { status: "cancelled" })], [act("deliver")])[0]?.status).toBe("cancelled");
});

test("acts beside the straight way are shown before they are sent, too", () => {
  const at = "2026-11-23T10:00:00.000Z";
  const held = delivery("1", { status: "pickup" });
  const problem = { ...act("problem"), kind: "nobody_home" as const, note: "rang" };
  expect(withActs([held], [problem])[0]?.problem).toMatchObject({ kind: "nobody_home", note: "rang", at });
  // A problem of the door is none of the shop's.
  expect(withActs([delivery("1")], [problem])[0]?.problem).toBeUndefined();
  expect(withActs([held], [problem, act("deliver")])[0]).toMatchObject({
    status: "delivered",
    problem: undefined,
  });
  expect(withActs([delivery("1", { status: "returning" })], [act("returned")])[0]?.status).toBe("returned");
  expect(withActs([held], [act("returned")])[0]?.status).toBe("pickup");
  expect(withActs([delivery("1")], [act("giveback")])[0]?.status).toBe("waiting");
  expect(withActs([held], [act("giveback")])[0]?.status).toBe("pickup");
  expect(withActs([held], [{ ...act("arrive"), place: "door" }])[0]?.arrivedDoorAt).toBe(at);
  const amendment = { version: 7, at, fields: ["customer.address"] };
  const seen = (version: number) =>
    withActs([{ ...held, amendment }], [{ ...act("seen"), version }])[0]?.amendment?.seenAt;
  expect(seen(7)).toBe(at);
  expect(seen(6)).toBeUndefined(); // it was corrected again
});

test("what the center decided is seen from two looks", () => {
  const problem = { kind: "nobody_home" as const, at: "", by: { id: "u", name: "", role: "rider" as const } };
  const was = delivery("1", { status: "pickup", attempt: 1, problem });
  expect(decided(was, delivery("1", { status: "pickup", attempt: 1 }))).toBe("continue");
  expect(decided(was, delivery("1", { status: "pickup", attempt: 2 }))).toBe("retry");
  expect(decided(was, delivery("1", { status: "returning" }))).toBe("return");
  expect(decided(was, was)).toBeUndefined();
  expect(decided(was, delivery("1", { status: "delivered" }))).toBeUndefined();
});

test("an answer counts until the live view has it, and not against a newer one", () => {
  const answered = new Map([["1", delivery("1", { version: 5, status: "pickup" })]]);
  expect(newest([delivery("1", { version: 4 })], answered)[0]?.status).toBe("pickup");
  expect(newest([delivery("1", { version: 6 })], answered)[0]?.status).toBe("assigned");
  expect(newest([], answered)).toHaveLength(1);
});

test("stops go as promised, save the one that the rider puts in front", () => {
  const list = [
    delivery("a", { promisedAt: "2026-11-23T10:30:00.000Z" }),
    delivery("b", { promisedAt: "2026-11-23T10:10:00.000Z", status: "pickup" }),
    delivery("c", { promisedAt: "2026-11-23T10:20:00.000Z" }),
    delivery("d", { status: "delivered" }),
  ];
  const ids = (found: Delivery[]) => found.map((d) => d.id).join("");
  expect(ids(stops(list, undefined))).toBe("bca");
  expect(ids(stops(list, "a"))).toBe("abc");
});

test("today is the center's, and cash is what was taken in cash", () => {
  const done = (id: string, deliveredAt: string, method: "cash" | "card" = "cash") =>
    delivery(id, { status: "delivered", deliveredAt, payment: { method, amount: 10_000 } });
  const list = [
    done("late yesterday", "2026-11-22T14:59:00.000Z"), // 23:59 in Seoul
    done("early", "2026-11-22T15:01:00.000Z"), // 00:01 in Seoul
    done("card", "2026-11-23T09:00:00.000Z", "card"),
    delivery("open"),
  ];
  const today = doneToday(list, "Asia/Seoul", Date.parse("2026-11-23T10:00:00Z"));
  expect(today.map((d) => d.id)).toEqual(["card", "early"]);
  expect(cashOf(today)).toBe(10_000);
});

test("a cancelled delivery is shown until it is seen", () => {
  const now = Date.parse("2026-11-23T10:00:00Z");
  const gone = delivery("1", { status: "cancelled", cancelledAt: "2026-11-23T09:59:00.000Z" });
  const old = delivery("2", { status: "cancelled", cancelledAt: "2026-11-23T05:00:00.000Z" });
  const failed = delivery("4", { status: "failed", failedAt: "2026-11-23T09:59:00.000Z" });
  expect(endedUnseen([gone, old, delivery("3"), failed], new Set(), now)).toEqual([gone, failed]);
  expect(endedUnseen([gone], new Set(["1"]), now)).toEqual([]);
});

test.each<[string, Partial<Refusal>, string]>([
  ["not found any more", { code: "not_found" }, "taken"],
  ["cancelled", { what: "pickup", current: { status: "cancelled", riderId: "me" } }, "cancelled"],
  ["given to another", { what: "pickup", current: { status: "assigned", riderId: "x" } }, "given"],
  ["taken back", { what: "pickup", current: { status: "waiting" } }, "taken"],
  ["delivered what was taken", { what: "deliver", current: { status: "assigned", riderId: "x" } }, "late"],
  ["done already", { what: "deliver", current: { status: "delivered", riderId: "me" } }, "done"],
  ["something else", { code: "validation" }, "other"],
  ["an offer over", { what: "accept", current: { status: "lapsed" } }, "lapsed"],
  ["an offer just over", { what: "decline", current: { status: "open" } }, "lapsed"],
  ["an offer taken back", { what: "accept", current: { status: "withdrawn" } }, "withdrawn"],
  ["kept", { what: "giveback", current: { status: "assigned", riderId: "me" } }, "kept"],
  ["written off", { what: "returned", current: { status: "failed", riderId: "me" } }, "closed"],
  ["returned for the rider", { what: "returned", current: { status: "returned", riderId: "me" } }, "done"],
  ["to bring back", { what: "deliver", current: { status: "returning", riderId: "me" } }, "turned"],
  ["to try again", { what: "returned", current: { status: "pickup", riderId: "me" } }, "turned"],
])("why it was refused: %s", (_name, extra, want) => {
  const refusal: Refusal = {
    key: "k",
    userId: "u",
    deliveryId: "1",
    what: "deliver",
    number: "1",
    shop: "",
    code: "illegal_transition",
    detail: "",
    ...extra,
  };
  expect(causeOf(refusal, "me")).toBe(want);
});

test("navigation knows a place, or an address", () => {
  expect(geoLink({ lat: 37.5, lng: 127.1 }, "올림픽로 300")).toMatch(/^geo:37.5,127.1\?q=37.5,127.1\(/);
  expect(geoLink(undefined, "올림픽로 300")).toMatch(/^geo:0,0\?q=%EC/);
});
