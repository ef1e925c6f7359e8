import type { Page } from "@playwright/test";
import { sound } from "./axe.ts";
import { expect, live, row, test } from "./fixtures.ts";
import { newPhone, rideAs, slide } from "./phone.ts";
import { as, waiting } from "./seed.ts";

// Two pages, axe, and the phone's seconds in which a slip is taken back, three times.
test.describe.configure({ timeout: 240_000 });

// What does not go to plan, decided by the keyboard at the board.

const panel = (page: Page) => page.getByTestId("delivery-panel");
const box = (page: Page) => page.getByTestId("problem-box");
const head = (page: Page, group: string) => page.locator(`.group-row[data-group=${group}]`);

async function look(page: Page, what: string): Promise<void> {
  await page.screenshot({ path: `test-results/shots/board-${what}.png` });
  await sound(page, what);
}

for (const lang of ["ko", "en"] as const) {
  const ko = lang === "ko";
  test(`nobody home, a second attempt, back to the shop: keys and a thumb (${lang})`, async ({
    browser,
    open,
    world,
    server,
  }) => {
    await (await as(server.url, "rider1")).duty("me", "on");
    const { delivery, order } = await waiting(world, { payment: { method: "cash", amount: 19_000 } });
    await waiting(world);
    await world.api.assign(delivery.id, world.riders[0]?.id ?? "");
    const record = () => world.api.delivery(delivery.id);
    const page = await open("dispatcher", "/board", { lang, dark: ko });
    await live(page);
    const context = await newPhone(browser, server.url, { dark: !ko });
    const phone = await rideAs(context, "rider1", lang);
    const stop = row(phone, "delivery", delivery.id);
    await slide(stop.locator(".slide"));
    await expect(row(page, "delivery", delivery.id)).toHaveAttribute("data-status", "pickup", {
      timeout: 20_000,
    });

    const tellOfNobody = async () => {
      await stop.getByRole("button", { name: ko ? "문제 신고" : "Problem" }).tap();
      const sheet = phone.getByTestId("problem");
      await sheet.getByRole("button", { name: ko ? "부재중" : "Nobody home" }).tap();
      await sheet.getByRole("button", { name: ko ? "센터에 알리기" : "Tell the center" }).tap();
    };
    await tellOfNobody();
    // After the seconds in which a slip is taken back it stands on top, and one key goes there.
    const trouble = page.locator(".delivery-row[data-apart=problem]");
    await expect(trouble).toHaveAttribute("data-id", delivery.id, { timeout: 30_000 });
    await expect(trouble).toContainText(ko ? "부재중" : "Nobody home");
    await expect(head(page, "problem")).toBeVisible();
    await expect(page.locator(".delivery-row").first()).toHaveAttribute("data-id", delivery.id);
    await page.keyboard.press("p");
    await expect(box(page)).toHaveAttribute("data-kind", "nobody_home");
    await look(page, `problem-${lang}`);
    await page.keyboard.press("t");
    await expect(box(page)).toHaveCount(0);
    await expect(stop.locator(".stop-attempt")).toHaveText(ko ? "2차 시도" : "Attempt 2");
    expect((await record()).attempt).toBe(2);

    await tellOfNobody();
    await expect(box(page)).toContainText(ko ? "2차 시도" : "attempt 2", { timeout: 30_000 });
    // The problem came in this moment: only what the eye has seen is decided about.
    await expect(async () => {
      await page.keyboard.press("b");
      await expect(panel(page)).toHaveAttribute("data-status", "returning", { timeout: 1_000 });
    }).toPass();
    await look(page, `returning-${lang}`);
    await expect(stop).toHaveAttribute("data-status", "returning");
    await slide(stop.locator(".slide"));
    await expect(panel(page)).toHaveAttribute("data-status", "returned", { timeout: 30_000 });
    await expect(panel(page)).toContainText(ko ? "부재중" : "Nobody home");
    expect((await world.api.rest.get<{ status: string }>(`/orders/${order.id}`)).status).toBe("failed");
    await look(page, `returned-${lang}`);

    // It was the wrong bag: said with a reason, and the rider has it again.
    await page.keyboard.press("o");
    await page.keyboard.press("Enter");
    await expect(panel(page)).toHaveAttribute("data-status", "pickup");
    await expect(stop).toHaveAttribute("data-status", "pickup");
    await context.close();
  });
}

test("a problem is written off by one key, and that is undone by another", async ({
  open,
  world,
  server,
}) => {
  const rider = await as(server.url, "rider1");
  await rider.duty("me", "on");
  const { delivery } = await waiting(world);
  await world.api.assign(delivery.id, world.riders[0]?.id ?? "");
  await rider.act(delivery.id, "pickup", {});
  await rider.act(delivery.id, "problem", { kind: "damaged", note: "소스가 샜어요" });
  const page = await open("dispatcher", "/board");
  await live(page);
  await page.keyboard.press("p");
  await expect(box(page)).toContainText("소스가 샜어요");
  await page.keyboard.press("w");
  await expect(panel(page)).toHaveAttribute("data-status", "failed");
  expect((await world.api.delivery(delivery.id)).failReason).toBe("damaged");
  await expect(page.locator(".toast")).toContainText("written off");
  await page.keyboard.press("u");
  await expect(panel(page)).toHaveAttribute("data-status", "pickup");
  // Nothing to decide: the letters do nothing.
  for (const key of ["c", "t", "b", "w"]) await page.keyboard.press(key);
  expect((await world.api.delivery(delivery.id)).status).toBe("pickup");
});

test("pre-orders stand apart with when they come, and are released by a key", async ({ open, world }) => {
  const inMinutes = (n: number) => new Date(Date.now() + n * 60_000).toISOString();
  const later = (await waiting(world, { promisedAt: inMinutes(400) })).delivery;
  const held = (await waiting(world, { promisedAt: inMinutes(240) })).delivery;
  const plain = (await waiting(world)).delivery;
  const page = await open("dispatcher", "/board");
  await live(page);
  await expect(head(page, "held")).toContainText("2");
  await expect(head(page, "waiting")).toContainText("1");
  const ids = () =>
    page
      .locator(".delivery-row")
      .evaluateAll((rows) =>
        rows
          .sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top)
          .map((one) => one.getAttribute("data-id")),
      );
  expect(await ids()).toEqual([plain.id, held.id, later.id]);
  await row(page, "delivery", held.id).click();
  await expect(page.getByTestId("held-box")).toBeVisible();
  await look(page, "held");
  await page.keyboard.press("n");
  await expect(page.getByTestId("held-box")).toHaveCount(0);
  expect((await world.api.delivery(held.id)).heldUntil).toBeUndefined();
  await expect(row(page, "delivery", held.id)).not.toHaveAttribute("data-apart", "held");
});
