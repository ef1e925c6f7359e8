import { type Delivery, type HistoryEntry, type OpenDelivery, Problem } from "@bros/sdk";
import { describe, expect, test } from "vitest";
import { fixAge, freshness } from "../src/board/fixes.ts";
import { byRoom, Hands, handOf, nextStop, type RiderOrder } from "../src/board/hands.ts";
import { lastStep, movedOn } from "../src/board/happened.ts";
import { Motion, nextPaint } from "../src/board/map/motion.ts";
import { Undos } from "../src/board/undo.ts";

const open = (id: string, part: Partial<OpenDelivery> = {}): OpenDelivery => ({
  id,
  number: id,
  centerId: "c",
  status: "assigned",
  riderId: "r",
  shopId: "s",
  shopName: "한솥",
  promisedAt: "2026-11-05T10:00:00.000Z",
  version: 1,
  ...part,
});

const handsOf = (list: OpenDelivery[]) => {
  const hands = new Hands();
  hands.change(list, []);
  return hands.make();
};

describe("what is in hand", () => {
  const hands = handsOf([
    open("late", { promisedAt: "2026-11-05T11:00:00.000Z" }),
    open("soon"),
    open("bag", { status: "pickup", promisedAt: "2026-11-05T12:00:00.000Z" }),
    open("nobody", { status: "waiting", riderId: undefined }),
    open("other", { riderId: "q" }),
  ]);

  test("stands by rider, the bag first, then by promise", () => {
    const hand = handOf(hands, "r");
    expect(hand.deliveries.map(({ id }) => id)).toEqual(["bag", "soon", "late"]);
    expect(hand.first).toBe("2026-11-05T10:00:00.000Z");
    expect(nextStop(hand)).toMatchObject({ at: "door", delivery: { id: "bag" } });
    expect(nextStop(handOf(hands, "q"))).toMatchObject({ at: "shop" });
    expect(handOf(hands, "none").deliveries).toEqual([]);
  });

  test("is made of what changed alone, and is what making it anew would give", () => {
    let seed = 4711;
    const random = (n: number) => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % n;
    };
    const riders = [undefined, "a", "b", "c", "d"];
    const hands = new Hands();
    const all = new Map<string, OpenDelivery>();
    const sorted = (map: ReadonlyMap<string, { deliveries: OpenDelivery[] }>) =>
      [...map].map(([id, hand]) => [id, new Set(hand.deliveries)] as const).sort();
    for (let round = 0; round < 1_000; round++) {
      const before = hands.make();
      const touched = new Set<string | undefined>();
      for (let n = random(4); n > 0; n--) {
        const id = String(random(9));
        const delivery = open(id, {
          riderId: riders[random(5)],
          promisedAt: `2026-11-05T10:00:0${random(10)}.000Z`,
          status: random(2) === 0 ? "pickup" : "assigned",
        });
        touched.add(all.get(id)?.riderId);
        if (random(3) === 0) {
          all.delete(id);
          hands.change([], [id]);
        } else {
          touched.add(delivery.riderId);
          all.set(id, delivery);
          hands.change([delivery], []);
        }
      }
      const made = hands.make();
      expect(sorted(made)).toEqual(sorted(handsOf([...all.values()])));
      for (const [id, hand] of before) if (!touched.has(id)) expect(made.get(id)).toBe(hand);
    }
  });

  test("orders riders: free, with room, full, resting, off", () => {
    const rider = (id: string, duty: RiderOrder["duty"] = "on", capacity = 4): RiderOrder => ({
      id,
      name: id,
      duty,
      capacity,
    });
    const list = [
      rider("off", "off"),
      rider("z", "break"),
      rider("r", "on", 3),
      rider("q"),
      rider("b"),
      rider("a"),
    ];
    expect(list.sort(byRoom(hands)).map(({ id }) => id)).toEqual(["a", "b", "q", "r", "z", "off"]);
  });
});

