import { expect, test } from "vitest";
import { Engine } from "../src/line/engine.ts";
import { Live, type Port } from "../src/page/live.ts";
import type { ViewSpec } from "../src/views/spec.ts";
import { Host } from "../src/worker/host.ts";
import { FakeServer } from "./fakeserver.ts";
import { Clock, fakeEnv } from "./world.ts";

const D = "delivery/c";

/** A worker with its tabs, on a fake clock and server. */
class Browser {
  readonly clock = new Clock();
  readonly server = new FakeServer(this.clock);
  readonly host: Host;
  /** What waits for the end of a tab's lock. */
  readonly locks = new Map<string, () => void>();
  frozen = new Set<string>();
  #turn = 0;

  constructor(withLocks = true) {
    this.host = new Host({
      engine: (_language, user, sink) => new Engine({ ...fakeEnv(this.clock, this.server), user }, sink),
      now: () => this.clock.now,
      setTimeout: this.clock.setTimeout,
      clearTimeout: this.clock.clearTimeout,
      whenFree: withLocks ? (lock, gone) => this.locks.set(lock, gone) : undefined,
    });
  }

  tab(user?: string): TabUnderTest {
    const name = `tab${++this.#turn}`;
    const updates: string[] = [];
    const live = new Live(
      () => {
        const page: Port = {
          onmessage: null,
          postMessage: (message) => {
            const copy = structuredClone(message);
            queueMicrotask(() => this.host.message(worker, copy));
          },
        };
        const waiting: (() => void)[] = [];
        const worker = {
          postMessage: (message: { type: string }) => {
            const copy = structuredClone(message);
            updates.push(copy.type);
            waiting.push(() => page.onmessage?.({ data: copy } as never));
            if (!this.frozen.has(name)) for (const take of waiting.splice(0)) queueMicrotask(take);
          },
        };
        return page;
      },
      { language: "en", user, lock: name },
    );
    return { name, live, updates };
  }
}

interface TabUnderTest {
  name: string;
  live: Live;
  updates: string[];
}

const spec: ViewSpec<"order"> = {
  kind: "order",
  addresses: ["order/c"],
  filter: {},
  sort: "newest",
  group: "none",
};

/** What a tab knows of a room. */
function follow(tab: TabUnderTest, address = D): Map<string, number> {
  const known = new Map<string, number>();
  tab.live.follow(address, {
    changed: (batch) => {
      for (const record of batch.set) known.set(record.id, (record as unknown as { value: number }).value);
      for (const key of batch.remove) known.delete(key);
    },
  });
  return known;
}

test("many tabs are one connection, and each hears everything", async () => {
  const browser = new Browser();
  browser.server.commit(D, "a", 1);
  const tabs = Array.from({ length: 10 }, () => follow(browser.tab("u1")));
  await browser.clock.advance(200);
  browser.server.commit(D, "b", 2);
  const late = follow(browser.tab("u1"));
  await browser.clock.advance(100);
  expect(browser.server.clients.size).toBe(1);
  expect(browser.server.subscribes).toBe(1);
  for (const known of [...tabs, late]) expect(Object.fromEntries(known)).toEqual({ a: 1, b: 2 });
});

test("a tab that is gone is noticed by its lock; without tabs the line ends", async () => {
  const browser = new Browser();
  const [one, two] = [browser.tab("u1"), browser.tab("u1")];
  follow(one);
  follow(two, "order/c");
  await browser.clock.advance(200);
  browser.locks.get(one.name)?.();
  await browser.clock.advance(100);
  expect(browser.host.tabs).toBe(1);
  expect([...browser.server.clients][0]?.addresses).toEqual(new Set(["order/c"]));
  browser.locks.get(two.name)?.();
  await browser.clock.advance(10_000);
  expect(browser.server.clients.size).toBe(1); // the fake doesn't see a client close
  expect([...browser.server.clients][0]?.socket.closed).toBe(true);
});

