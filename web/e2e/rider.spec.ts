import { expect, live, row, test } from "./fixtures.ts";
import { hold, keptOnPhone, newPhone, rideAs, slide } from "./phone.ts";
import { as, waiting } from "./seed.ts";

/** A red picture as a camera would give it, drawn by the browser itself. */
async function picture(page: import("@playwright/test").Page, side: number) {
  const base64 = await page.evaluate(async (size) => {
    const canvas = new OffscreenCanvas(size, size * 0.75);
    const paper = canvas.getContext("2d");
    for (let i = 0; paper && i < 400; i++) {
      paper.fillStyle = `hsl(${(i * 47) % 360} 80% 50%)`;
      paper.fillRect((i * 97) % size, (i * 61) % size, size / 9, size / 9);
    }
    const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: "image/png" })).arrayBuffer());
    return btoa(Array.from(bytes, (b) => String.fromCharCode(b)).join(""));
  }, side);
  return { name: "door.png", mimeType: "image/png", buffer: Buffer.from(base64, "base64") };
}

const customer = {
  name: "김민수",
  phone: "01023451111",
  address: "올림픽로35길 124",
  addressDetail: "205동 1203호",
  location: { lat: 37.516, lng: 127.102 },
  memo: "문 앞에 놓아 주세요",
};
const cash = { method: "cash", amount: 19_000 } as const;

test("a rider's day with a finger: on duty, pick up, proof, deliver, cash, off duty", async ({
  browser,
  world,
  server,
}) => {
  const context = await newPhone(browser, server.url);
  const page = await rideAs(context, "rider1");
  const me = world.riders[0]?.id ?? "";

  const onDuty = page.getByRole("button", { name: "On duty" });
  await onDuty.tap(); // a touch in passing is none
  await expect.poll(async () => (await world.api.rider(me)).duty).toBe("off");
  await hold(onDuty, () => expect.poll(async () => (await world.api.rider(me)).duty).toBe("on"));
  // The place goes out by itself.
  await expect
    .poll(async () => (await world.api.rider(me)).position?.lat, { timeout: 20_000 })
    .toBeCloseTo(37.5151);

  const { delivery } = await waiting(world, { customer, payment: cash });
  await world.api.assign(delivery.id, me);
  const stop = row(page, "delivery", delivery.id);
  await expect(stop).toHaveAttribute("data-status", "assigned");
  await expect(stop).toContainText(delivery.shop.name);
  await expect(stop.getByRole("link", { name: /Call/ })).toHaveAttribute(
    "href",
    `tel:${delivery.shop.phone}`,
  );
  await expect(stop.getByRole("link", { name: /Navigate/ })).toHaveAttribute("href", /^geo:37\./);

  const pickup = stop.getByRole("button", { name: "Pick up" });
  await slide(pickup, 0.4); // let go half way
  await pickup.tap();
  await expect(stop).toHaveAttribute("data-status", "assigned");
  await slide(pickup);
  await expect(stop).toHaveAttribute("data-status", "pickup");
  await expect.poll(async () => (await world.api.delivery(delivery.id)).status).toBe("pickup");

  await expect(stop).toContainText("205동 1203호");
  await expect(stop).toContainText("Collect ₩19,000");
  await stop.getByRole("button", { name: "At the door" }).tap();
  await stop.locator("input[name=photo]").setInputFiles(await picture(page, 2600));
  await expect(stop.locator(".proof-photo img")).toBeVisible();
  await slide(stop.getByRole("button", { name: "Deliver" }));
  await expect(stop).toHaveCount(0);
  // It can be taken back for ten seconds, and is sent after them.
  const status = async () => (await world.api.delivery(delivery.id)).status;
  await expect.poll(status, { timeout: 30_000 }).toBe("delivered");
  const done = await world.api.delivery(delivery.id);
  expect(done.note).toBe("At the door");
  // The act goes first, its photo follows.
  const photoId = async () => (await world.api.delivery(delivery.id)).photoId;
  await expect.poll(photoId).toBeTruthy();
  const photo = await page.request.get(`/api/v1/photos/${await photoId()}`);
  expect(photo.headers()["content-type"]).toBe("image/jpeg");
  expect((await photo.body()).byteLength).toBeLessThan(1_500_000);

  await page.getByRole("button", { name: "Today" }).tap();
  await expect(page.getByTestId("cash")).toHaveText("₩19,000");
  await expect(page.getByTestId("done-row")).toContainText(delivery.number);
  await page.getByRole("button", { name: "Chat" }).tap();
  await page.locator("input[name=text]").fill("비 옵니다");
  await page.getByRole("button", { name: "Send" }).tap();
  await expect(page.locator(".chat-line")).toContainText("비 옵니다");
  await page.getByRole("button", { name: "Now" }).tap();
  await hold(page.getByRole("button", { name: "Off duty" }), () =>
    expect.poll(async () => (await world.api.rider(me)).duty).toBe("off"),
  );
  await context.close();
});

