import { expect, test } from "vitest";
import { Harness } from "./harness.ts";

const D = "delivery/c";
const O = "order/c";

test("server killed: offline within 3 s; back: live again, rows right", async () => {
  const h = new Harness();
  h.server.commit(D, "a", 1);
  await h.start(D);
  h.server.kill();
  await h.clock.advance(3_000);
  expect(h.mode).toBe("offline");
  expect(h.value(D, "a")).toBe(1);
  await h.clock.advance(20_000);
  h.server.up = true;
  h.server.commit(D, "a", 2);
  await h.clock.advance(7_000);
  expect(h.mode).toBe("live");
  expect(h.value(D, "a")).toBe(2);
});

test("socket closed while HTTP works: polling within 3 s, changes at once, back without a gap", async () => {
  const h = await new Harness().start(D);
  h.server.noSockets = true;
  h.server.cut();
  await h.clock.advance(3_000);
  expect(h.mode).toBe("polling");
  h.server.commit(D, "a", 1);
  await h.clock.advance(600);
  expect(h.value(D, "a")).toBe(1);
  h.server.noSockets = false;
  await h.clock.advance(20_000);
  expect(h.mode).toBe("live");
  const polls = h.server.polls.length;
  h.server.commit(D, "a", 2);
  await h.clock.advance(60);
  expect(h.value(D, "a")).toBe(2);
  expect(h.server.polls.length).toBe(polls);
  expect(h.modes).toEqual(["offline", "live", "polling", "live"]);
});

test("a quiet server is polled at a calm pace", async () => {
  const h = await new Harness().start(D);
  h.server.noSockets = true;
  h.server.cut();
  await h.clock.advance(60_000);
  expect(h.server.polls.length).toBeLessThan(10);
});

test("a silent socket is given up within 10 s", async () => {
  const h = await new Harness().start(D);
  h.server.silent = true;
  await h.clock.advance(9_900);
  expect(h.mode).toBe("polling");
  h.server.silent = false;
  await h.clock.advance(20_000);
  expect(h.mode).toBe("live");
});

test("a silent network is offline within 10 s", async () => {
  const h = await new Harness().start(D);
  h.server.silent = true;
  h.server.deafHttp = true;
  await h.clock.advance(9_900);
  expect(h.mode).toBe("offline");
});

test("a quick reconnect does not flicker", async () => {
  const h = await new Harness().start(D);
  h.server.cut();
  h.server.commit(D, "a", 1);
  await h.clock.advance(2_000);
  expect(h.modes).toEqual(["offline", "live"]);
  expect(h.value(D, "a")).toBe(1);
});

test("the server's own retryAfterMs is kept", async () => {
  const h = await new Harness().start(D);
  h.server.cut(1012, '{"retryAfterMs":4000}');
  await h.clock.advance(3_900);
  expect(h.server.clients.size).toBe(0);
  await h.clock.advance(200);
  expect(h.mode).toBe("live");
});

test.each([
  [4400, "protocol"],
  [4401, "session"],
  [4403, "forbidden"],
  [4409, "superseded"],
])("close code %i stays away", async (code, reason) => {
  const h = await new Harness().start(D);
  h.server.cut(code);
  await h.clock.advance(60_000);
  expect(h.status).toMatchObject({ mode: "offline", fatal: reason });
  expect(h.server.clients.size).toBe(0);
  expect(h.server.polls).toHaveLength(0);
});

test("close code 4408 comes back with since", async () => {
  const h = await new Harness().start(D);
  h.server.cut(4408);
  h.server.commit(D, "a", 1);
  await h.clock.advance(2_000);
  expect([h.mode, h.value(D, "a")]).toEqual(["live", 1]);
});

test("an ended session that only polling can see is final", async () => {
  const h = await new Harness().start(D);
  h.server.noSockets = true;
  h.server.httpStatus = 401;
  h.server.cut();
  await h.clock.advance(3_000);
  expect(h.status).toMatchObject({ mode: "offline", fatal: "session" });
});

test.each([401, 403])("a bare %i of a proxy in between ends nothing", async (status) => {
  const h = await new Harness().start(D);
  h.server.noSockets = true;
  h.server.httpStatus = status;
  h.server.proxied = true;
  h.server.cut();
  await h.clock.advance(3_000);
  expect(h.status).toMatchObject({ mode: "offline", fatal: undefined });
});

