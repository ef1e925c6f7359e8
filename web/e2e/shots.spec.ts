import type { Page } from "@playwright/test";
import { sound } from "./axe.ts";
import { expect, live, row, test } from "./fixtures.ts";
import { as, order, type World, waiting } from "./seed.ts";

// Pictures of every page, for people to look at, and axe's opinion of each. One language is
// looked at in light and the other in dark; what is on the page is the same.

const folder = "test-results/shots";

/** A busy quarter of an hour: something in every state. The answer is a delivery that waits. */
async function busy(world: World, url: string): Promise<string> {
  const riders = await Promise.all([as(url, "rider1"), as(url, "rider2"), as(url, "rider3")]);
  for (const [i, rider] of riders.entries()) {
    await rider.duty("me", "on");
    const at = new Date().toISOString();
    await rider.positions([{ lat: 37.515 + i * 0.002, lng: 127.107 + i * 0.003, speed: 6, at }]);
  }
  const made = await Promise.all(
    Array.from({ length: 24 }, (_, i) =>
      // Some promises are all but over.
      waiting(world, i % 5 === 4 ? { promisedAt: new Date(Date.now() + 4_000).toISOString() } : {}),
    ),
  );
  for (const [i, { delivery }] of made.entries()) {
    const who = i % 3;
    if (i >= 18) continue;
    if (i === 10) {
      await world.api.cancelDelivery(delivery.id, "the customer asked for it");
      continue;
    }
    await world.api.assign(delivery.id, world.riders[who]?.id ?? "");
    if (i >= 15) continue;
    await riders[who]?.act(delivery.id, "pickup", {});
    if (i < 11) await riders[who]?.act(delivery.id, "deliver", {});
  }
  for (let i = 0; i < 4; i++) await world.api.createOrder(order(world));
  return made.at(-1)?.delivery.id ?? "";
}

async function shot(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: `${folder}/${name}.png` });
  await sound(page, name);
}

for (const lang of ["ko", "en"] as const) {
  const dark = lang === "en";
  const small = { lang, phone: true };

  // One day for all pages: to make it takes longer than to look at a page of it.
  test(`every page in ${lang}`, async ({ open, page, world, server }) => {
    test.slow();
    const shown = await busy(world, server.url);

    await test.step("board", async () => {
      const board = await open("dispatcher", "/board", { lang, dark });
      await live(board);
      await row(board, "delivery", shown).click();
      await expect(board.locator(".suggestion").first()).toBeVisible();
      await shot(board, `board-${lang}`);
      await board.close();
      const narrow = await open("dispatcher", "/board", small);
      await live(narrow);
      await expect(row(narrow, "delivery", shown)).toBeVisible();
      await shot(narrow, `board-small-${lang}`);
      await row(narrow, "delivery", shown).click();
      await expect(narrow.locator(".suggestion").first()).toBeVisible();
      await shot(narrow, `board-panel-small-${lang}`);
      await narrow.close();
    });

    await test.step("intake", async () => {
      const intake = await open("agent", "/intake", { lang, dark });
      await live(intake);
      await intake.locator("[data-testid=order-row][data-status=received]").first().click();
      await expect(intake.getByTestId("order-panel")).toBeVisible();
      await shot(intake, `intake-${lang}`);
      await intake.locator(".order-queue header button.primary").click();
      await shot(intake, `phone-order-${lang}`);
      await intake.close();
      const narrow = await open("agent", "/intake", small);
      await live(narrow);
      await narrow.locator("[data-testid=order-row][data-status=received]").first().click();
      await shot(narrow, `intake-small-${lang}`);
      await narrow.close();
    });

    await test.step("rider, customer and login", async () => {
      const rider = await open("rider1", "/rider", { ...small, dark });
      await live(rider);
      await expect(rider.getByTestId("delivery-row").first()).toBeVisible();
      await shot(rider, `rider-${lang}`);
      await rider.close();
      const { items } = await world.api.rest.get<{ items: { trackingUrl: string }[] }>("/orders", {
        status: "accepted",
      });
      await page.setViewportSize({ width: 390, height: 844 });
      await page.goto(`${server.url}${items.at(-1)?.trackingUrl}?lang=${lang}`);
      await expect(page.getByTestId("tracking")).toBeVisible();
      await shot(page, `tracking-${lang}`);
      await page.goto(`${server.url}/login?lang=${lang}`);
      await shot(page, `login-${lang}`);
    });

    await test.step("monitor, reports and settings", async () => {
      const manager = await open("manager", "/monitor", { lang, dark });
      await live(manager);
      await expect(manager.locator("td").first()).toBeVisible();
      await shot(manager, `monitor-${lang}`);
      await manager.locator("nav a[href^='/reports']").click();
      await expect(manager.locator(".tile").first()).toBeVisible();
      await shot(manager, `reports-${lang}`);
      await manager.locator("nav a[href^='/settings']").click();
      await manager.getByRole("button", { name: lang === "ko" ? "가맹점" : "Shops", exact: true }).click();
      await manager.locator(".settings-row button").first().click();
      await expect(manager.getByTestId("entity-form")).toBeVisible();
      await shot(manager, `settings-${lang}`);
    });
  });
}
