import { Problem } from "@bros/sdk";
import { beforeEach, expect, test } from "vitest";
import { takeBackMs } from "../src/outbox.ts";
import { delivery, FakeServer, freshPhone, Phone } from "./helpers.ts";

beforeEach(freshPhone);

const deliver = (id: string) => ({
  what: "deliver" as const,
  delivery: delivery(id),
  holdMs: takeBackMs,
});
const begin = Date.parse("2026-11-23T10:00:00Z");

test("a slip of the thumb is taken back before it is sent, with its photo", async () => {
  const phone = await new Phone().start();
  await phone.outbox.add({ ...deliver("1"), photo: new Blob(["jpeg"], { type: "image/jpeg" }) });
  await phone.outbox.flush();
  expect(phone.server.calls).toBe(0);
  const key = phone.shown.acts[0]?.key ?? "";
  phone.now += 9_000;
  expect(await phone.outbox.takeBack(key)).toBe(true);
  expect(phone.shown.acts).toEqual([]);
  expect(await phone.store.acts("u")).toEqual([]);
  expect(await phone.store.photo(key)).toBeUndefined();
  phone.now += 60_000;
  await phone.later();
  expect(phone.server.done).toEqual([]);
  // Done again it is a new act.
  await phone.outbox.add(deliver("1"));
  phone.now += takeBackMs + 1_000;
  await phone.later();
  expect(phone.server.done).toHaveLength(1);
});

test("it can be taken back while it is still being kept", async () => {
  const phone = await new Phone().start();
  const adding = phone.outbox.add(deliver("1"));
  expect(await phone.outbox.takeBack(phone.shown.acts[0]?.key ?? "")).toBe(true);
  await adding;
  expect(phone.shown.acts).toEqual([]);
  phone.kill();
  const again = await new Phone(phone.server).start();
  expect(again.shown.acts).toEqual([]);
});

test("after its time it goes by itself, with the time it was done at, and is not taken back", async () => {
  const phone = await new Phone().start();
  await phone.outbox.add(deliver("1"));
  const key = phone.shown.acts[0]?.key ?? "";
  phone.now += takeBackMs;
  expect(await phone.outbox.takeBack(key)).toBe(false);
  await phone.later();
  expect(phone.server.done).toEqual([]); // a press at the last moment still had its time
  phone.now += 500;
  await phone.later();
  expect(phone.server.done).toMatchObject([{ at: new Date(begin).toISOString() }]);
});

test("an app that is killed meanwhile sends it when it is opened again", async () => {
  const phone = await new Phone().start();
  await phone.outbox.add(deliver("1"));
  phone.kill();
  const again = new Phone(phone.server);
  again.now = begin + 3_000;
  await again.start();
  await again.outbox.flush();
  expect(again.server.done).toEqual([]);
  again.now = begin + 11_000;
  await again.later();
  expect(again.server.done).toMatchObject([{ what: "deliver", at: new Date(begin).toISOString() }]);
});

test("what comes after it keeps its order; answers to offers and nods do not wait", async () => {
  const phone = await new Phone().start();
  await phone.outbox.add(deliver("1"));
  await phone.outbox.add({ what: "pickup", delivery: delivery("2") });
  await phone.outbox.add({ what: "accept", delivery: delivery("offer") });
  await phone.outbox.add({ what: "seen", delivery: delivery("3"), version: 7 });
  await phone.outbox.flush();
  expect(phone.server.done.map(({ what }) => what)).toEqual(["accept", "seen"]);
  phone.now += takeBackMs + 500;
  await phone.later();
  expect(phone.server.done.map(({ what }) => what)).toEqual(["accept", "seen", "deliver", "pickup"]);
});

test("who goes on sends it at once", async () => {
  const phone = await new Phone().start();
  await phone.outbox.add(deliver("1"));
  await phone.outbox.hurry();
  expect(phone.server.done).toHaveLength(1);
  expect(phone.shown.acts).toEqual([]);
});

test("a clock that was set back holds up nothing", async () => {
  const phone = await new Phone().start();
  await phone.outbox.add(deliver("1"));
  phone.now -= 3_600_000;
  await phone.outbox.flush();
  expect(phone.server.done).toHaveLength(1);
});

test("two problems are two acts, the same one twice is one", async () => {
  const server = new FakeServer();
  server.line = () => "lost";
  const phone = await new Phone(server).start();
  const problem = (kind: "nobody_home" | "refused") => ({
    what: "problem" as const,
    delivery: delivery("1"),
    kind,
  });
  await phone.outbox.add(problem("nobody_home"));
  await phone.outbox.add(problem("nobody_home"));
  await phone.outbox.add(problem("refused"));
  expect(phone.shown.acts.map((act) => act.kind)).toEqual(["nobody_home", "refused"]);
});

test("a nod that comes too late is nothing to be told of, a return is", async () => {
  const phone = await new Phone().start();
  phone.server.refuse = () => new Problem("illegal_transition", 409, { current: delivery("1") });
  await phone.outbox.add({ what: "seen", delivery: delivery("1"), version: 3 });
  await phone.outbox.add({ what: "arrive", delivery: delivery("1"), place: "shop" });
  await phone.outbox.flush();
  expect(phone.shown.acts).toEqual([]);
  expect(phone.shown.refusals).toEqual([]);
  await phone.outbox.add({ what: "returned", delivery: delivery("1") });
  await phone.outbox.flush();
  expect(phone.shown.refusals).toMatchObject([{ what: "returned" }]);
});
