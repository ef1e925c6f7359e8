import { expect, test } from "vitest";
import type { Delivery, DeliveryStatus } from "../src/types.gen.ts";
import { deliveryCounts, deliveryQuery, isLate, reopensUntil, stageSince } from "../src/views/deliveries.ts";
import { compare } from "../src/views/query.ts";
import type { DeliveryFilter, ViewSpec } from "../src/views/spec.ts";

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
    promisedAt: at(20),
    version: 1,
    ...extra,
  };
}

const day = [
  delivery("3", "pickup", { riderId: "r1", riderName: "김라이더" }),
  delivery("1", "waiting", { promisedAt: at(5) }),
  delivery("2", "waiting", { promisedAt: at(-1) }),
  delivery("4", "delivered", { finishedAt: at(-9), riderId: "r1", riderName: "김라이더" }),
  delivery("5", "delivered", { finishedAt: at(-2), riderId: "r2", riderName: "이배달" }),
  delivery("6", "cancelled", { finishedAt: at(-2), promisedAt: at(-30) }),
];

function list(filter: DeliveryFilter, rest: Partial<ViewSpec<"delivery">> = {}): string[] {
  const spec: ViewSpec<"delivery"> = {
    kind: "delivery",
    addresses: [],
    filter,
    sort: "promise",
    group: "status",
    ...rest,
  };
  const query = deliveryQuery(spec);
  return day
    .filter((record) => query.fits(record, at(0)))
    .map((record) => ({ id: record.id, record, ...query.place(record) }))
    .sort(compare)
    .map(({ id }) => id);
}

test("waiting first, by promise; what is over last, newest first", () => {
  expect(list({})).toEqual(["2", "1", "3", "5", "4", "6"]);
  expect(list({}, { group: "none" })).toEqual(["2", "1", "3", "5", "6", "4"]);
  expect(list({}, { group: "none", desc: true, waitingFirst: false })).toEqual([
    "3",
    "1",
    "2",
    "5",
    "6",
    "4",
  ]);
});

test("by rider: nobody's first, the bag before the rest", () => {
  expect(list({}, { group: "rider" })).toEqual(["2", "1", "3", "4", "5", "6"]);
});

test("trouble stands above all, what is held by when it comes, below what is under way", () => {
  const problem = {
    kind: "nobody_home" as const,
    at: at(-3),
    by: { id: "u", name: "김", role: "rider" as const },
  };
  const all = [
    delivery("held later", "waiting", { heldUntil: at(90), promisedAt: at(120) }),
    delivery("held", "waiting", { heldUntil: at(30), promisedAt: at(150) }),
    delivery("on its way", "pickup", { riderId: "r1", promisedAt: at(1) }),
    delivery("in trouble", "pickup", { riderId: "r1", problem }),
    delivery("longer", "assigned", { riderId: "r2", problem: { ...problem, at: at(-8) } }),
    delivery("over", "failed", { finishedAt: at(-1), riderId: "r1" }),
    delivery("waits", "waiting"),
  ];
  for (const group of ["status", "rider", "center", "none"] as const) {
    const query = deliveryQuery({ kind: "delivery", addresses: [], filter: {}, sort: "promise", group });
    const shown = all
      .map((record) => ({ id: record.id, record, ...query.place(record) }))
      .sort(compare)
      .map(({ id }) => id);
    expect(shown.slice(0, 2), group).toEqual(["longer", "in trouble"]);
    expect(shown.indexOf("held") + 1, group).toBe(shown.indexOf("held later"));
    expect(shown.indexOf("held"), group).toBeGreaterThan(shown.indexOf("on its way"));
  }
  expect(deliveryCounts(all, at(0))).toMatchObject({ problem: 2, held: 2, waiting: 1, failed: 1, open: 6 });
});

test("what was said wrongly is taken back for a quarter of an hour", () => {
  const ended = (status: DeliveryStatus) => reopensUntil(delivery("1", status, { finishedAt: at(0) }));
  for (const status of ["delivered", "returned", "failed"] as const) {
    expect(ended(status)).toBe(Date.parse(at(15)));
  }
  expect(ended("cancelled")).toBeUndefined();
  expect(reopensUntil(delivery("1", "pickup"))).toBeUndefined();
});

test("counts are of everything", () => {
  expect(deliveryCounts(day, at(0))).toEqual({
    waiting: 2,
    held: 0,
    problem: 0,
    assigned: 0,
    returning: 0,
    returned: 0,
    failed: 0,
    pickup: 1,
    delivered: 2,
    cancelled: 1,
    all: 6,
    open: 3,
    late: 1,
    soon: 1,
  });
});

test.each([
  [{ statuses: ["waiting", "pickup"] }, ["2", "1", "3"]],
  [{ lateness: "late" }, ["2"]],
  [{ lateness: "soon" }, ["2", "1"]],
  [{ statuses: ["cancelled"] }, ["6"]],
  [{ text: "010-2345" }, ["2", "1", "3", "5", "4", "6"]],
  [{ text: "한솥 이배달" }, ["5"]],
  [{ text: "없는 가게" }, []],
  [{ shopIds: ["s2"] }, []],
  [{ riderIds: ["r1"] }, ["3", "4"]],
  [{ riderIds: [""] }, ["2", "1", "6"]],
  [{ centerIds: ["elsewhere"] }, []],
  [{ promisedFrom: at(0), promisedTo: at(15) }, ["1"]],
] satisfies [DeliveryFilter, string[]][])("filter %j", (filter, want) => {
  expect(list(filter)).toEqual(want);
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