test("waking asks the line and, when it is dead, moves over within seconds", async () => {
  const h = await new Harness().start(D);
  h.server.silent = true;
  h.engine.wake();
  await h.clock.advance(3_100);
  expect(h.mode).toBe("polling");
});

test("after a sleep of the machine the line is looked at by itself", async () => {
  const h = await new Harness().start(D);
  h.server.silent = true;
  await h.clock.sleep(3_600_000);
  await h.clock.advance(3_100);
  expect(h.mode).toBe("polling");
});

test("waking while it waits tries at once", async () => {
  const h = await new Harness().start(D);
  h.server.kill();
  await h.clock.advance(60_000);
  h.server.up = true;
  h.engine.wake();
  await h.clock.advance(300);
  expect(h.mode).toBe("live");
});

test("a slow first snapshot is waited for, not polled beside", async () => {
  const h = new Harness();
  for (let i = 0; i < 35; i++) h.server.commit(D, `k${i}`, i);
  h.server.slow = 4_000;
  h.server.partSize = 10;
  await h.start(D, O);
  await h.clock.advance(4_200);
  expect(h.mode).toBe("live");
  expect(h.page.get(D)?.size).toBe(35);
  expect([h.server.polls.length, h.server.subscribes]).toEqual([0, 2]);
});

test("a join that never comes is given up for polling, and tried again", async () => {
  const h = new Harness();
  h.server.commit(D, "a", 1);
  h.server.slow = 60_000;
  await h.start(D);
  await h.clock.advance(6_000);
  expect([h.mode, h.value(D, "a")]).toEqual(["polling", 1]);
  h.server.slow = 0;
  await h.clock.advance(20_000);
  expect(h.mode).toBe("live");
});

test("a snapshot whose parts come slowly is asked for once, also over an open line", async () => {
  const h = new Harness();
  for (let i = 0; i < 80; i++) h.server.commit(D, `k${i}`, i);
  await h.start(O);
  expect(h.mode).toBe("live");
  h.server.partSize = 10;
  h.server.partGap = 3_000;
  h.engine.subscribe(D);
  await h.clock.advance(25_000);
  expect(h.page.get(D)?.size).toBe(80);
  expect(h.server.subscribes).toBe(2);
});

test("a line so slow that one part takes 13 s is waited for longer each time", async () => {
  const h = new Harness();
  h.server.commit(D, "a", 1);
  h.server.slow = 13_000;
  h.server.noSockets = false;
  await h.start(D);
  await h.clock.advance(90_000);
  expect(h.modes.at(-1)).toBe("live");
  const sockets = h.server.subscribes;
  await h.clock.advance(120_000);
  expect([h.mode, h.server.subscribes]).toEqual(["live", sockets]);
});

test("round trips of 2 s: the socket opens, and stays", async () => {
  const h = new Harness();
  h.server.commit(D, "a", 1);
  h.server.opening = 8_000; // TCP, TLS and the upgrade
  h.server.slow = 2_000;
  h.server.pongMs = 2_000;
  await h.start(D);
  await h.clock.advance(60_000);
  expect(h.mode).toBe("live");
  h.modes = [];
  for (let i = 0; i < 20; i++) {
    h.engine.wake();
    await h.clock.advance(10_000);
  }
  expect([h.mode, h.modes]).toEqual(["live", []]);
});

test("patience that a bad hour taught is forgotten on a good line", async () => {
  const h = new Harness();
  h.server.slow = 13_000;
  await h.start(D);
  await h.clock.advance(90_000);
  expect(h.mode).toBe("live");
  h.server.slow = 0;
  h.server.cut();
  await h.clock.advance(20_000);
  expect(h.mode).toBe("live");
  h.server.silent = true;
  await h.clock.advance(9_900);
  expect(h.mode).toBe("polling");
});

test("a socket begun while the line was dead is not waited for once the server answers", async () => {
  const h = await new Harness().start(D);
  h.server.silent = true;
  h.server.deafHttp = true;
  h.server.opening = 1e9;
  await h.clock.advance(120_000);
  expect(h.mode).toBe("offline");
  h.server.silent = false;
  h.server.deafHttp = false;
  h.server.opening = 0;
  h.engine.wake();
  await h.clock.advance(3_000);
  expect(h.mode).toBe("live");
});
