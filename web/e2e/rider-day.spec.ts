import type { Page } from "@playwright/test";
import { sound } from "./axe.ts";
import { expect, row, test } from "./fixtures.ts";
import { keptOnPhone, newPhone, rideAs, slide } from "./phone.ts";
import { as, type World, waiting } from "./seed.ts";

// The day as it really goes, on the rider's phone: corrections, closed doors, the way back, offers.

const customer = {
  name: "김민수",
  phone: "01023451000",
  address: "올림픽로35길 124 파크리오",
  addressDetail: "205동 1203호",
  location: { lat: 37.518, lng: 127.111 },
};
const size = { width: 360, height: 740 };

/** A picture of the phone as it is, and axe's opinion; nothing is wider than the phone. */
async function look(page: Page, what: string): Promise<void> {
  // At rest, whatever has just risen.
  await page.evaluate(() =>
    Promise.all(
      document
        .getAnimations()
        .map(
          (one) =>
            one.playState === "running" && one.effect?.getComputedTiming().duration === 280 && one.finished,
        ),
    ),
  );
  const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect.soft(over, `${what} scrolls sideways`).toBeLessThanOrEqual(0);
  await page.screenshot({ path: `test-results/shots/rider-${what}.png` });
  await sound(page, what);
}

const resolve = (world: World, id: string, action: string) =>
  world.api.rest.post(`/deliveries/${id}/resolve`, { action });

