import { expect, test } from "vitest";
import type { LiveRecord } from "../src/line/protocol.ts";
import { LiveView } from "../src/page/liveview.ts";
import type { Delivery, DeliveryStatus } from "../src/types.gen.ts";
import { deliveryCounts, deliveryQuery } from "../src/views/deliveries.ts";
import { compare } from "../src/views/query.ts";
import type { Source } from "../src/views/source.ts";
import type { DeliveryGroup, DeliverySort, ViewSpec } from "../src/views/spec.ts";
import { View } from "../src/views/view.ts";
import { random } from "./random.ts";

const start = Date.parse("2026-11-23T10:00:00.000Z");
const iso = (ms: number) => new Date(start + ms).toISOString();
const statuses: DeliveryStatus[] = ["waiting", "assigned", "pickup", "delivered", "cancelled"];
const sorts: DeliverySort[] = [
  "promise",
  "number",
  "created",
  "stage",
  "shop",
  "door",
  "rider",
  "amount",
  "status",
];
const groups: DeliveryGroup[] = ["status", "rider", "center", "none"];

/** A room full of deliveries, a view of it, and the page that gets its deltas. */
class World implements Source {
  readonly records_ = new Map<string, Delivery>();
  readonly view: View;
  readonly page: LiveView<"delivery">;
  ms = 0;

  constructor(spec: ViewSpec<"delivery">) {
    this.view = new View(1, spec, 0, { from: 0, to: 80 }, this);
    this.page = new LiveView(1, spec, {
      say: (message) => {
        if (message.type === "view") this.view.respec(message.spec, message.rev);
        if (message.type === "look") this.view.look(message.range);
        if (message.type === "hold") this.view.hold(message.hold);
      },
      ask: async (question) => this.view.answer(question),
      changed: () => {},
      closed: () => {},
    });
    this.take();
  }

  now(): string {
    return iso(this.ms);
  }
  *records(): Generator<LiveRecord> {
    yield* this.records_.values();
  }
  state() {
    return { ready: true, closed: {} };
  }

  put(...list: Delivery[]): void {
    for (const record of list) this.records_.set(record.id, record);
    this.view.apply(list, [], true);
  }
  remove(id: string): void {
    this.records_.delete(id);
    this.view.apply([], [id], true);
  }
  take(): void {
    const delta = this.view.take();
    if (delta) this.page.take(structuredClone(delta));
  }

  /** What the page shows: heads as `#key count`, rows as ids with versions. */
  shown(): string[] {
    return this.page.window.lines.map((line) =>
      line?.kind === "head"
        ? `#${line.head.key} ${line.head.count}`
        : `${line?.id} ${(line?.record as Delivery | undefined)?.version}`,
    );
  }

  /** The same, by the plainest means there are. */
  naive(spec: ViewSpec<"delivery">, from: number, to: number): string[] {
    const query = deliveryQuery(spec);
    const rows = [...this.records_.values()]
      .filter((record) => query.fits(record, this.now()))
      .map((record) => ({ id: record.id, record, ...query.place(record) }))
      .sort(compare);
    const lines: string[] = [];
    for (const [i, row] of rows.entries()) {
      if (query.grouped && rows[i - 1]?.group !== row.group) {
        lines.push(`#${row.group} ${rows.filter((other) => other.group === row.group).length}`);
      }
      lines.push(`${row.id} ${row.record.version}`);
    }
    return lines.slice(from, to);
  }
}

function delivery(id: string, extra: Partial<Delivery> = {}): Delivery {
  return {
    id,
    number: id,
    orderId: `o${id}`,
    centerId: "c1",
    status: "waiting",
    shop: { id: "s1", name: "한솥 잠실점" },
    customer: { name: "김민수", phone: "01023456789", address: "올림픽로 300" },
    items: [],
    payment: { method: "prepaid", amount: 1 },
    createdAt: iso(-600_000),
    promisedAt: iso(600_000),
    version: 1,
    ...extra,
  };
}

const plain: ViewSpec<"delivery"> = {
  kind: "delivery",
  addresses: ["delivery/c"],
  filter: {},
  sort: "promise",
  group: "status",
};

