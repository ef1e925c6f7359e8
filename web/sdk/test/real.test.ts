import { afterAll, beforeAll, expect, test } from "vitest";
import WebSocket from "ws";
import { order, seed, type World, waiting } from "../../e2e/seed.ts";
import { Server } from "../../e2e/server.ts";
import type { Status } from "../src/line/batch.ts";
import type { SocketLike } from "../src/line/commands.ts";
import { Engine } from "../src/line/engine.ts";
import { type LiveRecord, subprotocol } from "../src/line/protocol.ts";
import { Rest } from "../src/rest/rest.ts";

// The client against the real binary, on a real line. `make build` makes the binary; without
// it these tests fail and say so.

const server = new Server();
let world: World;
let token = "";
let engine: Engine;
let status: Status | undefined;
const page = new Map<string, Map<string, LiveRecord>>();
let changed: () => void = () => {};

/** Waits for something to become true of the page, looking after every change. */
async function until(what: string, check: () => boolean): Promise<void> {
  const deadline = setTimeout(() => changed(), 15_000);
  const end = Date.now() + 15_000;
  while (!check()) {
    if (Date.now() >= end) throw new Error(`never: ${what}`);
    await new Promise<void>((done) => {
      changed = done;
    });
  }
  clearTimeout(deadline);
}

beforeAll(async () => {
  await server.start();
  world = await seed(server.url);
  const rest = new Rest({ base: server.url });
  const login = await rest.post<{ token: string }>(
    "/login",
    { login: "dispatcher", password: "a-good-password" },
    { idempotencyKey: null },
  );
  token = login.data.token;
  const own = new Rest({ base: server.url, token: () => token });
  engine = new Engine(
    {
      rest: own,
      // A ticket, as a client does that can't set headers on a socket.
      socket: async () => {
        const { data } = await own.post<{ ticket: string }>(
          "/realtime/ticket",
          {},
          { idempotencyKey: null, retries: 0, timeoutMs: 2_000 },
        );
        const url = `${server.url.replace("http", "ws")}/api/v1/realtime?client=test&ticket=${data.ticket}`;
        return new WebSocket(url, subprotocol) as unknown as SocketLike;
      },
      now: Date.now,
      random: Math.random,
      setTimeout: (fn, ms) => setTimeout(fn, ms),
      clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
    },
    {
      batch: (batch) => {
        for (const room of batch.rooms) {
          const records = page.get(room.address) ?? new Map<string, LiveRecord>();
          page.set(room.address, records);
          for (const record of room.set) records.set(record.id, record);
          for (const key of room.remove) records.delete(key);
        }
        changed();
      },
      status: (next) => {
        status = next;
        changed();
      },
    },
  );
  engine.subscribe(`delivery/${world.center.id}`);
  engine.subscribe(`order/${world.center.id}`);
  engine.subscribe(`rider/${world.center.id}`);
  engine.start();
  await until("live", () => status?.mode === "live");
}, 30_000);

afterAll(async () => {
  engine?.stop();
  await server.stop();
});

const deliveries = () => page.get(`delivery/${world.center.id}`) ?? new Map<string, LiveRecord>();

/** What REST says must be what the page shows, to the last field. */
async function expectEqual(): Promise<void> {
  for (const [collection, room] of [
    ["deliveries", "delivery"],
    ["orders", "order"],
  ]) {
    const { items } = await world.api.rest.get<{ items: LiveRecord[] }>(`/${collection}`, { limit: 500 });
    const shown = page.get(`${room}/${world.center.id}`) ?? new Map();
    expect([...shown.values()].sort(byId)).toEqual(items.sort(byId));
  }
}

function byId(a: LiveRecord, b: LiveRecord): number {
  return a.id < b.id ? -1 : 1;
}

test("a write is on the page when its number has been seen", async () => {
  const { data, seq } = await world.api.createOrder(order(world, { accept: true }));
  if (!seq) throw new Error("no BROS-Seq");
  const reached = await engine.caughtUp([`delivery/${world.center.id}`], seq, 5_000);
  expect(reached).toBe(true);
  expect(deliveries().get(data.delivery?.id ?? "")).toEqual(data.delivery);
  await expectEqual();
});

test("killed and restarted, with changes before the client is back: nothing is missed", async () => {
  const before = await waiting(world);
  await until("it is there", () => deliveries().has(before.delivery.id));
  await server.kill();
  await until("the loss is seen", () => status?.mode !== "live");
  await server.start();
  await world.api.cancelDelivery(before.delivery.id, "test");
  const after = await waiting(world);
  await until("live again", () => status?.mode === "live");
  await until("the new one is there", () => deliveries().has(after.delivery.id));
  const orders = () => page.get(`order/${world.center.id}`);
  await until("its order is there", () => orders()?.has(after.order.id) ?? false);
  await expectEqual();
}, 40_000);

test("a burst of changes ends equal to the database", async () => {
  const made = await Promise.all(Array.from({ length: 40 }, () => waiting(world)));
  await Promise.all(made.slice(0, 20).map(({ delivery }) => world.api.cancelDelivery(delivery.id, "test")));
  const { data, seq } = await world.api.createOrder(order(world, { accept: true }));
  if (!seq) throw new Error("no BROS-Seq");
  await engine.caughtUp([`delivery/${world.center.id}`], seq, 15_000);
  await engine.caughtUp([`order/${world.center.id}`], { ...seq, seq: data.order.version }, 15_000);
  await expectEqual();
}, 40_000);
