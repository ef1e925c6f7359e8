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
    await page.getByRole("button", { name: lang === "ko" ? "저장" : "Save", exact: true }).click();
    await expect(page.getByText(/whsec_/)).toBeVisible();
    await world.api.rest.post("/orders", order(world));
    await expect(async () => {
      await page.reload();
      await tab.click();
      await expect(page.getByTestId("hook-row")).toContainText("private", { timeout: 3_000 });
    }).toPass({ timeout: 60_000 });
    await page.screenshot({ path: test.info().outputPath(`webhooks-${lang}.png`), fullPage: true });
  });
}
