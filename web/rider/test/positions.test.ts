import { Problem } from "@bros/sdk";
import { beforeEach, expect, test } from "vitest";
import { fixOf, mostKept, oldestMs, Positions, type Sharing, worthKeeping } from "../src/positions.ts";
import { type Fix, Store } from "../src/store.ts";
import { away, freshPhone } from "./helpers.ts";

beforeEach(freshPhone);

const start = Date.parse("2026-11-23T10:00:00Z");
const fix = (seconds: number, metresEast = 0, extra: Partial<Fix> = {}): Fix => ({
  lat: 37.5,
  lng: 127 + metresEast / 88_300,
  at: new Date(start + seconds * 1000).toISOString(),
  ...extra,
});

test.each([
  ["the first", undefined, fix(0), true],
  ["an older one", fix(10), fix(5, 500), false],
  ["on the way, far enough", fix(0), fix(5, 40), true],
  ["on the way, too soon", fix(0), fix(2, 40), false],
  ["standing", fix(0), fix(10, 3), false],
  ["standing for long", fix(0), fix(31, 0), true],
  ["a poor one", fix(0), fix(6, 400, { accuracy: 900 }), false],
  ["a poor one after a while", fix(0), fix(40, 400, { accuracy: 900 }), true],
])("what is kept on the way: %s", (_what, last, next, want) => {
  expect(worthKeeping(last, next, "ride")).toBe(want);
});

test("between deliveries less is kept", () => {
  expect(worthKeeping(fix(0), fix(5, 40), "idle")).toBe(false);
  expect(worthKeeping(fix(0), fix(31, 40), "idle")).toBe(true);
});

test("a fix has none of the browser's nulls, and the server's time", () => {
  const coords = { latitude: 37.5, longitude: 127, accuracy: 8, heading: Number.NaN, speed: null };
  const got = fixOf({ coords, timestamp: start } as GeolocationPosition, 2_000, 0.5);
  expect(JSON.parse(JSON.stringify(got))).toEqual({ ...fix(2), accuracy: 8, battery: 0.5 });
});

/** A phone that moves when the test says so. */
async function setup(store?: Store) {
  const kept = store ?? (await Store.open());
  const state = {
    sent: [] as Fix[][],
    fail: undefined as unknown,
    user: "u",
    sharing: [] as Sharing[],
    watches: [] as PositionOptions[],
    cleared: 0,
    now: start,
    offset: 0 as number | undefined,
  };
  let move: PositionCallback = () => {};
  let deny: PositionErrorCallback = () => {};
  const timers: (() => void)[] = [];
  const positions = new Positions("u", kept, {
    geolocation: {
      watchPosition: (ok, no, options) => {
        move = ok;
        deny = no ?? deny;
        return state.watches.push(options ?? {});
      },
      clearWatch: () => {
        state.cleared++;
      },
    },
    send: async (fixes) => {
      if (state.fail) throw state.fail;
      state.sent.push(fixes);
    },
    user: async () => state.user,
    exclusive: async (send) => {
      await send();
      return true;
    },
    battery: () => undefined,
    now: () => state.now,
    offset: () => state.offset,
    setTimeout: (fn) => timers.push(fn),
    clearTimeout: () => timers.splice(0),
    tell: (sharing) => state.sharing.push(sharing),
    here: () => {},
  });
  const at = (f: Fix) => {
    const coords = {
      latitude: f.lat,
      longitude: f.lng,
      accuracy: f.accuracy ?? 5,
      heading: null,
      speed: null,
    };
    move({ coords, timestamp: Date.parse(f.at) } as unknown as GeolocationPosition);
  };
  const settled = async (n: number) => {
    await expect.poll(async () => (await kept.fixes("u", 1e6)).length).toBe(n);
  };
  return {
    positions,
    state,
    store: kept,
    at,
    deny: (code: number) => deny({ code, PERMISSION_DENIED: 1 } as never),
    settled,
  };
}

test("fixes are sent in batches, oldest first, and forgotten", async () => {
  const s = await setup();
  s.positions.pace("ride");
  for (let i = 0; i < 5; i++) s.at(fix(i * 5, i * 50));
  await s.positions.flush();
  await expect.poll(() => s.state.sent.flat().length).toBe(5);
  expect(s.state.sent.flat().map((f) => f.at)).toEqual([0, 5, 10, 15, 20].map((n) => fix(n).at));
  expect(s.state.sharing).toContain("on");
  await s.settled(0);
});

test("without signal they wait on the phone, through a kill, and no call carries too many", async () => {
  const s = await setup();
  s.state.fail = away();
  s.positions.pace("ride");
  for (let i = 0; i < 620; i++) s.at(fix(i * 5, i * 50));
  await s.settled(620);
  s.positions.stop();
  const again = await setup(s.store);
  await again.positions.flush();
  expect(again.state.sent.map((batch) => batch.length)).toEqual([500, 120]);
  expect(again.state.sent[0]?.[0]?.at).toBe(fix(0).at);
  await again.settled(0);
});

test("a heap of fixes is not sent under another's login", async () => {
  const s = await setup();
  for (let i = 0; i < 30; i++) await s.store.addFix({ ...fix(i), userId: "u" });
  s.state.user = "v";
  await s.positions.flush();
  expect(s.state.sent).toEqual([]);
  await s.settled(30);
});

test("places of a phone whose clock is wrong are sent by the server's clock", async () => {
  const s = await setup();
  s.state.offset = undefined;
  s.state.fail = away();
  s.positions.pace("ride");
  s.at(fix(1_200)); // 20 minutes ahead
  await s.settled(1);
  s.state.offset = -1_200_000;
  s.state.fail = undefined;
  const sent = async () => {
    await s.positions.flush();
    return s.state.sent.flat().map((f) => f.at);
  };
  await expect.poll(sent).toEqual([fix(0).at]);
});

test("what the server will never take is dropped", async () => {
  const s = await setup();
  await s.store.addFix({ ...fix(0), userId: "u" });
  s.state.fail = new Problem("validation", 422, {});
  await s.positions.flush();
  await s.settled(0);
});

test("the store is bounded: too old goes, and the oldest of too many", async () => {
  const s = await setup();
  for (let i = 0; i < 30; i++) await s.store.addFix({ ...fix(i), userId: "u" });
  await s.store.boundFixes(fix(10).at, mostKept);
  expect((await s.store.fixes("u", 100)).map((f) => f.at)[0]).toBe(fix(10).at);
  await s.store.boundFixes(fix(-oldestMs / 1000).at, 5);
  expect((await s.store.fixes("u", 100)).map((f) => f.at)).toEqual(
    [25, 26, 27, 28, 29].map((n) => fix(n).at),
  );
});

test("off duty nothing is watched; on the way more is asked of the phone", async () => {
  const s = await setup();
  s.positions.pace("idle");
  s.positions.pace("ride");
  s.positions.pace("off");
  expect(s.state.watches.map((options) => options.enableHighAccuracy)).toEqual([false, true]);
  expect(s.state.cleared).toBe(2);
  s.at(fix(0));
  await s.settled(0);
  expect(s.state.sharing.at(-1)).toBe("off");
});

test("a denial is told, a basement is not", async () => {
  const s = await setup();
  s.positions.pace("idle");
  s.deny(2);
  expect(s.state.sharing).not.toContain("denied");
  s.deny(1);
  expect(s.state.sharing.at(-1)).toBe("denied");
});
