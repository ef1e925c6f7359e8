import { expect, test } from "./fixtures.ts";
import { order } from "./seed.ts";

// A webhook is made, its secret is shown once, and what it does not take is seen.
for (const lang of ["en", "ko"] as const) {
  test(`a webhook in the settings (${lang})`, async ({ open, world }) => {
    const page = await open("manager", "/settings", { lang });
    const tab = page.getByRole("button", { name: lang === "ko" ? "웹훅" : "Webhooks" });
    await tab.click();
    await page.getByRole("button", { name: lang === "ko" ? "추가" : "New", exact: true }).click();
    await page.locator('[name="name"]').fill("ordering app");
    // A private address: bros refuses to call it.
    await page.locator('[name="url"]').fill("http://127.0.0.1:9/bros");
    await page.getByLabel("송파센터").last().check();
    // Orders as a whole, and one event of deliveries.
    const box = (event: string) => page.locator(`[name="events"][value="${event}"]`);
    await box("order:cancelled").check();
    await box("order").check();
    await expect(box("order:cancelled")).toBeDisabled();
    await box("delivery:delivered").check();
    await page.screenshot({ path: `test-results/shots/webhook-events-${lang}.png`, fullPage: true });
    await page.getByRole("button", { name: lang === "ko" ? "저장" : "Save", exact: true }).click();
    await expect(page.getByText(/whsec_/)).toBeVisible();
    const made = await world.api.rest.get<{ items: { events: string[] }[] }>("/webhooks");
    expect(made.items[0]?.events.sort()).toEqual(["delivery:delivered", "order"]);
    await world.api.rest.post("/orders", order(world));
    await expect(async () => {
      await page.reload();
      await tab.click();
      await expect(page.getByTestId("hook-row")).toContainText("private", { timeout: 3_000 });
    }).toPass({ timeout: 60_000 });
    await page.screenshot({ path: test.info().outputPath(`webhooks-${lang}.png`), fullPage: true });
  });
}
