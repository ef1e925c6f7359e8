import { type Delivery, Problem } from "@bros/sdk";
import { expect, test } from "vitest";
import { Outbox, type Waiting, withActs } from "../src/outbox.ts";

const delivery = { id: "d1", number: "0412", status: "assigned", version: 3 } as Delivery;

function setup(stored = "[]") {
  let store = stored;
  const sent: { what: string; key?: string; at?: string }[] = [];
  const refused: string[] = [];
  const timers: (() => void)[] = [];
  const state = { fail: undefined as Problem | undefined, now: Date.parse("2026-11-23T10:00:00Z") };
  const outbox = new Outbox({
    api: {
      act: async (_id, what, body, key) => {
        if (state.fail) throw state.fail;
        sent.push({ what, key, at: body.at });
        return { data: delivery, status: 200 };
      },
    },
    storage: {
      getItem: () => store,
      setItem: (_key, value) => {
        store = value;
      },
    },
    now: () => state.now,
    setTimeout: (fn) => timers.push(fn),
    clearTimeout: () => {},
    changed: () => {},
    sent: async () => {},
    refused: (_act, problem) => refused.push(problem.code),
  });
  const later = async () => {
    timers.shift()?.();
    await outbox.flush();
    await new Promise((done) => setImmediate(done));
  };
  return { outbox, sent, refused, state, later, stored: () => store };
}

const away = () => Problem.network(new Error("no signal"));

test("an act is sent at once, with the time it was done", async () => {
  const s = setup();
  s.outbox.add(delivery, "pickup");
  await new Promise((done) => setImmediate(done));
  expect(s.sent).toMatchObject([{ what: "pickup", at: "2026-11-23T10:00:00.000Z" }]);
  expect(s.outbox.waiting).toEqual([]);
});

test("without signal acts wait, outlive the page, and go in order with their own time and key", async () => {
  const s = setup();
  s.state.fail = away();
  s.outbox.add(delivery, "pickup");
  s.state.now += 600_000;
  s.outbox.add(delivery, "deliver");
  await new Promise((done) => setImmediate(done));
  expect(s.outbox.waiting).toHaveLength(2);

  const reopened = setup(s.stored());
  await reopened.outbox.flush();
  expect(reopened.sent.map((act) => act.what)).toEqual(["pickup", "deliver"]);
  expect(reopened.sent.map((act) => act.key)).toEqual(s.outbox.waiting.map((act) => act.key));
  expect(reopened.sent[0]?.at).toBe("2026-11-23T10:00:00.000Z");
});

test("it is tried again by itself", async () => {
  const s = setup();
  s.state.fail = away();
  s.outbox.add(delivery, "pickup");
  await new Promise((done) => setImmediate(done));
  s.state.fail = undefined;
  await s.later();
  expect(s.sent).toHaveLength(1);
});

test("a refusal is told and does not hold up the next", async () => {
  const s = setup();
  s.state.fail = new Problem("illegal_transition", 409, {});
  s.outbox.add(delivery, "pickup");
  await new Promise((done) => setImmediate(done));
  expect(s.refused).toEqual(["illegal_transition"]);
  expect(s.outbox.waiting).toEqual([]);
});

test("pressing twice is one act", async () => {
  const s = setup();
  s.state.fail = away();
  s.outbox.add(delivery, "pickup");
  s.outbox.add(delivery, "pickup");
  expect(s.outbox.waiting).toHaveLength(1);
});

test("the screen shows one's own acts before they are sent", () => {
  const act = (what: Waiting["what"]): Waiting => ({
    key: "k",
    deliveryId: "d1",
    number: "0412",
    what,
    at: "",
  });
  expect(withActs([delivery], [act("pickup")])[0]?.status).toBe("pickup");
  expect(withActs([delivery], [act("pickup"), act("deliver")])[0]?.status).toBe("delivered");
  expect(withActs([delivery], [])[0]).toBe(delivery);
});

test("a broken store is an empty one", () => {
  expect(setup("{").outbox.waiting).toEqual([]);
});
