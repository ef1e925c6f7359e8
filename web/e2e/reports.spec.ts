import { expect, test } from "./fixtures.ts";
import { as, type World, waiting } from "./seed.ts";

/** A rider has brought this many orders that were paid in cash. */
async function bring(world: World, url: string, n: number): Promise<void> {
  const rider = await as(url, "rider1");
  await rider.duty("me", "on");
  for (let i = 0; i < n; i++) {
    const { delivery } = await waiting(world, { payment: { method: "cash", amount: 11_000 + i * 500 } });
    await world.api.assign(delivery.id, world.riders[0]?.id ?? "");
    await rider.act(delivery.id, "pickup", {});
    await rider.act(delivery.id, "deliver", {});
  }
}

test("a manager reads the day and closes a rider's cash", async ({ open, world, server }) => {
  await bring(world, server.url, 3);
  const refused = await waiting(world, {});
  await world.api.cancelDelivery(refused.delivery.id, "nobody at the door");
  const page = await open("manager", "/reports");
  const figures = page.getByTestId("figures");
  await expect(figures).toContainText("nobody at the door");
  await expect(figures.getByRole("cell", { name: "김라이더" })).toBeVisible();
  await expect(figures.locator("canvas").first()).toBeVisible();
  await page.screenshot({ path: "test-results/shots/reports-day-en.png" });
  await page.getByRole("button", { name: "7 days" }).click();
  await expect(figures.locator("canvas")).toHaveCount(2);
  await page.screenshot({ path: "test-results/shots/reports-week-en.png" });

  await page.getByRole("button", { name: "Cash", exact: true }).click();
  const held = page.getByTestId("cash-row");
  await expect(held).toHaveCount(1);
  await expect(held).toContainText("34,500");
  await held.getByRole("button").click();
  const dialog = page.getByTestId("cash-dialog");
  await dialog.locator("input[name=counted]").fill("34,000");
  await expect(dialog.locator(".cash-off")).toContainText("500");
  await page.screenshot({ path: "test-results/shots/reports-cash-en.png" });
  await dialog.locator("button[type=submit]").click(); // a difference needs a word
  await expect(dialog).toBeVisible();
  await dialog.locator("input[name=note]").fill("change given wrong");
  await dialog.locator("button[type=submit]").click();
  await expect(page.getByTestId("settlement-row")).toContainText("change given wrong");
  await expect(held).toHaveCount(0);
});

test("a delivery made while the cash is counted is not settled unseen", async ({ open, world, server }) => {
  await bring(world, server.url, 1);
  const page = await open("manager", "/reports", { lang: "ko", dark: true });
  await expect(page.getByTestId("figures")).toBeVisible();
  await page.screenshot({ path: "test-results/shots/reports-day-ko.png" });
  await page.getByRole("button", { name: "현금 정산" }).click();
  await page.getByTestId("cash-row").getByRole("button").click();
  const dialog = page.getByTestId("cash-dialog");
  await expect(dialog.locator("li")).toHaveCount(1);
  await bring(world, server.url, 1);
  await dialog.locator("input[name=counted]").fill("11000");
  await dialog.locator("button[type=submit]").click();
  await expect(dialog.locator("li")).toHaveCount(2);
  await dialog.locator("input[name=counted]").fill("22000");
  await dialog.locator("button[type=submit]").click();
  await expect(page.getByTestId("settlement-row")).toContainText("22,000");
});
