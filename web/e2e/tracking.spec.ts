import { gzipSync } from "node:zlib";
import { sound } from "./axe.ts";
import { expect, test } from "./fixtures.ts";
import { as, waiting } from "./seed.ts";

test("the customer's page: five steps, a range, the rider's name, a map from pickup on, the end", async ({
  page,
  server,
  world,
}) => {
  await page.setViewportSize({ width: 390, height: 844 });
  const loaded = new Map<string, number>();
  page.on("response", async (response) => {
    if (new URL(response.url()).pathname.startsWith("/api/")) return;
    const body = await response.body().catch(() => Buffer.alloc(0));
    loaded.set(new URL(response.url()).pathname, gzipSync(body).length);
  });
  const rider = await as(server.url, "rider1");
  await rider.duty("me", "on");
  const { order, delivery } = await waiting(world);
  await page.goto(`${server.url}${order.trackingUrl}?lang=en`);
  const card = page.getByTestId("tracking");
  await expect(card).toContainText("Your food is being made");
  await expect(card.locator("[aria-current=step]")).toContainText("Cooking");
  await expect(card).toContainText(/\d\d:\d\d–\d\d:\d\d/);
  // Light: all that has been loaded until now, compressed.
  await page.waitForLoadState("networkidle");
  const size = [...loaded.values()].reduce((sum, bytes) => sum + bytes, 0);
  expect(size, JSON.stringify([...loaded])).toBeLessThan(60 * 1024);
  expect([...loaded.keys()].some((path) => path.includes("leaflet"))).toBe(false);
  await expect(page.locator("body")).not.toContainText(delivery.customer.phone ?? "?");

  // The language changes where the page stands.
  await page.getByText("한국어").click();
  await expect(card).toContainText("음식을 만들고 있습니다");
  await expect(page.locator("html")).toHaveAttribute("lang", "ko");
  await page.getByText("English").click();

  // It asks at its own pace, and at once when the phone is back on the line or in the hand.
  const wake = () => page.evaluate(() => window.dispatchEvent(new Event("online")));
  await world.api.assign(delivery.id, world.riders[0]?.id ?? "");
  await expect(card).toContainText("brings your order", { timeout: 20_000 });
  await expect(page.getByTestId("track-map")).toHaveCount(0);
  await rider.positions([{ lat: 37.5151, lng: 127.1071, at: new Date().toISOString() }]);
  await rider.act(delivery.id, "pickup", {});
  await wake();
  await expect(page.getByTestId("track-map").locator(".map-pin-rider")).toBeVisible({ timeout: 30_000 });
  await expect(card).toContainText("away");

  await server.kill();
  await expect(card).toContainText("Trying again", { timeout: 30_000 });
  await server.start();
  await rider.act(delivery.id, "deliver", {});
  await wake();
  await expect(card).toContainText("Delivered at your door", { timeout: 40_000 });
  await expect(page.getByTestId("track-map")).toHaveCount(0);
});

test("a link that leads nowhere says so", async ({ page, server, world: _world }) => {
  await page.goto(`${server.url}/t/nothing-of-the-kind?lang=ko`);
  await expect(page.getByTestId("tracking-gone")).toContainText("조회할 수 없는 주문");
});

test("a held pre-order, and one that could not be handed over, are told calmly", async ({
  page,
  server,
  world,
}) => {
  await page.setViewportSize({ width: 360, height: 740 });
  const promisedAt = new Date(Date.now() + 20 * 3_600_000).toISOString();
  const { order: later } = await waiting(world, { promisedAt });
  await page.goto(`${server.url}${later.trackingUrl}?lang=en`);
  const card = page.getByTestId("tracking");
  await expect(card.locator("h1")).toContainText(/Your order is prepared for .*\d\d:\d\d/);
  await expect(card).not.toContainText("expected");
  await sound(page, "a held order");
  await page.screenshot({ path: "test-results/shots/track-held.png" });

  const rider = await as(server.url, "rider1");
  await rider.duty("me", "on");
  const { order, delivery } = await waiting(world);
  await world.api.assign(delivery.id, world.riders[0]?.id ?? "");
  await rider.act(delivery.id, "pickup", {});
  await rider.act(delivery.id, "problem", { kind: "refused", note: "shouted at me" });
  const resolve = (action: string) => world.api.rest.post(`/deliveries/${delivery.id}/resolve`, { action });
  await resolve("return");
  await page.goto(`${server.url}${order.trackingUrl}?lang=ko`);
  await expect(card.locator("h1")).toHaveText("주문을 전달하지 못했습니다");
  await rider.act(delivery.id, "returned", {});
  await page.reload();
  await expect(card).toHaveAttribute("data-status", "returned");
  await expect(card).toContainText("가게에서 연락드리겠습니다");
  await expect(card).not.toContainText("shouted");
  await sound(page, "an order that was returned");
  await page.screenshot({ path: "test-results/shots/track-returned.png" });
});
