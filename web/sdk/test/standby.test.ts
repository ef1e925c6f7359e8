import { expect, test } from "vitest";
import { Standby, type TicketSocket } from "../src/line/standby.ts";
import { Rest } from "../src/rest/rest.ts";
import { Clock } from "./world.ts";

const home = "https://one.test";
const peer = "https://two.test";

/** A socket whose other end the test holds. */
class Socket implements TicketSocket {
  readonly origin: string;
  readonly ticket: string | undefined;
  said: string[] = [];
  closed = false;
  #listeners = new Map<string, ((event: { data: unknown }) => void)[]>();

  constructor(origin: string, ticket: string | undefined) {
    this.origin = origin;
    this.ticket = ticket;
  }
  addEventListener(type: string, listener: (event: { data: unknown }) => void): void {
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener]);
  }
  send(text: string): void {
    this.said.push(text);
  }
  close(): void {
    this.closed = true;
    this.fire("close");
  }
  fire(type: string, data: unknown = ""): void {
    for (const listener of this.#listeners.get(type) ?? []) listener({ data });
  }
}

function world(peers: string[] | undefined = [peer]) {
  const clock = new Clock();
  const asked: string[] = [];
  const state = { up: true, clock, asked, tickets: 0 };
  const fakeFetch = (async (url: string) => {
    asked.push(new URL(url).pathname);
    if (!state.up) throw new TypeError("refused");
    const expiresAt = new Date(clock.now + 600_000).toISOString();
    const ticket = `t${++state.tickets}`;
    return new Response(JSON.stringify({ ticket, expiresAt, peers }), { status: 201 });
  }) as typeof fetch;
  const standby = new Standby<Socket>({
    rest: new Rest({ base: home, fetch: fakeFetch, timeout: clock.timeout }),
    home,
    open: (origin, ticket) => new Socket(origin, ticket),
    now: () => clock.now,
    random: () => 0.5,
    setTimeout: clock.setTimeout,
    clearTimeout: clock.clearTimeout,
  });
  return { ...state, state, standby };
}

/** A socket that opened, and after which home went away for as long as the test wants. */
async function lost(peers?: string[]) {
  const w = world(peers);
  const first = w.standby.connect();
  first.fire("open");
  await w.clock.advance(10_000);
  w.state.up = false;
  first.fire("close");
  return w;
}

test("home stays away: the other node, with the ticket that was kept", async () => {
  const { standby } = await lost();
  expect([1, 2, 3].map(() => standby.connect()).map(({ origin, ticket }) => [origin, ticket])).toEqual([
    [home, undefined],
    [home, undefined],
    [peer, "t1"],
  ]);
  // It opened one socket: without another there is nothing but home.
  expect([1, 2, 3].map(() => standby.connect().origin)).toEqual([home, home, home]);
});

test("the next ticket comes over the socket of the other node", async () => {
  const { standby, clock } = await lost();
  standby.connect();
  standby.connect();
  const there = standby.connect();
  there.fire("open");
  expect(standby.away).toBe(true);
  const { id } = JSON.parse(there.said[0] ?? "{}");
  const expiresAt = new Date(clock.now + 600_000).toISOString();
  there.fire("message", JSON.stringify([{ id: 1 }, { id, ticket: "n1", expiresAt, peers: [peer] }]));
  there.fire("close");
  standby.connect();
  standby.connect();
  expect(standby.connect()).toMatchObject({ origin: peer, ticket: "n1" });
});

test("back home when it has answered twice", async () => {
  const { standby, clock, state } = await lost();
  standby.connect();
  standby.connect();
  const there = standby.connect();
  there.fire("open");
  await clock.advance(40_000);
  expect(there.closed).toBe(false);
  state.up = true;
  await clock.advance(40_000);
  expect(there.closed).toBe(true);
  expect(standby.connect().origin).toBe(home);
});

test("a ticket that has got old is not used", async () => {
  const { standby, clock } = await lost();
  await clock.advance(600_000);
  expect([1, 2, 3, 4].map(() => standby.connect().origin)).toEqual([home, home, home, home]);
});

test("while home serves the ticket is renewed", async () => {
  const { standby, clock, state } = world();
  standby.connect().fire("open");
  await clock.advance(11 * 60_000);
  expect(state.asked).toHaveLength(3);
});

test("without other nodes nothing is kept and nothing asked again", async () => {
  const none = world([]);
  none.standby.connect().fire("open");
  await none.clock.advance(3_600_000);
  expect(none.state.asked).toHaveLength(1);
});
