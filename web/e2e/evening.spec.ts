import type { Delivery, Plan } from "@bros/sdk";
import type { Page } from "@playwright/test";
import { sound } from "./axe.ts";
import { expect, live, row, test } from "./fixtures.ts";
import { as, type World, waiting } from "./seed.ts";

// A dispatcher's evening: the plan followed by keys, corrected by pins, and overruled by hand.

test.describe.configure({ timeout: 240_000 });

const panel = (page: Page) => page.getByTestId("delivery-panel");
const advice = (page: Page) => page.getByTestId("advice");
const inMinutes = (n: number) => new Date(Date.now() + n * 60_000).toISOString();

async function onDuty(world: World, url: string): Promise<void> {
  for (const [i] of world.riders.entries()) {
    const rider = await as(url, `rider${i + 1}`);
    await rider.duty("me", "on");
    const at = new Date().toISOString();
    await rider.positions([{ lat: 37.515 + i * 0.002, lng: 127.107 + i * 0.003, at }]);
  }
}

/** Whom the plan means with a delivery. */
function meant(plan: Plan, id: string): string | undefined {
  return plan.riders.find(({ stops }) => stops.some(({ deliveryId }) => deliveryId === id))?.riderId;
}

async function choose(page: Page, id: string): Promise<void> {
  await row(page, "delivery", id).click();
  await expect(panel(page)).toHaveAttribute("data-id", id);
}

async function pick(page: Page, key: string, name: string): Promise<void> {
  await page.keyboard.press(key);
  await expect(page.getByTestId("pick-rider")).toBeVisible();
  await page.keyboard.type(name);
  await expect(page.locator(".pick-row")).toHaveCount(1);
  await page.keyboard.press("Enter");
  await expect(page.getByTestId("pick-rider")).toHaveCount(0);
}

for (const lang of ["ko", "en"] as const) {
  const ko = lang === "ko";
  test(`the plan by keys: followed, pinned, avoided, overruled, switched (${lang})`, async ({
    open,
    world,
    server,
  }) => {
    await onDuty(world, server.url);
    const nameOf = (id: string | undefined) => world.riders.find((rider) => rider.id === id)?.name ?? "?";
    const made = [];
    for (let i = 0; i < 4; i++) {
      made.push((await waiting(world, { prepMinutes: 5, promisedAt: inMinutes(30 + i) })).delivery);
    }
    const [one, two, three, four] = made.map(({ id }) => id) as [string, string, string, string];
    const plan = () => world.api.plan(world.center.id);
    const record = (id: string) => world.api.delivery(id);
    const page = await open("dispatcher", "/board", { lang, dark: ko });
    await live(page);

    // Each row that waits says whom the plan means, and when.
    await expect(row(page, "delivery", one).locator(".meant")).toBeVisible({ timeout: 20_000 });
    await choose(page, one);
    await expect(advice(page).locator(".meant")).toBeVisible();
    await page.screenshot({ path: `test-results/shots/board-plan-${lang}.png` });
    await sound(page, "the plan on the board");

    // A pin is obeyed within a tick.
    const before = meant(await plan(), one);
    const other = world.riders.find(({ id }) => id !== before);
    await pick(page, "i", other?.name ?? "");
    await expect.poll(async () => (await record(one)).pin).toBe(other?.id);
    await expect.poll(async () => meant(await plan(), one) ?? other?.id).toBe(other?.id);
    await expect(row(page, "delivery", one)).toContainText(other?.name ?? "?");
    await expect(row(page, "delivery", one)).toContainText("⚑");

    // Followed by one key: the rider that the eye has seen has it.
    await expect(async () => {
      await page.keyboard.press("y");
      await expect(row(page, "delivery", one)).toHaveAttribute("data-status", "assigned", { timeout: 2_000 });
    }).toPass();
    expect((await record(one)).riderId).toBe(other?.id);

    // Avoided: another one is meant.
    await choose(page, two);
    await expect(advice(page).locator(".meant")).toBeVisible({ timeout: 20_000 });
    const shunned = nameOf(meant(await plan(), two) ?? world.riders[0]?.id);
    await pick(page, "v", shunned);
    await expect(advice(page)).toContainText(ko ? `제외: ${shunned}` : `Not for ${shunned}`);
    await expect(advice(page).locator(".meant")).not.toContainText(shunned, { timeout: 20_000 });

    // Assigned by hand: the engine leaves it there.
    await choose(page, three);
    await pick(page, "a", world.riders[2]?.name ?? "");
    await expect(row(page, "delivery", three)).toHaveAttribute("data-status", "assigned");
    await expect
      .poll(async () => {
        const lane = (await plan()).riders.find(({ riderId }) => riderId === world.riders[2]?.id);
        return lane?.stops.find(({ deliveryId }) => deliveryId === three)?.level;
      })
      .toBe("locked");

    // The plan on the second monitor.
    const second = await open("manager", "/plan", { lang, dark: !ko });
    await live(second);
    await expect(second.getByTestId("plan-lane")).toHaveCount(3, { timeout: 20_000 });
    await expect(second.locator(`.plan-bar[data-delivery="${three}"]`).first()).toHaveAttribute(
      "data-level",
      "locked",
    );
    await second.screenshot({ path: `test-results/shots/plan-${lang}.png` });
    await sound(second, "the plan");

    // From dispatchers to the server, seen by everybody; what is assigned stays.
    await page.getByTestId("mode").selectOption("auto");
    await expect(page.getByTestId("mode")).toHaveValue("auto");
    await expect(second.getByTestId("mode")).toHaveValue("auto");
    expect((await record(one)).riderId).toBe(other?.id);
    expect((await record(three)).riderId).toBe(world.riders[2]?.id);
    await page.getByTestId("mode").selectOption("dispatch");
    await expect.poll(async () => (await world.api.center(world.center.id)).assignMode).toBe("dispatch");
    expect(four).toBeTruthy();
  });
}

test("all that is due goes by one key, and comes back by another", async ({ open, world, server }) => {
  await onDuty(world, server.url);
  const made: Delivery[] = [];
  for (let i = 0; i < 3; i++) {
    made.push((await waiting(world, { prepMinutes: 1, promisedAt: inMinutes(12) })).delivery);
  }
  const page = await open("dispatcher", "/board");
  await live(page);
  const due = page.locator('.delivery-row .meant[data-meant="go"]');
  await expect.poll(() => due.count(), { timeout: 90_000 }).toBeGreaterThan(0);
  const status = async () =>
    (await Promise.all(made.map(({ id }) => world.api.delivery(id)))).map((d) => d.status);
  await expect(async () => {
    await page.keyboard.press("Shift+Y");
    expect((await status()).filter((s) => s === "assigned").length).toBeGreaterThan(0);
  }).toPass();
  await expect(page.locator(".toast").last()).toBeVisible();
});