for (const lang of ["ko", "en"] as const) {
  test(`an address corrected while the rider is offline is seen, and stays seen (${lang})`, async ({
    browser,
    world,
    server,
  }) => {
    await (await as(server.url, "rider1")).duty("me", "on");
    const { order, delivery } = await waiting(world, { customer });
    await world.api.assign(delivery.id, world.riders[0]?.id ?? "");
    const context = await newPhone(browser, server.url, { ...size, dark: lang === "ko" });
    const page = await rideAs(context, "rider1", lang);
    const stop = row(page, "delivery", delivery.id);
    await expect(stop).toBeVisible();
    await keptOnPhone(page);
    await context.setOffline(true);
    await world.api.update("orders", order.id, {
      customer: { addressDetail: "207동 904호", memo: "공동현관 #1234", phone: "01023459999" },
      reason: "고객 전화",
    });
    await expect(page.getByTestId("amendment")).toHaveCount(0);
    await context.setOffline(false);
    const card = page.getByTestId("amendment");
    await expect(card).toBeVisible({ timeout: 30_000 });
    await expect(card.locator("del").filter({ hasText: "205동 1203호" })).toBeVisible();
    await expect(card.locator(".amend-is").filter({ hasText: "207동 904호" })).toBeVisible();
    await expect(card.locator(".amend-is").filter({ hasText: "공동현관 #1234" })).toBeVisible();
    await look(page, `amendment-${lang}`);
    // The nod needs no signal.
    await context.setOffline(true);
    await card.locator(".amend-nod").tap();
    await expect(card).toHaveCount(0);
    await page.reload();
    await expect(stop).toContainText("207동 904호");
    await expect(card).toHaveCount(0);
    await context.setOffline(false);
    const seenAt = async () => (await world.api.delivery(delivery.id)).amendment?.seenAt;
    await expect.poll(seenAt, { timeout: 60_000 }).toBeTruthy();
    await context.close();
  });

  test(`nobody home, again, back to the shop: one thumb (${lang})`, async ({ browser, world, server }) => {
    await (await as(server.url, "rider1")).duty("me", "on");
    const { delivery } = await waiting(world, { customer, payment: { method: "cash", amount: 19_000 } });
    const record = () => world.api.delivery(delivery.id);
    await world.api.assign(delivery.id, world.riders[0]?.id ?? "");
    const context = await newPhone(browser, server.url, { ...size, dark: lang === "en" });
    const page = await rideAs(context, "rider1", lang);
    const ko = lang === "ko";
    const stop = row(page, "delivery", delivery.id);
    await stop.getByRole("button", { name: ko ? "도착" : "Arrived" }).tap();
    await expect.poll(async () => (await record()).arrivedShopBy).toBe("rider");
    await page.locator(".toast").first().waitFor({ state: "detached" });
    await look(page, `shop-${lang}`);
    await stop.getByRole("button", { name: ko ? "문제 신고" : "Problem" }).tap();
    await look(page, `problem-shop-${lang}`);
    await page.getByRole("button", { name: ko ? "닫기" : "Close", exact: true }).tap();
    await slide(stop.locator(".slide"));
    await expect.poll(async () => (await record()).status).toBe("pickup");

    await stop.getByRole("button", { name: ko ? "문제 신고" : "Problem" }).tap();
    const sheet = page.getByTestId("problem");
    const tell = sheet.getByRole("button", { name: ko ? "센터에 알리기" : "Tell the center" });
    await expect(tell).toBeDisabled();
    await sheet.getByRole("button", { name: ko ? "부재중" : "Nobody home" }).tap();
    await look(page, `problem-door-${lang}`);
    await tell.tap();
    // A slip is taken back, and nobody has heard of it.
    await page.getByTestId("undo").getByRole("button").tap();
    await expect(page.getByTestId("trouble")).toHaveCount(0);
    expect((await record()).problem).toBeUndefined();
    await stop.getByRole("button", { name: ko ? "문제 신고" : "Problem" }).tap();
    await sheet.getByRole("button", { name: ko ? "부재중" : "Nobody home" }).tap();
    await tell.tap();
    await expect(page.getByTestId("trouble")).toContainText(ko ? "부재중" : "Nobody home");
    await expect(page.getByTestId("undo")).toBeVisible();
    await look(page, `trouble-${lang}`);
    await expect.poll(async () => (await record()).problem?.kind, { timeout: 20_000 }).toBe("nobody_home");
    await expect(page.getByTestId("undo")).toHaveCount(0);

    await resolve(world, delivery.id, "retry");
    await expect(stop.locator(".stop-attempt")).toHaveText(ko ? "2차 시도" : "Attempt 2");
    await expect(page.getByTestId("trouble")).toHaveCount(0);
    await expect(page.locator(".toast").last()).toContainText(ko ? "다시 배달" : "try the door again");
    await look(page, `retry-${lang}`);
    await resolve(world, delivery.id, "return");
    await expect(stop).toHaveAttribute("data-status", "returning");
    await expect(stop).toContainText(delivery.shop.name);
    await stop.getByRole("button", { name: ko ? "직원에게" : "To the staff" }).tap();
    await page.locator(".toast").first().waitFor({ state: "detached", timeout: 20_000 });
    await look(page, `returning-${lang}`);
    await slide(stop.locator(".slide"));
    await expect(stop).toHaveCount(0);
    await expect(page.getByTestId("undo")).toContainText(ko ? "반납 완료" : "returned");
    await look(page, `undo-${lang}`);
    await expect.poll(async () => (await record()).status, { timeout: 20_000 }).toBe("returned");
    expect((await record()).receivedBy).toBe(ko ? "직원에게" : "To the staff");
    await page.getByRole("button", { name: ko ? "오늘" : "Today" }).tap();
    await expect(page.getByTestId("cash")).toHaveText("₩0");
    await context.close();
  });
}