test("a fix is fresh for a minute, stale for five, then says nothing", () => {
  const place = { riderId: "r", lat: 37, lng: 127, at: "2026-11-05T10:00:00.000Z" };
  const at = (seconds: number) => freshness(fixAge(place, Date.parse(place.at) + seconds * 1000));
  expect([at(-5), at(59), at(61), at(299), at(301)]).toEqual(["fresh", "fresh", "stale", "stale", "lost"]);
  expect(freshness(fixAge(undefined, 0))).toBe("lost");
});

describe("riders between fixes", () => {
  const far = 1e-6; // some 30 m

  test("glide to a fix in the time since the one before", () => {
    const motion = new Motion();
    motion.set("r", { x: 0.5, y: 0.5 }, 0);
    expect(motion.place("r", 500)).toEqual({ x: 0.5, y: 0.5 });
    motion.set("r", { x: 0.5 + far, y: 0.5 }, 1_000);
    expect(motion.place("r", 1_500)?.x).toBeCloseTo(0.5 + far / 2, 12);
    expect(motion.speed("r", 1_500)).toBeCloseTo(far / 1_000, 12);
    expect(motion.heading("r")).toBeCloseTo(90);
    // The next one comes before it is there: it goes on from where it is.
    motion.set("r", { x: 0.5 + 2 * far, y: 0.5 }, 1_800);
    expect(motion.place("r", 1_800)?.x).toBeCloseTo(0.5 + 0.8 * far, 12);
    expect(motion.place("r", 9_000)).toEqual({ x: 0.5 + 2 * far, y: 0.5 });
    expect(motion.speed("r", 9_000)).toBe(0);
  });

  test("a jump across the town is no ride, and noise no direction", () => {
    const motion = new Motion();
    motion.set("r", { x: 0.5, y: 0.5 }, 0, 45);
    motion.set("r", { x: 0.5 + 1e-8, y: 0.5 }, 1_000);
    expect(motion.heading("r")).toBe(45);
    motion.set("r", { x: 0.6, y: 0.5 }, 2_000);
    expect(motion.place("r", 2_001)).toEqual({ x: 0.6, y: 0.5 });
  });

  test("are painted as often as it can be seen, and not at all when they stand", () => {
    expect(nextPaint(0)).toBe(Number.POSITIVE_INFINITY);
    expect(nextPaint(1)).toBeLessThan(1);
    expect(nextPaint(0.0005)).toBe(250);
  });
});

describe("undo", () => {
  test("takes the newest deed, each once, and none that is old", () => {
    let now = 0;
    const undone: string[] = [];
    const undos = new Undos(() => now);
    expect(undos.last()).toBe(false);
    const gone: string[] = [];
    let press = () => {};
    const deed = (name: string) =>
      undos.add(
        () => undone.push(name),
        (run) => {
          if (name === "first") press = run;
          return () => gone.push(name);
        },
      );
    deed("first");
    deed("second");
    expect(undos.last()).toBe(true);
    press();
    press();
    expect(undone).toEqual(["second", "first"]);
    expect(gone).toEqual(undone); // nothing on the screen offers it once more
    deed("third");
    now = 31_000;
    expect(undos.last()).toBe(false);
  });
});

describe("somebody was faster", () => {
  const current = { id: "d", status: "assigned", riderName: "이배달" } as Delivery;

  test("a refusal says what the delivery has become; other faults do not", () => {
    expect(movedOn(new Problem("illegal_transition", 409, { current }))).toBe(current);
    expect(movedOn(new Problem("conflict", 409, { current }))).toBe(current);
    expect(movedOn(new Problem("validation", 422, {}))).toBeUndefined();
    expect(movedOn(new Error("no"))).toBeUndefined();
  });

  test("the history names who: the last step to where it is now", () => {
    const step = (seq: number, to: Delivery["status"], name: string): HistoryEntry => ({
      seq,
      to,
      event: `delivery:${to}`,
      actor: { id: name, name, role: "dispatcher" },
    });
    const steps = [
      step(1, "waiting", "a"),
      step(2, "assigned", "b"),
      step(3, "waiting", "c"),
      step(4, "assigned", "d"),
    ];
    expect(lastStep(steps, "assigned")?.actor.name).toBe("d");
    expect(lastStep(steps, "delivered")).toBeUndefined();
  });
});
