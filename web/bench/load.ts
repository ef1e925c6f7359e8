import { Api, type Center, type Delivery, Rest, type Rider, type Shop } from "@bros/sdk";
import { adminPassword } from "../e2e/server.ts";

/** What the traffic of a bench runs on. */
export interface Field {
  url: string;
  api: Api;
  center: Center;
  riders: Rider[];
  deliveries: Delivery[];
  /** Speak as devices of riders; several, as each may only ask so often. */
  devices: Rest[];
}

const place = (i: number, spread: number) => ({
  lat: 37.5 + ((i * 7919) % 1000) * spread,
  lng: 127.08 + ((i * 104_729) % 1000) * spread,
});

/** Does many things, so many at a time. */
async function many<T>(n: number, atOnce: number, act: (i: number) => Promise<T>): Promise<T[]> {
  const results: T[] = new Array(n);
  let next = 0;
  const worker = async () => {
    for (let i = next++; i < n; i = next++) results[i] = await act(i);
  };
  await Promise.all(Array.from({ length: Math.min(n, atOnce) }, worker));
  return results;
}

/** A center with riders on duty and so many deliveries that wait, a part of them given out. */
export async function sow(url: string, deliveries: number, riders: number): Promise<Field> {
  let token: string | undefined;
  const api = new Api(new Rest({ base: url, token: () => token }));
  token = (await api.login("admin", adminPassword)).data.token;
  const { data: center } = await api.create<Center>("centers", {
    code: "bench",
    name: "송파센터",
    location: { lat: 37.5145, lng: 127.1059 },
    timezone: "Asia/Seoul",
    currency: "KRW",
    assignMode: "dispatch",
  });
  const shops = await many(40, 8, async (i) => {
    const body = {
      centerId: center.id,
      name: `가게 ${i + 1}호점`,
      phone: `0212345${100 + i}`,
      address: `올림픽로 ${i * 10}`,
      location: place(i, 0.00008),
      prepMinutes: 15,
    };
    return (await api.create<Shop>("shops", body)).data;
  });
  const people = await many(riders, 8, async (i) => {
    const body = {
      centerId: center.id,
      name: `라이더${i + 1}`,
      phone: `010${String(20_000_000 + i)}`,
      vehicle: "motorcycle",
      capacity: 10,
    };
    const { data } = await api.create<Rider>("riders", body);
    await api.duty(data.id, "on");
    return data;
  });
  const made = await many(deliveries, 32, async (i) => {
    const amount = 9_000 + (i % 40) * 500;
    const { data } = await api.createOrder({
      shopId: shops[i % shops.length]?.id ?? "",
      channel: "app",
      externalId: `bench-${i}`,
      customer: {
        name: `손님${i}`,
        phone: `0102345${String(1000 + (i % 9000))}`,
        address: `올림픽로 ${i % 700}`,
        addressDetail: `${i % 30}층`,
        location: place(i + 17, 0.0001),
      },
      items: [{ name: "치킨마요 도시락", quantity: 1, price: amount }],
      payment: { method: "card", amount },
      promisedAt: new Date(Date.now() + ((i % 90) + 5) * 60_000).toISOString(),
      accept: true,
    });
    if (!data.delivery) throw new Error("accepted without a delivery");
    return data.delivery;
  });
  const devices = await many(people.length > 0 ? 10 : 0, 4, async (i) => {
    const { data } = await api.create<{ key: string }>("api-keys", {
      name: `device ${i}`,
      scopes: ["riders:write"],
      centerIds: [center.id],
    });
    return new Rest({ base: url, token: () => data.key });
  });
  const field = { url, api, center, riders: people, deliveries: made, devices };
  if (people.length > 0) {
    for (let i = 0; i < (made.length * 2) / 3; i += 50) await give(field, made.slice(i, i + 50), i);
  }
  return field;
}

async function give(field: Field, deliveries: Delivery[], turn: number): Promise<number> {
  const assignments = deliveries.map((delivery, i) => ({
    deliveryId: delivery.id,
    riderId: field.riders[(turn + i * 7) % field.riders.length]?.id ?? "",
    version: delivery.version,
  }));
  const { data } = await field.api.rest.post<{ results: { delivery: Delivery }[] }>(
    "/deliveries/assign",
    { assignments },
    { idempotencyKey: null },
  );
  const byId = new Map(data.results.map(({ delivery }) => [delivery.id, delivery]));
  for (const delivery of deliveries) Object.assign(delivery, byId.get(delivery.id));
  return assignments.length;
}

const tickMs = 100;

/** Changes deliveries, so many a second, until stopped; answers how many it made. */
export function disturb(field: Field, perSecond: number): () => Promise<number> {
  const perTick = Math.round((perSecond * tickMs) / 1000);
  const single = Math.round(perTick / 4);
  const { deliveries } = field;
  let turn = 0;
  let changes = 0;
  let at = 0;
  let running = true;
  const take = (n: number) =>
    Array.from({ length: n }, () => {
      at = (at + 37) % deliveries.length;
      return deliveries[at] as Delivery;
    });
  const unique = (list: Delivery[]) => [...new Set(list)];
  const tick = async () => {
    turn++;
    const back = unique(take(single)).filter((delivery) => delivery.status === "assigned");
    const given = unique(take(perTick - back.length)).filter((delivery) => !back.includes(delivery));
    changes += await give(field, given, turn);
    await Promise.all(
      back.map(async (delivery) => {
        const { data } = await field.api.unassign(delivery.id, "bench", delivery.version);
        Object.assign(delivery, data);
        changes++;
      }),
    );
  };
  const ended = (async () => {
    const startedAt = performance.now();
    for (let n = 1; running; n++) {
      await tick();
      const wait = startedAt + n * tickMs - performance.now();
      if (wait > 0) await new Promise((done) => setTimeout(done, wait));
    }
  })();
  return async () => {
    running = false;
    await ended;
    return changes;
  };
}

/** Moves every rider a little every five seconds, spread evenly, until stopped; answers the fixes. */
export function ride(field: Field): () => Promise<number> {
  let running = true;
  let fixes = 0;
  const everyMs = 5_000;
  const ended = Promise.all(
    field.riders.map(async (rider, i) => {
      const at = place(i, 0.0001);
      await new Promise((done) => setTimeout(done, (i * everyMs) / field.riders.length));
      while (running) {
        at.lat += (Math.random() - 0.5) * 0.0006;
        at.lng += (Math.random() - 0.5) * 0.0006;
        const fix = { ...at, speed: 7, heading: (fixes * 13) % 360, at: new Date().toISOString() };
        await field.devices[i % field.devices.length]?.post(
          `/riders/${rider.id}/positions`,
          { positions: [fix] },
          { idempotencyKey: null },
        );
        fixes++;
        if (running) await new Promise((done) => setTimeout(done, everyMs));
      }
    }),
  );
  return async () => {
    running = false;
    await ended;
    return fixes;
  };
}