test("given back by one touch; where the center does not let it, that is explained", async ({
  browser,
  world,
  server,
}) => {
  await (await as(server.url, "rider1")).duty("me", "on");
  const made = [await waiting(world), await waiting(world)];
  for (const { delivery } of made) await world.api.assign(delivery.id, world.riders[0]?.id ?? "");
  const context = await newPhone(browser, server.url, size);
  const page = await rideAs(context, "rider1");
  const first = page.locator('[data-testid="delivery-row"][data-first="true"]');
  const giveBack = async () => {
    const id = (await first.getAttribute("data-id")) ?? "";
    await first.getByRole("button", { name: "Problem" }).tap();
    await page.getByTestId("problem").getByRole("button", { name: "Too far" }).tap();
    await expect(row(page, "delivery", id)).toHaveCount(0);
    return id;
  };
  const id = await giveBack();
  await expect.poll(async () => (await world.api.delivery(id)).status, { timeout: 20_000 }).toBe("waiting");
  await expect(page.locator(".toast").filter({ hasText: "taken" })).toHaveCount(0);
  await world.api.update("centers", world.center.id, { riderMayGiveBack: false });
  const kept = await giveBack();
  await expect(page.locator(".notice")).toContainText("does not let riders give back", { timeout: 20_000 });
  await expect(row(page, "delivery", kept)).toBeVisible();
  await context.close();
});

test("a problem, its photo and the rest of the way go without signal, in order", async ({
  browser,
  world,
  server,
}) => {
  await (await as(server.url, "rider1")).duty("me", "on");
  const { delivery } = await waiting(world, { customer });
  await world.api.assign(delivery.id, world.riders[0]?.id ?? "");
  const context = await newPhone(browser, server.url, size);
  const page = await rideAs(context, "rider1");
  const stop = row(page, "delivery", delivery.id);
  await expect(stop).toBeVisible();
  await keptOnPhone(page);
  await context.setOffline(true);
  await slide(stop.locator(".slide"));
  await stop.getByRole("button", { name: "Arrived" }).tap();
  await expect(stop).toContainText(/Arrived \d\d:\d\d/);
  await stop.getByRole("button", { name: "Problem" }).tap();
  const sheet = page.getByTestId("problem");
  await sheet.getByRole("button", { name: "Food damaged" }).tap();
  await sheet.locator("input[name=photo]").setInputFiles({
    name: "photo.png",
    mimeType: "image/png",
    buffer: await page.screenshot(),
  });
  await expect(sheet.locator(".proof-photo img")).toBeVisible();
  await sheet.locator("input[name=note]").fill("국물이 샜어요");
  await sheet.getByRole("button", { name: "Tell the center" }).tap();
  await expect(page.getByTestId("trouble")).toContainText("Food damaged, 국물이 샜어요");
  await expect(page.locator(".rider-waiting")).toContainText("3 actions wait");
  // The app is closed at once: what was done is kept, and goes when it is opened with signal.
  await page.close();
  await context.setOffline(false);
  await rideAgain();
  const record = () => world.api.delivery(delivery.id);
  await expect.poll(async () => (await record()).problem?.kind, { timeout: 60_000 }).toBe("damaged");
  await expect.poll(async () => (await record()).problem?.photoId, { timeout: 30_000 }).toBeTruthy();
  const { items } = await world.api.history(delivery.id);
  const own = items.filter((item) => item.actor.role === "rider").map((item) => item.event);
  expect(own).toEqual(["delivery:pickup", "delivery:arrived", "delivery:problem", "delivery:changed"]);
  expect((await record()).problem?.note).toBe("국물이 샜어요");
  await context.close();

  async function rideAgain(): Promise<void> {
    const again = await context.newPage();
    await again.goto("/rider?lang=en");
    await expect(again.getByTestId("trouble")).toBeVisible();
  }
});

test("what was written off, and a late act on it, are told in the rider's words", async ({
  browser,
  world,
  server,
}) => {
  await (await as(server.url, "rider1")).duty("me", "on");
  const { delivery } = await waiting(world, { customer });
  await world.api.assign(delivery.id, world.riders[0]?.id ?? "");
  await (await as(server.url, "rider1")).act(delivery.id, "pickup", {});
  await resolve(world, delivery.id, "return");
  const context = await newPhone(browser, server.url, size);
  const page = await rideAs(context, "rider1");
  const stop = row(page, "delivery", delivery.id);
  await expect(stop).toHaveAttribute("data-status", "returning");
  await context.setOffline(true);
  await slide(stop.locator(".slide"));
  await world.api.rest.post(`/deliveries/${delivery.id}/resolve`, { action: "fail", reason: "damaged" });
  await context.setOffline(false);
  const notices = page.locator(".notice");
  await expect(notices.filter({ hasText: "the return does not count" })).toContainText(
    "already closed it as not delivered",
    { timeout: 30_000 },
  );
  await expect(notices.filter({ hasText: "was closed as not delivered" })).toBeVisible();
  await look(page, "failed");
  for (let n = await notices.count(); n > 0; n--) {
    await notices.first().getByRole("button", { name: "Got it" }).tap();
  }
  await expect(notices).toHaveCount(0);
  await context.close();
});

