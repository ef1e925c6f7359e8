import type { Delivery, DeliveryStatus } from "@bros/sdk";
import { expect, test } from "vitest";
import { arrange, isLate, loads, matches, noFilter, stageSince } from "../src/board/model.ts";

const now = Date.parse("2026-11-23T10:00:00.000Z");
const at = (minutes: number) => new Date(now + minutes * 60_000).toISOString();

function delivery(id: string, status: DeliveryStatus, extra: Partial<Delivery> = {}): Delivery {
  return {
    id,
    number: id,
    orderId: `o${id}`,
    centerId: "c",
    status,
    shop: { id: "s1", name: "한솥 잠실점" },
    customer: { name: "김민수", phone: "01023456789", address: "올림픽로 300" },
    items: [],
    payment: { method: "prepaid", amount: 1 },
    createdAt: at(-20),
    promisedAt: at(10),
    version: 1,
    ...extra,
  };
}

const day = [
  delivery("3", "pickup"),
  delivery("1", "waiting", { promisedAt: at(5) }),
  delivery("2", "waiting", { promisedAt: at(-1) }),
  delivery("4", "delivered", { finishedAt: at(-9) }),
  delivery("5", "delivered", { finishedAt: at(-2) }),
  delivery("6", "cancelled", { finishedAt: at(-2), promisedAt: at(-30) }),
];

test("waiting first, by promise; what is over last, newest first", () => {
  const view = arrange(day, noFilter, at(0));
  expect(view.rows.map((d) => d.id)).toEqual(["2", "1", "3", "5", "4", "6"]);
  expect(view.lines.filter((l) => l.kind === "group")).toHaveLength(4);
  expect(view.counts).toEqual({ waiting: 2, assigned: 0, pickup: 1, delivered: 2, cancelled: 1 });
  expect(view.late).toBe(1);
});

test.each([
  [{ show: "open" }, ["2", "1", "3"]],
  [{ show: "late" }, ["2"]],
  [{ show: "cancelled" }, ["6"]],
  [{ text: "010-2345" }, ["2", "1", "3", "5", "4", "6"]],
  [{ text: "없는 가게" }, []],
  [{ shopId: "s2" }, []],
  [{ sort: "number" }, ["1", "2", "3", "5", "4", "6"]],
] as const)("filter %j", (part, want) => {
  expect(arrange(day, { ...noFilter, ...part }, at(0)).rows.map((d) => d.id)).toEqual(want);
});

test("counts are of everything, whatever the filter", () => {
  expect(arrange(day, { ...noFilter, text: "없음" }, at(0)).counts.waiting).toBe(2);
});

test("every word of a search must be found", () => {
  const one = delivery("12", "waiting");
  expect(matches(one, "한솥 민수")).toBe(true);
  expect(matches(one, "한솥 영희")).toBe(false);
  expect(matches(one, "02345-67")).toBe(true);
});

test("a finished one is never late", () => {
  expect(isLate(delivery("1", "delivered", { promisedAt: at(-30) }), at(0))).toBe(false);
});

test("the stage began with its own time", () => {
  const times = { createdAt: at(-9), assignedAt: at(-6), pickedUpAt: at(-3), finishedAt: at(-1) };
  const begin = (status: DeliveryStatus) => stageSince(delivery("1", status, times));
  expect([begin("waiting"), begin("assigned"), begin("pickup"), begin("delivered")]).toEqual([
    at(-9),
    at(-6),
    at(-3),
    at(-1),
  ]);
});

test("a rider's load: open ones only, the bag first", () => {
  const list = [
    delivery("1", "assigned", { riderId: "r" }),
    delivery("2", "pickup", { riderId: "r" }),
    delivery("3", "delivered", { riderId: "r" }),
  ];
  expect(
    loads(list)
      .get("r")
      ?.map((d) => d.id),
  ).toEqual(["2", "1"]);
});
