import type { MonitorNode } from "@bros/sdk";
import { expect, test } from "vitest";
import { kept, NodeHistory } from "../src/monitor/history.ts";

function node(extra: Partial<MonitorNode>): MonitorNode {
  return {
    id: "one",
    startedAt: "2026-11-23T00:00:00.000Z",
    uptimeSec: 0,
    cpuSec: 0,
    heapBytes: 8e6,
    connections: 3,
    messagesSent: 0,
    bytesSent: 0,
    resyncs: {},
    ...extra,
  } as MonitorNode;
}

test("counters become figures per second", () => {
  const history = new NodeHistory();
  history.add([node({})], 0);
  expect(history.of("one")).toEqual([]);
  history.add([node({ uptimeSec: 2, cpuSec: 1, messagesSent: 600, bytesSent: 40_000 })], 2000);
  expect(history.of("one")).toEqual([{ cpu: 50, heap: 8, connections: 3, messages: 300, kilobytes: 20 }]);
});

test("a node that starts again counts from nothing", () => {
  const history = new NodeHistory();
  history.add([node({ messagesSent: 500 })], 0);
  history.add([node({ messagesSent: 600, uptimeSec: 1 })], 1000);
  history.add([node({ startedAt: "2026-11-23T01:00:00.000Z", messagesSent: 2 })], 2000);
  expect(history.of("one")).toEqual([]);
});

test("a silent node adds no moments, one that is gone is forgotten, and the past has an end", () => {
  const history = new NodeHistory();
  for (let i = 0; i <= kept + 20; i++) history.add([node({ uptimeSec: i })], i * 1000);
  expect(history.of("one").length).toBe(kept);
  const before = history.of("one");
  history.add([node({ uptimeSec: kept + 20, silentSec: 3 })], (kept + 23) * 1000);
  expect(history.of("one")).toBe(before);
  history.add([], (kept + 24) * 1000);
  expect(history.of("one")).toEqual([]);
});
