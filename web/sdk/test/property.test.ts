import { expect, test } from "vitest";
import { Harness } from "./harness.ts";
import { random } from "./random.ts";

const addresses = ["delivery/c", "order/c", "rider/c"];
const first = Number(process.env.BROS_SEED ?? 1);
const seeds = Number(process.env.BROS_SEEDS ?? 20);

test.each(
  Array.from({ length: seeds }, (_, i) => first + i),
)("whatever happens on the way, the page ends equal to the server (BROS_SEED=%i)", async (seed) => {
  const next = random(seed);
  const h = new Harness(next);
  const { server, clock } = h;
  server.partSize = 7;
  await h.start(...addresses);
  for (let step = 0; step < 300; step++) {
    const address = addresses[Math.floor(next() * addresses.length)] ?? "delivery/c";
    const key = `k${Math.floor(next() * 90)}`;
    const dice = next();
    if (dice < 0.6) server.commit(address, key, next() < 0.2 ? undefined : step, () => next() < 0.25);
    else if (dice < 0.65) server.skip();
    else if (dice < 0.69) server.cut(next() < 0.5 ? 1006 : 1012, '{"retryAfterMs":200}');
    else if (dice < 0.71) server.kill();
    else if (dice < 0.75) server.up = true;
    else if (dice < 0.77) server.silent = !server.silent;
    else if (dice < 0.79) server.noSockets = !server.noSockets;
    else if (dice < 0.8) server.deafHttp = !server.deafHttp;
    else if (dice < 0.81) h.engine.wake();
    else if (dice < 0.815) server.newEpoch(`E${step}`);
    else if (dice < 0.82) server.floor = server.seq;
    else if (dice < 0.83) server.slow = next() < 0.5 ? 0 : next() * 8_000;
    else if (dice < 0.86) for (const c of server.clients) c.socket.say({ address, resync: true });
    else await clock.advance(next() * 4_000);
  }
  server.up = true;
  server.silent = false;
  server.noSockets = false;
  server.deafHttp = false;
  server.slow = 0;
  await clock.advance(60_000);
  expect(h.mode).toBe("live");
  for (const address of addresses) {
    expect(Object.fromEntries(h.page.get(address) ?? [])).toEqual(Object.fromEntries(server.state(address)));
  }
});