test("a key is asked again, so that a screen reader's user does nothing by mistake", async ({
  open,
  world,
  server,
}) => {
  await (await as(server.url, "rider1")).duty("me", "on");
  const { delivery } = await waiting(world);
  await world.api.assign(delivery.id, world.riders[0]?.id ?? "");
  const page = await open("rider1", "/rider");
  const stop = row(page, "delivery", delivery.id);
  await stop.getByRole("button", { name: "Pick up" }).press("Enter");
  await expect(stop.getByRole("button", { name: "Pick up: press again" })).toBeFocused();
  await expect(stop).toHaveAttribute("data-status", "assigned");
  await page.keyboard.press("Enter");
  await expect(stop).toHaveAttribute("data-status", "pickup");
});

test("a whole delivery without signal, through a closed app: right times, nothing twice", async ({
  browser,
  world,
  server,
}) => {
  await (await as(server.url, "rider1")).duty("me", "on");
  const { delivery } = await waiting(world, { customer, payment: cash });
  await world.api.assign(delivery.id, world.riders[0]?.id ?? "");
  const context = await newPhone(browser, server.url);
  let page = await rideAs(context, "rider1");
  await expect(row(page, "delivery", delivery.id)).toBeVisible();
  await keptOnPhone(page);

  await context.setOffline(true);
  await server.kill();
  const now = Date.now();
  const minutesAgo = (n: number) => now - n * 60_000;
  await page.clock.setFixedTime(minutesAgo(10));
  await slide(row(page, "delivery", delivery.id).getByRole("button", { name: "Pick up" }));
  await expect(row(page, "delivery", delivery.id)).toHaveAttribute("data-status", "pickup");
  await expect(page.locator(".rider-waiting")).toContainText("1 action waits for signal");

  // The app is closed and opened, all without signal.
  await page.reload();
  await expect(row(page, "delivery", delivery.id)).toHaveAttribute("data-status", "pickup");
  await expect(row(page, "delivery", delivery.id)).toContainText("205동 1203호");
  await row(page, "delivery", delivery.id)
    .locator("input[name=photo]")
    .setInputFiles(await picture(page, 800));
  await expect(row(page, "delivery", delivery.id).locator(".proof-photo img")).toBeVisible();
  await page.clock.setFixedTime(minutesAgo(4));
  await slide(row(page, "delivery", delivery.id).getByRole("button", { name: "Deliver" }));
  await expect(row(page, "delivery", delivery.id)).toHaveCount(0);
  await expect(page.locator(".rider-waiting")).toContainText("2 actions wait for signal");
  await page.close();
  page = await context.newPage();
  // The clock is the phone's, and right: minutes have passed.
  await page.clock.setSystemTime(new Date());
  await page.goto("/rider?lang=en");
  await expect(page.locator(".rider-waiting")).toContainText("2 actions wait for signal");
  await server.start();
  await context.setOffline(false);
  await expect
    .poll(async () => (await world.api.delivery(delivery.id)).status, { timeout: 60_000 })
    .toBe("delivered");
  await expect(page.locator(".rider-waiting")).toHaveCount(0);
  const { items } = await world.api.history(delivery.id);
  const acts = items.filter(
    (item) => item.event === "delivery:pickup" || item.event === "delivery:delivered",
  );
  expect(acts.map((item) => item.event)).toEqual(["delivery:pickup", "delivery:delivered"]);
  const at = acts.map((item) => Date.parse(item.deviceAt ?? ""));
  for (const [i, want] of [minutesAgo(10), minutesAgo(4)].entries()) {
    expect(Math.abs((at[i] ?? 0) - want), `time of act ${i}`).toBeLessThan(5_000);
  }
  await expect.poll(async () => (await world.api.delivery(delivery.id)).photoId).toBeTruthy();
  await page.getByRole("button", { name: "Today" }).tap();
  await expect(page.getByTestId("done-row")).toHaveCount(1);
  await context.close();
});

