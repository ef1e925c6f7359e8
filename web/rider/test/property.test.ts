import { beforeEach, expect, test } from "vitest";
import { delivery, FakeServer, freshPhone, Phone } from "./helpers.ts";

beforeEach(freshPhone);

/** mulberry32: small, and the same everywhere. */
function random(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

// Signal comes and goes, answers are lost, the browser is killed in the middle of anything: in
// the end every act is done once, in the order it was done in, at the time it was done at.
test.each(Array.from({ length: 40 }, (_, i) => i + 1))("whatever the line does (seed %i)", async (seed) => {
  const next = random(seed);
  const server = new FakeServer();
  let quality = 1;
  server.line = () => (next() < quality ? "ok" : next() < 0.5 ? "lost" : "answer lost");
  let phone = await new Phone(server).start();
  const wanted: { what: string; deliveryId: string; at: string }[] = [];
  let made = 0;

  for (let step = 0; step < 60; step++) {
    const dice = next();
    if (dice < 0.4) {
      const id = String(Math.floor(made / 2));
      const what = made % 2 === 0 ? "pickup" : "deliver";
      made++;
      phone.now += 1 + Math.floor(next() * 60_000);
      wanted.push({ what, deliveryId: id, at: new Date(phone.now).toISOString() });
      const photo = next() < 0.2 ? new Blob(["jpeg"], { type: "image/jpeg" }) : undefined;
      await phone.outbox.add({ what, delivery: delivery(id), photo });
    } else if (dice < 0.55) {
      quality = [0, 0.3, 0.7, 1][Math.floor(next() * 4)] ?? 1;
    } else if (dice < 0.75) {
      // Killed while it may be sending.
      const { now } = phone;
      const under = phone.outbox.flush();
      if (next() < 0.5) await Promise.resolve();
      phone.kill();
      await under.catch(() => {});
      phone = new Phone(server);
      phone.now = now;
      await phone.start();
    } else {
      await phone.later();
    }
  }
  quality = 1;
  phone.kill();
  phone = await new Phone(server).start();
  await phone.outbox.flush();
  await phone.outbox.photosSent();
  expect(phone.waiting.photos).toBe(0);
  expect(phone.shown.acts).toEqual([]);
  expect(phone.shown.refusals).toEqual([]);
  expect(server.done.map(({ what, deliveryId, at }) => ({ what, deliveryId, at }))).toEqual(wanted);
});