test.describe("asking", () => {
  test.use({ mode: "offer" });

  for (const lang of ["ko", "en"] as const) {
    test(`an offer is declined, the next rider is asked and accepts; one lapses (${lang})`, async ({
      browser,
      world,
      server,
    }) => {
      const ko = lang === "ko";
      await world.api.update("centers", world.center.id, { offerSeconds: 25 });
      const context = await newPhone(browser, server.url, { ...size, dark: ko });
      const other = await newPhone(browser, server.url, size);
      const pages = [await rideAs(context, "rider1", lang), await rideAs(other, "rider2", "en")];
      const [one, two] = pages as [Page, Page];
      const riders = await Promise.all([as(server.url, "rider1"), as(server.url, "rider2")]);
      for (const rider of riders) {
        await rider.duty("me", "on");
        await rider.positions([{ lat: 37.5151, lng: 127.1071, at: new Date().toISOString() }]);
      }
      const { delivery } = await waiting(world, { customer });
      const asked = async () => (await world.api.delivery(delivery.id)).offer?.riderId;
      await expect.poll(asked, { timeout: 20_000 }).toBeTruthy();
      const firstIsOne = (await asked()) === world.riders[0]?.id;
      const [first, second] = firstIsOne ? [one, two] : [two, one];
      const card = first.getByTestId("ask");
      await expect(card).toContainText(delivery.shop.name);
      await expect(card).toContainText(customer.address);
      await expect(card).not.toContainText("1203");
      await expect(card.locator(".ring-number")).toHaveText(/^\d+$/);
      const decline = card.getByRole("button", { name: /^(Decline|거절)$/ });
      await expect(decline).toBeEnabled();
      await look(first, `ask-${firstIsOne ? lang : "second"}-${lang}`);
      await decline.tap();
      await expect(card).toHaveCount(0);

      const next = second.getByTestId("ask");
      await expect(next).toBeVisible({ timeout: 20_000 });
      const accept = next.getByRole("button", { name: /^(Accept|수락)$/ });
      await expect(accept).toBeEnabled();
      await look(second, `ask-next-${lang}`);
      await accept.tap();
      await expect(next).toHaveCount(0);
      await expect(row(second, "delivery", delivery.id)).toBeVisible();
      await expect.poll(async () => (await world.api.delivery(delivery.id)).status).toBe("assigned");
      const { items } = await world.api.rest.get<{ items: { status: string }[] }>("/offers", {
        centerId: world.center.id,
      });
      expect(items.map(({ status }) => status).sort()).toEqual(["accepted", "declined"]);

      // The second is off duty: whoever is left lets it lapse.
      await world.api.update("centers", world.center.id, { offerSeconds: 5 });
      await riders[firstIsOne ? 1 : 0]?.duty("me", "break");
      await waiting(world, { customer });
      await expect(card).toBeVisible({ timeout: 20_000 });
      const says = (korean: string, english: string) =>
        expect(
          first
            .locator(".toast")
            .filter({ hasText: firstIsOne && ko ? korean : english })
            .first(),
        ).toBeVisible({ timeout: 30_000 });
      await says("배차 요청이 끝났습니다", "the offer has ended");
      // Nobody else is left, so it is asked again: the third lapse gives it a break.
      await says("휴식으로 바뀌었습니다", "You are on a break");
      await expect(card).toHaveCount(0);
      await context.close();
      await other.close();
    });
  }
});