test("what was taken away meanwhile is explained, and holds up nothing", async ({
  browser,
  world,
  server,
}) => {
  const [one, two] = await Promise.all([as(server.url, "rider1"), as(server.url, "rider2")]);
  await one.duty("me", "on");
  await two.duty("me", "on");
  const lost = (await waiting(world)).delivery;
  const kept = (await waiting(world)).delivery;
  for (const { id } of [lost, kept]) await world.api.assign(id, world.riders[0]?.id ?? "");
  const context = await newPhone(browser, server.url);
  const page = await rideAs(context, "rider1");
  await expect(page.getByTestId("delivery-row")).toHaveCount(2);
  await context.setOffline(true);
  for (const { id } of [lost, kept]) {
    await row(page, "delivery", id).getByRole("button", { name: "Pick up" }).click();
    await row(page, "delivery", id).getByRole("button", { name: "Deliver" }).click();
  }
  await expect(page.locator(".rider-waiting")).toContainText("4 actions wait");
  const { version } = await world.api.delivery(lost.id);
  await world.api.assign(lost.id, world.riders[1]?.id ?? "", version);
  await context.setOffline(false);
  await expect
    .poll(async () => (await world.api.delivery(kept.id)).status, { timeout: 60_000 })
    .toBe("delivered");
  expect(await world.api.delivery(lost.id)).toMatchObject({ status: "assigned", riderName: "이배달" });
  const notices = page.locator(".notice[data-kind=bad]");
  await expect(notices).toHaveCount(1);
  await expect(notices).toContainText("the center has been told");
  const { items } = await world.api.history(lost.id);
  expect(items.map((item) => item.event)).toContain("delivery:late_deliver");
  await notices.getByRole("button", { name: "Got it" }).click();
  await expect(notices).toHaveCount(0);
  await context.close();
});

test("an answer that is lost and one that is slow: the act is done once", async ({
  browser,
  world,
  server,
}) => {
  await (await as(server.url, "rider1")).duty("me", "on");
  const { delivery } = await waiting(world);
  await world.api.assign(delivery.id, world.riders[0]?.id ?? "");
  const context = await newPhone(browser, server.url);
  const page = await rideAs(context, "rider1");
  let lost = 0;
  await page.route("**/pickup", async (route) => {
    if (lost++ > 0) return route.continue();
    await route.fetch(); // it arrives; the answer does not
    await route.abort();
  });
  await slide(row(page, "delivery", delivery.id).getByRole("button", { name: "Pick up" }));
  await slide(row(page, "delivery", delivery.id).getByRole("button", { name: "Deliver" }));
  await expect
    .poll(async () => (await world.api.delivery(delivery.id)).status, { timeout: 60_000 })
    .toBe("delivered");
  expect(lost).toBeGreaterThan(1);
  const { items } = await world.api.history(delivery.id);
  expect(items.filter((item) => item.event === "delivery:pickup")).toHaveLength(1);
  expect(items.filter((item) => item.event === "delivery:delivered")).toHaveLength(1);
  await context.close();
});

test("a login that has ended keeps what waits; another rider's sends none of it", async ({
  browser,
  world,
  server,
}) => {
  await (await as(server.url, "rider1")).duty("me", "on");
  const { delivery } = await waiting(world);
  await world.api.assign(delivery.id, world.riders[0]?.id ?? "");
  const context = await newPhone(browser, server.url);
  const page = await rideAs(context, "rider1");
  await expect(row(page, "delivery", delivery.id)).toBeVisible();
  await context.setOffline(true);
  await slide(row(page, "delivery", delivery.id).getByRole("button", { name: "Pick up" }));
  await expect(page.locator(".rider-waiting")).toBeVisible();
  await context.clearCookies(); // the twelve hours are over
  await context.setOffline(false);
  await expect(page.locator("input[name=login]")).toBeVisible({ timeout: 30_000 });
  await expect(page.locator(".bar-waits")).toContainText("김라이더: 1 actions wait on this phone");

  const enter = async (login: string) => {
    await page.locator("input[name=login]").fill(login);
    await page.locator("input[name=password]").fill("a-good-password");
    await page.locator("button[type=submit]").click();
    await live(page);
  };
  await enter("rider2");
  await expect(page.locator(".rider-waiting")).toHaveCount(0);
  await expect(row(page, "delivery", delivery.id)).toHaveCount(0);
  expect((await world.api.delivery(delivery.id)).status).toBe("assigned");
  await page.getByRole("button", { name: "More" }).click();
  await page.getByRole("button", { name: "Log out" }).click();
  await enter("rider1");
  await expect
    .poll(async () => (await world.api.delivery(delivery.id)).status, { timeout: 30_000 })
    .toBe("pickup");
  const { items } = await world.api.history(delivery.id);
  expect(items.find((item) => item.event === "delivery:pickup")?.actor.name).toBe("김라이더");
  await context.close();
});

