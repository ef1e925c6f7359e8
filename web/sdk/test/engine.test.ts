import { expect, test } from "vitest";
import { Harness } from "./harness.ts";

const D = "delivery/c";
const O = "order/c";

test("joins, shows the snapshot, follows changes and is live", async () => {
  const h = new Harness();
  h.server.commit(D, "a", 1);
  await h.start(D, O);
  expect(h.mode).toBe("live");
  expect(h.value(D, "a")).toBe(1);
  h.server.commit(D, "a", 2);
  h.server.commit(D, "b", 3);
  await h.clock.advance(60);
  expect([h.value(D, "a"), h.value(D, "b")]).toEqual([2, 3]);
  expect(h.server.polls).toHaveLength(0);
});

test("all addresses go in one command at the start", async () => {
  const h = await new Harness().start(D, O, "rider/c");
  expect(h.server.subscribes).toBe(3);
  expect(h.engine.rooms.pending).toBe(false);
});

test("a lone change comes at once, many in batches of at most one in 100 ms", async () => {
  const h = await new Harness().start(D);
  await h.clock.advance(100);
  h.batches = [];
  h.server.commit(D, "alone", 1);
  await h.clock.advance(20);
  expect(h.value(D, "alone")).toBe(1);
  h.batches = [];
  for (let i = 0; i < 100; i++) {
    h.server.commit(D, `k${i % 10}`, i);
    await h.clock.advance(1);
  }
  await h.clock.advance(100);
  expect(h.batches.length).toBeLessThanOrEqual(2);
  expect(h.value(D, "k9")).toBe(99);
});

test("a lost message is noticed by the next one and repaired by resume", async () => {
  const h = await new Harness().start(D);
  h.server.commit(D, "a", 1, () => true);
  h.server.commit(D, "b", 2);
  await h.clock.advance(60);
  expect([h.value(D, "a"), h.value(D, "b")]).toEqual([1, 2]);
});

test("a lost last message is noticed by the heads within 5 s", async () => {
  const h = await new Harness().start(D);
  h.server.commit(D, "a", 1, () => true);
  await h.clock.advance(5_100);
  expect(h.value(D, "a")).toBe(1);
});

test("resync keeps since, another epoch forgets it", async () => {
  const h = await new Harness().start(D);
  h.server.commit(D, "a", 1, () => true);
  for (const client of h.server.clients) client.socket.say({ address: D, resync: true });
  await h.clock.advance(60);
  expect(h.value(D, "a")).toBe(1);
  h.server.newEpoch("E2");
  h.server.commit(D, "z", 9, () => true);
  await h.clock.advance(5_100);
  expect([...(h.page.get(D)?.keys() ?? [])]).toEqual(["z"]);
});

test("revoked empties the room and asking again brings it back", async () => {
  const h = new Harness();
  h.server.commit(D, "a", 1);
  await h.start(D);
  for (const client of h.server.clients) {
    client.addresses.delete(D);
    client.socket.say({ address: D, revoked: true });
  }
  await h.clock.advance(60);
  expect(h.page.get(D)?.size).toBe(0);
  expect(h.batches.at(-1)?.rooms[0]?.revoked).toBe(true);
  h.engine.subscribe(D);
  await h.clock.advance(60);
  expect(h.value(D, "a")).toBe(1);
});

test("a refused address is told and does not hold up the others", async () => {
  const h = await new Harness().start("forbidden/x", D);
  expect(h.mode).toBe("live");
  expect(h.batches.flatMap((b) => b.rooms).find((r) => r.address === "forbidden/x")?.refused).toBe(
    "forbidden",
  );
});

test("positions are merged per rider and never touch last", async () => {
  const h = await new Harness().start(D, "rider/c");
  const last = h.engine.rooms.map.get("rider/c")?.last;
  h.batches = [];
  for (const client of h.server.clients) {
    for (let lat = 1; lat <= 3; lat++) {
      client.socket.say({
        address: "rider/c",
        event: "rider:position",
        data: [{ riderId: "r", lat, lng: 0, at: "" }],
      });
    }
    // Another room's event of the same name moves nobody.
    client.socket.say({
      address: "promo/c",
      event: "rider:position",
      data: [{ riderId: "r", lat: 9, lng: 9, at: "" }],
    });
  }
  await h.clock.advance(60);
  expect(h.batches.at(-1)?.places["rider/c"]).toEqual([{ riderId: "r", lat: 3, lng: 0, at: "" }]);
  expect(h.batches.at(-1)?.places["promo/c"]).toBeUndefined();
  expect(h.engine.rooms.map.get("rider/c")?.last).toBe(last);
});

test("own write: resolves once its number was seen and its batch handed on", async () => {
  const h = await new Harness().start(D);
  let reached: boolean | undefined;
  h.engine.caughtUp([D], { epoch: "E1", seq: 1 }, 2_000).then((r) => {
    reached = r;
  });
  await h.clock.advance(10);
  expect(reached).toBeUndefined();
  h.server.commit(D, "a", 1);
  await h.clock.advance(0);
  expect(reached).toBe(true);
  expect(h.value(D, "a")).toBe(1);
});

test("own write: gives up after its time", async () => {
  const h = await new Harness().start(D);
  const reached = h.engine.caughtUp([D], { epoch: "E1", seq: 7 }, 2_000);
  await h.clock.advance(2_000);
  expect(await reached).toBe(false);
});

test("a snapshot in parts appears whole", async () => {
  const h = new Harness();
  h.server.partSize = 10;
  for (let i = 0; i < 35; i++) h.server.commit(D, `k${i}`, i);
  await h.start(D);
  expect(h.page.get(D)?.size).toBe(35);
});

test("a frame that is no JSON drops the socket and comes back", async () => {
  const h = await new Harness().start(D);
  for (const client of h.server.clients) client.socket.onmessage?.({ data: "{" });
  h.server.clients.clear();
  await h.clock.advance(2_000);
  expect(h.mode).toBe("live");
});

test("the server's clock is known", async () => {
  const h = await new Harness().start(D);
  for (const client of h.server.clients) {
    client.socket.say({ heads: {}, now: new Date(h.clock.now + 90_000).toISOString() });
  }
  await h.clock.advance(15_000);
  expect(Math.abs(h.status?.clockOffset ?? 0)).toBeLessThanOrEqual(90_000);
});