test("without locks a silent tab is let go, and taken back when it speaks", async () => {
  const browser = new Browser(false);
  const tab = browser.tab("u1");
  const known = follow(tab);
  await browser.clock.advance(200);
  await browser.clock.advance(170_000);
  expect(browser.host.tabs).toBe(0);
  browser.server.commit(D, "a", 5);
  tab.live.alive();
  await browser.clock.advance(500);
  expect(browser.host.tabs).toBe(1);
  expect(known.get("a")).toBe(5);
});

test("a frozen tab piles up nothing and gets the newest state when it thaws", async () => {
  const browser = new Browser();
  const tab = browser.tab("u1");
  const known = follow(tab);
  await browser.clock.advance(200);
  browser.frozen.add(tab.name);
  const before = tab.updates.length;
  for (let i = 0; i < 50; i++) {
    browser.server.commit(D, `k${i % 3}`, i);
    await browser.clock.advance(100);
  }
  expect(tab.updates.slice(before).filter((type) => type === "update")).toHaveLength(1);
  browser.frozen.delete(tab.name);
  tab.live.alive(); // its answer lets what waited through
  await browser.clock.advance(200);
  expect(Object.fromEntries(known)).toEqual({ k0: 48, k1: 49, k2: 47 });
});

test("the next session has a line of its own when the one before has ended", async () => {
  const browser = new Browser();
  const first = browser.tab("u1");
  follow(first);
  await browser.clock.advance(200);
  browser.server.cut(4401);
  await browser.clock.advance(100);
  expect(first.live.status.fatal).toBe("session");
  browser.server.commit(D, "a", 7);
  const second = browser.tab("u1");
  const known = follow(second);
  await browser.clock.advance(300);
  expect(second.live.status).toMatchObject({ mode: "live", fatal: undefined });
  expect(known.get("a")).toBe(7);
});

test("a line that turns out to be another user's is not used", async () => {
  const browser = new Browser();
  const tab = browser.tab("somebody else"); // the fake server says u1
  const known = follow(tab);
  browser.server.commit(D, "a", 1);
  await browser.clock.advance(500);
  expect(tab.live.status.fatal).toBe("session");
  expect(known.size).toBe(0);
});

test("a tab that comes back says everything again and sees what it missed", async () => {
  const browser = new Browser();
  const tab = browser.tab("u1");
  const known = follow(tab);
  browser.server.commit(D, "a", 1);
  browser.server.commit(D, "b", 1);
  await browser.clock.advance(200);
  tab.live.bye();
  await browser.clock.advance(60_000);
  browser.server.commit(D, "a", undefined);
  browser.server.commit(D, "b", 2);
  tab.live.reopen();
  await browser.clock.advance(300);
  expect(Object.fromEntries(known)).toEqual({ b: 2 });
});

test("views, watched records and open deliveries follow the same rooms", async () => {
  const browser = new Browser();
  const tab = browser.tab("u1");
  const counts: number[] = [];
  const watched: unknown[] = [];
  tab.live.view(spec, (view) => counts.push(view.count));
  tab.live.watch<"order">(["order/c"], "a", (record) => watched.push(record?.id));
  await browser.clock.advance(200);
  for (const client of browser.server.clients) {
    const data = { id: "a", version: 1, status: "received", shop: {}, customer: {}, createdAt: "" };
    client.socket.say({ address: "order/c", prev: 0, seq: 1, event: "order:create", key: "a", data });
  }
  await browser.clock.advance(200);
  expect([counts.at(-1), watched.at(-1)]).toEqual([1, "a"]);
});

test("a worker that a tab gave up and that lives after all lets go of its line", async () => {
  const browser = new Browser();
  const tab = browser.tab("u1");
  follow(tab);
  await browser.clock.advance(200);
  expect(browser.host.tabs).toBe(1);
  const before = [...browser.server.clients][0]?.socket;
  tab.live.reopen(); // its lock is still held: nothing else would tell the worker
  await browser.clock.advance(10_000);
  expect(browser.host.tabs).toBe(1);
  tab.live.stop();
  await browser.clock.advance(10_000);
  expect(browser.host.tabs).toBe(0);
  expect(before?.closed).toBe(true);
});
