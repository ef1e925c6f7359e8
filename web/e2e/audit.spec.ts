import AxeBuilder from "@axe-core/playwright";
import { expect, row, test } from "./fixtures.ts";
import { waiting } from "./seed.ts";

for (const lang of ["ko", "en"] as const) {
  test(`who did what, and what it was before (${lang})`, async ({ open, world }) => {
    const { delivery } = await waiting(world);
    const rider = world.riders[0]?.id ?? "";
    const other = world.riders[1];
    await world.api.rest.post(`/riders/${rider}/duty`, { duty: "on" });
    await world.api.rest.post(`/riders/${other?.id}/duty`, { duty: "on" });
    await world.api.assign(delivery.id, rider);
    await world.api.rest.patch(`/shops/${world.shops[0]?.id}`, { prepMinutes: 25, phone: "0299998888" });
    await world.api.rest.patch(`/riders/${other?.id}`, { name: "이배달(야간)" });
    const { data: line } = await world.api.say(world.center.id, "010-9999-0000");
    await world.api.removeMessage(world.center.id, line.id, "고객 개인정보");

    // From a delivery's history to what the audit has of it.
    const page = await open("manager", "/board", { lang, dark: lang === "en" });
    await row(page, "delivery", delivery.id).click();
    await page.keyboard.press("h");
    await page.getByTestId("history").getByRole("link").click();
    await page.waitForURL("**/audit?**");
    const rows = page.getByTestId("audit-row");
    await expect(rows).toHaveCount(2);
    await expect(rows.first()).toContainText(lang === "ko" ? "배차" : "assigned");
    await expect(rows.first()).toContainText("김라이더");
    await page.screenshot({ path: `test-results/shots/audit-delivery-${lang}.png` });

    // Everything, page by page.
    await page.getByRole("button", { name: lang === "ko" ? "전체 보기" : "Show everything" }).click();
    await expect(rows.first()).toHaveAttribute("data-event", "session:login");
    await expect(rows.filter({ hasText: "25" }).first()).toBeVisible();
    await page.screenshot({ path: `test-results/shots/audit-${lang}.png` });
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(
      violations.filter((v) => v.impact === "serious" || v.impact === "critical").map((v) => v.id),
    ).toEqual([]);
    await expect(page.locator(".audit-list")).not.toContainText("010-9999");

    await page.locator("select[name=kind]").selectOption("shop");
    await expect(rows.first()).toContainText("02-9999-8888");
    for (const shown of await rows.all()) await expect(shown).toHaveAttribute("data-event", /^shop:/);
    await page.locator("select[name=kind]").selectOption("chat");
    await expect(rows).toHaveCount(1);
    await expect(rows).toContainText("고객 개인정보");
    await page.reload(); // the address keeps the filter
    await expect(rows).toHaveCount(1);
    await page.locator("select[name=kind]").selectOption("");
    await page
      .locator("select[name=actorId]")
      .selectOption({ label: lang === "ko" ? "정매니저 · 매니저" : "정매니저 · manager" });
    await expect(rows).toHaveCount(1);
    await page.locator("input[name=from]").fill("2020-01-01");
    await page.locator("input[name=to]").fill("2020-01-02");
    await expect(rows).toHaveCount(0);
    await page.setViewportSize({ width: 390, height: 844 });
    await page.locator("input[name=to]").fill("2099-01-02");
    await expect(rows).toHaveCount(1);
    await page.screenshot({ path: `test-results/shots/audit-small-${lang}.png` });
  });
}

test("more than a page of it", async ({ open, world }) => {
  const rider = world.riders[0]?.id ?? "";
  for (let i = 0; i < 35; i++) {
    for (const duty of ["on", "off"]) await world.api.rest.post(`/riders/${rider}/duty`, { duty });
  }
  const page = await open("manager", "/audit");
  await page.locator("select[name=kind]").selectOption("rider");
  const rows = page.getByTestId("audit-row");
  await expect(rows).toHaveCount(50);
  await page.getByRole("button", { name: "Earlier ones" }).click();
  await expect(rows).toHaveCount(73);
  const ids = await rows.evaluateAll((all) => all.map((one) => one.getAttribute("data-id")));
  expect(new Set(ids).size).toBe(73);
});
