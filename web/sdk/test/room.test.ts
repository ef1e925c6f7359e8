import { expect, test } from "vitest";
import { Room } from "../src/line/room.ts";

const address = "delivery/c";
const rec = (id: string, version: number) => ({ id, version }) as { id: string };

function joined(seq = 10): Room {
  const room = new Room(address);
  room.ask(1);
  room.reply({ id: 1, address, mode: "snapshot", epoch: "E", seq, records: [rec("a", 5), rec("b", 9)] });
  room.take();
  return room;
}

const change = (prev: number, seq: number, key = "a") => ({
  address,
  prev,
  seq,
  event: "delivery:changed",
  key,
  data: rec(key, seq),
});

test.each([
  ["an old one is dropped", 3, 10, false, 10],
  ["the next is applied", 9, 11, false, 11],
  ["one right behind the reply is applied", 10, 14, false, 14],
  ["one with a hole before it asks again", 12, 14, true, 10],
])("client rule: %s", (_name, prev, seq, again, last) => {
  const room = joined();
  expect(room.change(change(prev, seq))).toBe(again);
  expect(room.last).toBe(last);
});

test("while a subscribe is under way a hole asks for nothing more", () => {
  const room = joined();
  room.ask(2);
  expect(room.change(change(12, 14))).toBe(false);
  expect(room.last).toBe(10);
});

test.each([
  ["nothing new", { epoch: "E", prev: 9, seq: 10 }, false, 10],
  ["the log went on elsewhere", { epoch: "E", prev: 9, seq: 30 }, false, 30],
  ["a message was lost", { epoch: "E", prev: 20, seq: 30 }, true, 10],
  ["another history", { epoch: "F", prev: 1, seq: 2 }, true, 0],
])("heads: %s", (_name, head, again, last) => {
  const room = joined();
  expect(room.head(head)).toBe(again);
  expect(room.last).toBe(last);
});

test("another history forgets since", () => {
  const room = joined();
  expect(room.since).toEqual({ epoch: "E", seq: 10 });
  room.head({ epoch: "F", prev: 1, seq: 2 });
  expect(room.since).toBeUndefined();
});

test("a resume applies changes and removals and sets last to its own number", () => {
  const room = joined();
  room.ask(2);
  room.reply({
    id: 2,
    address,
    mode: "resume",
    epoch: "E",
    seq: 20,
    events: [
      { seq: 12, event: "x", key: "b", op: "remove" },
      { seq: 15, event: "x", key: "c", data: rec("c", 15) },
      { seq: 16, event: "x", key: "never", op: "remove" },
    ],
  });
  expect(room.last).toBe(20);
  expect(room.take()).toEqual({ set: [rec("c", 15)], remove: ["b"] });
});

test("a resume in another epoch is not believed", () => {
  const room = joined();
  room.ask(2);
  expect(room.reply({ id: 2, address, mode: "resume", epoch: "F", seq: 20, events: [] })).toBe(true);
});

test("a second snapshot tells only what differs", () => {
  const room = joined();
  room.ask(2);
  const records = [rec("a", 5), rec("c", 12)];
  room.reply({ id: 2, address, mode: "snapshot", epoch: "E", seq: 12, records });
  expect(room.take()).toEqual({ set: [rec("c", 12)], remove: ["b"] });
});

test("a snapshot of another epoch tells everything anew", () => {
  const room = joined();
  room.head({ epoch: "F", prev: 1, seq: 2 });
  room.ask(2);
  room.reply({ id: 2, address, mode: "snapshot", epoch: "F", seq: 2, records: [rec("a", 5)] });
  expect(room.take()).toEqual({ set: [rec("a", 5)], remove: ["b"] });
});

test("parts of a snapshot count as one", () => {
  const room = new Room(address);
  room.ask(1);
  const base = { id: 1, address, mode: "snapshot" as const, epoch: "E", seq: 8 };
  room.reply({ ...base, part: 1, more: true, records: [rec("a", 1)] });
  expect(room.ready).toBe(false);
  room.reply({ ...base, part: 2, records: [rec("b", 2)] });
  expect(room.ready).toBe(true);
  expect([...room.records.keys()]).toEqual(["a", "b"]);
});

test("a missing part asks again", () => {
  const room = new Room(address);
  room.ask(1);
  const base = { id: 1, address, mode: "snapshot" as const, epoch: "E", seq: 8 };
  room.reply({ ...base, part: 1, more: true, records: [] });
  expect(room.reply({ ...base, part: 3, records: [] })).toBe(true);
});

test("the reply to an older subscribe is dropped", () => {
  const room = joined();
  room.ask(3);
  room.reply({ id: 2, address, mode: "snapshot", epoch: "E", seq: 99, records: [] });
  expect(room.last).toBe(10);
  expect(room.pending).toBe(true);
});

test("records leave with their window, without a message", () => {
  const room = new Room(address);
  room.ask(1);
  const finishedAt = "2026-11-23T09:00:00.000Z";
  const records = [{ id: "old", finishedAt }, { id: "open" }];
  room.reply({ id: 1, address, mode: "snapshot", epoch: "E", seq: 1, windowSec: 3600, records });
  room.take();
  room.sweep(Date.parse(finishedAt) + 3_599_000);
  expect(room.take()).toBeUndefined();
  room.sweep(Date.parse(finishedAt) + 3_601_000);
  expect(room.take()).toEqual({ set: [], remove: ["old"] });
});

test("a key that changes twice between two looks is told once, at its newest", () => {
  const room = joined();
  room.change(change(10, 11));
  room.change(change(11, 12));
  expect(room.take()).toEqual({ set: [rec("a", 12)], remove: [] });
});