test.each(
  Array.from(
    { length: Number(process.env.BROS_SEEDS ?? 30) },
    (_, i) => Number(process.env.BROS_SEED ?? 1) + i,
  ),
)("whatever changes, the window equals a plain filter and sort (BROS_SEED=%i)", async (seed) => {
  const next = random(seed);
  const pick = <T>(list: readonly T[]) => list[Math.floor(next() * list.length)] as T;
  const some = <T>(list: readonly T[]) => list.filter(() => next() < 0.4);
  let spec = plain;
  const world = new World(spec);
  let held = false;
  let range = { from: 0, to: 80 };
  for (let step = 1; step <= 250; step++) {
    const dice = next();
    const id = `d${Math.floor(next() * 120)}`;
    if (dice < 0.6) {
      const status = pick(statuses);
      const rider = status === "waiting" ? undefined : pick(["r1", "r2", "r3"]);
      world.put(
        delivery(id, {
          number: String(Math.floor(next() * 50)),
          status,
          centerId: pick(["c1", "c2"]),
          riderId: rider,
          riderName: rider && { r1: "김라이더", r2: "이배달", r3: "김라이더" }[rider],
          shop: { id: pick(["s1", "s2"]), name: pick(["한솥", "교촌"]) },
          promisedAt: next() < 0.1 ? undefined : iso((next() - 0.5) * 3_600_000),
          finishedAt: status === "delivered" || status === "cancelled" ? iso(-next() * 1e6) : undefined,
          version: step,
        }),
      );
    } else if (dice < 0.7) world.remove(id);
    else if (dice < 0.75) {
      world.ms += next() * 600_000;
      world.view.tick();
    } else if (dice < 0.82) {
      const from = Math.floor(next() * 100);
      range = { from, to: from + Math.floor(next() * 60) };
      world.page.look(range);
    } else if (dice < 0.9) {
      const filter = {
        text: next() < 0.3 ? pick(["한솥", "1", "이배달 교촌"]) : undefined,
        statuses: some(statuses),
        centerIds: next() < 0.3 ? ["c2"] : undefined,
        shopIds: next() < 0.3 ? ["s1"] : undefined,
        riderIds: next() < 0.3 ? some(["r1", "r2", ""]) : undefined,
        lateness: next() < 0.3 ? pick(["late", "soon"] as const) : undefined,
        promisedFrom: next() < 0.2 ? iso(-900_000) : undefined,
        promisedTo: next() < 0.2 ? iso(900_000) : undefined,
      };
      spec = {
        ...plain,
        filter,
        sort: pick(sorts),
        group: pick(groups),
        desc: next() < 0.3,
        waitingFirst: next() < 0.7,
      };
      world.page.update(spec);
    } else if (dice < 0.95) {
      held = !held;
      world.page.hold(held);
    } else world.take();
    if (held) continue;
    world.view.tick();
    world.take();
    const lines = world.naive(spec, range.from, range.to);
    expect(world.shown()).toEqual(lines);
    expect(world.page.counts).toEqual(deliveryCounts(world.records_.values(), world.now()));
    expect(world.page.count).toBe(world.naive({ ...spec, group: "none" }, 0, 1e9).length);
    const ids = (await world.page.ids({ from: 0, to: 1e9 })).join();
    expect(ids).toBe(
      world
        .naive(spec, 0, 1e9)
        .filter((line) => !line.startsWith("#"))
        .map((line) => line.split(" ")[0])
        .join(),
    );
  }
});

test("held: rows keep their places, contents go on, what comes stands at the end", () => {
  const world = new World(plain);
  world.put(delivery("1"), delivery("2"), delivery("3", { status: "pickup" }));
  world.take();
  expect(world.shown()).toEqual(["#waiting 2", "1 1", "2 1", "#pickup 1", "3 1"]);
  world.page.hold(true);
  world.put(
    delivery("2", { status: "assigned", version: 2 }),
    delivery("0", { promisedAt: iso(0), version: 3 }),
  );
  world.remove("1");
  world.take();
  expect(world.shown()).toEqual(["#waiting 2", "1 1", "2 2", "#pickup 1", "3 1", "#new 1", "0 3"]);
  expect(world.page.window.lines.map((line) => line?.kind === "row" && line.gone)).toEqual([
    false,
    true,
    false,
    false,
    false,
    false,
    false,
  ]);
  expect([world.page.count, world.page.stirred]).toEqual([3, 3]);
  world.page.hold(true); // a key asks
  world.take();
  expect(world.shown()).toEqual(["#waiting 1", "0 3", "#assigned 1", "2 2", "#pickup 1", "3 1"]);
  world.page.hold(false);
  world.take();
  expect(world.page.stirred).toBe(0);
});

test("only what is new to the window is sent", () => {
  const world = new World(plain);
  world.put(...Array.from({ length: 500 }, (_, i) => delivery(String(1000 + i))));
  expect(world.view.take()?.set).toHaveLength(79);
  world.put(delivery("1400", { version: 2 }));
  expect(world.view.take()).toBeUndefined();
  world.put(delivery("1010", { version: 2 }));
  expect(world.view.take()?.set.map(({ id }) => id)).toEqual(["1010"]);
});

test("a step goes over heads, and stops at the ends", async () => {
  const world = new World(plain);
  world.put(delivery("1"), delivery("2", { status: "pickup" }), delivery("3", { status: "pickup" }));
  expect(await world.page.step(undefined, 1)).toEqual({ id: "1", line: 1 });
  expect(await world.page.step("1", 1)).toEqual({ id: "2", line: 3 });
  expect(await world.page.step("1", 20)).toEqual({ id: "3", line: 4 });
  expect(await world.page.step("2", -20)).toEqual({ id: "1", line: 1 });
  // Nothing selected: Home is the first row, End the last, up comes from the end.
  expect(await world.page.step(undefined, -1e9)).toEqual({ id: "1", line: 1 });
  expect(await world.page.step(undefined, 1e9)).toEqual({ id: "3", line: 4 });
  expect(await world.page.step(undefined, -1)).toEqual({ id: "3", line: 4 });
  expect(await world.page.find(["3", "nobody"])).toEqual([{ id: "3", line: 4 }]);
});

test("arrivals are told once, and only of rooms that were there", () => {
  const world = new World({ ...plain, arrivals: true });
  world.view.apply([delivery("old")], [], false);
  expect(world.view.take()?.entered).toBeUndefined();
  world.put(delivery("new"));
  expect(world.view.take()?.entered?.map(({ id }) => id)).toEqual(["new"]);
  world.put(delivery("new", { version: 2 }));
  expect(world.view.take()?.entered).toBeUndefined();
});
