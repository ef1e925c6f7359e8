import { sound } from "./axe.ts";
import { expect, live, logIn, row, test } from "./fixtures.ts";
import { as, waiting } from "./seed.ts";

// What the rider's app says when the phone or the line is in trouble, in both languages.

for (const lang of ["ko", "en"] as const) {
  test(`a duty changed by the center, a store that fails, a logout with acts waiting, ${lang}`, async ({
    browser,
    world,
    server,
  }) => {
    const context = await browser.newContext({
      baseURL: server.url,
      viewport: { width: 360, height: 740 },
      hasTouch: true,
      isMobile: true,
      permissions: ["geolocation"],
      geolocation: { latitude: 37.5151, longitude: 127.1071 },
      timezoneId: "Asia/Seoul",
    });
    const page = await context.newPage();
    await page.goto(`/rider?lang=${lang}`);
    await logIn(page, "rider1");
    await live(page);
    const me = world.riders[0]?.id ?? "";
    await (await as(server.url, "dispatcher")).duty(me, "on");
    // By the live line, long before the app would read it again.
    await expect(page.locator(".rider")).toHaveAttribute("data-duty", "on", { timeout: 5_000 });
    const { delivery } = await waiting(world);
    await world.api.assign(delivery.id, me);
    await expect(row(page, "delivery", delivery.id)).toBeVisible();

    await context.setOffline(true);
    await page.evaluate(() => {
      IDBObjectStore.prototype.add = () => {
        throw new Error("the disk is gone");
      };
    });
    const button = row(page, "delivery", delivery.id).locator(".stop-acts button").last();
    await button.press("Enter");
    await page.keyboard.press("Enter");
    await expect(page.locator(".bar-bad")).toBeVisible();
    await page.screenshot({ path: `test-results/shots/rider-unkept-${lang}.png` });
    await sound(page, `an act that is not kept, ${lang}`);
    await page.locator(".tabs button").nth(3).tap();
    await page.locator(".pane > .wide").tap();
    await expect(page.locator(".pane .bar-waits")).toBeVisible();
    await page.locator(".pane > .wide").scrollIntoViewIfNeeded();
    await page.screenshot({ path: `test-results/shots/rider-logout-${lang}.png` });
    await sound(page, `a logout with acts waiting, ${lang}`);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(
      0,
    );
    // From memory, when the signal is back.
    await context.setOffline(false);
    await expect
      .poll(async () => (await world.api.delivery(delivery.id)).status, { timeout: 60_000 })
      .toBe("pickup");
    await expect(page.locator(".bar-bad")).toHaveCount(0);
    await context.close();
  });
}