test("the app is kept on the phone whole, and nothing of the api with it", async ({
  browser,
  server,
  world: _,
}) => {
  const context = await newPhone(browser, server.url);
  const page = await rideAs(context, "rider1");
  await keptOnPhone(page);
  const kept = await page.evaluate(async () => {
    const paths: string[] = [];
    for (const name of await caches.keys()) {
      for (const request of await (await caches.open(name)).keys()) paths.push(new URL(request.url).pathname);
    }
    return paths;
  });
  expect(kept).toContain("/rider");
  expect(kept.filter((path) => path.startsWith("/api"))).toEqual([]);
  const used = await page.evaluate(() =>
    performance
      .getEntriesByType("resource")
      .map((entry) => new URL(entry.name).pathname)
      .filter((path) => path.startsWith("/assets/")),
  );
  expect(used.length).toBeGreaterThan(2);
  expect(kept).toEqual(expect.arrayContaining(used));
  const manifest = await (await page.request.get("/rider.webmanifest")).json();
  for (const { src, type } of manifest.icons) {
    const icon = await page.request.get(src);
    expect(icon.status(), src).toBe(200);
    expect(icon.headers()["content-type"], src).toBe(type);
  }
  await context.close();
});

test("notifications: asked politely, told to the server, ended again", async ({
  browser,
  server,
  world: _,
}) => {
  const context = await newPhone(browser, server.url, { permissions: ["geolocation", "notifications"] });
  // The maker's push service is not to be had in a test: what the browser would get from it is.
  await context.addInitScript(() => {
    let current: unknown = null;
    const b64 = (bytes: Uint8Array) =>
      btoa(String.fromCharCode(...bytes))
        .replace(/\+/g, "-")
        .replace(/\//g, "_")
        .replace(/=+$/, "");
    PushManager.prototype.getSubscription = async () => current as PushSubscription | null;
    PushManager.prototype.subscribe = async (options) => {
      const key = new Uint8Array(options?.applicationServerKey as ArrayBuffer);
      if (key.length !== 65 || !options?.userVisibleOnly) throw new Error("a wrong key");
      const pair = (await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, true, [
        "deriveBits",
      ])) as CryptoKeyPair;
      const point = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
      const endpoint = "https://push.example.com/send/1";
      const keys = { p256dh: b64(point), auth: b64(crypto.getRandomValues(new Uint8Array(16))) };
      current = {
        endpoint,
        toJSON: () => ({ endpoint, keys }),
        unsubscribe: async () => {
          current = null;
          return true;
        },
      };
      return current as PushSubscription;
    };
  });
  const page = await rideAs(context, "rider1");
  await keptOnPhone(page);
  await page.getByRole("button", { name: "On duty" }).click();
  const told = page.waitForResponse((answer) => answer.url().endsWith("/push/subscriptions"));
  await page.getByRole("button", { name: "Yes, ring" }).tap();
  expect((await told).status()).toBe(201);
  await page.getByRole("button", { name: "More" }).tap();
  const toggle = page.getByRole("switch");
  await expect(toggle).toHaveAttribute("aria-checked", "true");
  const ended = page.waitForResponse((answer) => answer.request().method() === "DELETE");
  await toggle.tap();
  expect((await ended).status()).toBe(204);
  await expect(toggle).toHaveAttribute("aria-checked", "false");
  await context.close();
});

test("a place that is not allowed is explained", async ({ browser, server, world: _ }) => {
  const context = await newPhone(browser, server.url, { permissions: [] });
  const page = await rideAs(context, "rider1");
  await page.getByRole("button", { name: "On duty" }).click();
  await expect(page.locator(".notice[data-kind=warn]")).toContainText("The center can't see where you are");
  await context.close();
});

test.describe("claiming", () => {
  test.use({ mode: "claim" });
  test("two riders, one offer: the slower one is told, and it is in nobody's way", async ({
    browser,
    world,
    server,
  }) => {
    const riders = await Promise.all([as(server.url, "rider1"), as(server.url, "rider2")]);
    for (const rider of riders) await rider.duty("me", "on");
    const contexts = await Promise.all([newPhone(browser, server.url), newPhone(browser, server.url)]);
    const [first, second] = await Promise.all(contexts.map((context, i) => rideAs(context, `rider${i + 1}`)));
    if (!first || !second) throw new Error("two phones are needed");
    const { delivery } = await waiting(world, { customer, payment: cash });
    const offer = (page: typeof first) => page.locator(`[data-testid=offer-row][data-id="${delivery.id}"]`);
    await expect(offer(first)).toContainText("₩19,000");
    await expect(offer(second)).toBeVisible();
    await expect(offer(second)).not.toContainText("205동");
    // The other's claim arrives while this one's finger is on the way.
    await second.route("**/claim", async (route) => {
      await riders[0]?.act(delivery.id, "claim", {});
      await route.continue();
    });
    await offer(second).getByRole("button", { name: "Claim" }).tap();
    await expect(second.locator(".toast")).toContainText("another rider was faster");
    await expect(offer(second)).toHaveCount(0);
    await expect(row(first, "delivery", delivery.id)).toHaveAttribute("data-status", "assigned");
    await expect(row(first, "delivery", delivery.id)).toContainText("205동");
    for (const context of contexts) await context.close();
  });
});
