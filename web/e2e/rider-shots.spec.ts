import type { BrowserContext, Page } from "@playwright/test";
import { sound } from "./axe.ts";
import { expect, live, logIn, row, test } from "./fixtures.ts";
import { as, type World, waiting } from "./seed.ts";

// Pictures of the rider's app on small and large phones, and axe's opinion of each.

const folder = "test-results/shots";

const near = (i: number) => ({ lat: 37.515 + i * 0.003, lng: 127.108 + i * 0.004 });

interface Size {
  name: string;
  width: number;
  height: number;
}
const sizes: Size[] = [
  { name: "tall", width: 412, height: 915 },
  { name: "wide", width: 740, height: 360 },
  { name: "small", width: 360, height: 640 },
];

async function shot(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: `${folder}/${name}.png` });
  // Nothing may be wider than the phone.
  const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect.soft(over, `${name} scrolls sideways`).toBeLessThanOrEqual(0);
}

/** One scene on every phone, in light, and in dark on the tall one; axe looks at it on the last. */
async function scene(page: Page, what: string, lang: string, settle = async () => {}): Promise<void> {
  for (const { name, width, height } of sizes) {
    await page.emulateMedia({ colorScheme: name === "tall" && lang === "en" ? "dark" : "light" });
    await page.setViewportSize({ width, height });
    await settle();
    await shot(page, `rider-${what}-${name}-${lang}`);
    // What axe sees is the same in both languages, save for the colours.
    if (name === (lang === "en" ? "tall" : "small")) await sound(page, `${what} in ${lang}`);
  }
}

async function phone(context: BrowserContext, url: string, lang: string, login = "rider1"): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${url}/rider?lang=${lang}`);
  await logIn(page, login);
  await live(page);
  return page;
}

async function order(world: World, i: number, method: "cash" | "card" | "prepaid", memo?: string) {
  return waiting(world, {
    customer: {
      name: ["김민수", "박서연", "최지우"][i % 3],
      phone: `0102345${1000 + i}`,
      address: ["올림픽로35길 124 파크리오", "위례성대로 51", "송파대로 345 헬리오시티"][i % 3],
      addressDetail: ["205동 1203호", "3층", "101동 2501호"][i % 3],
      location: near(i),
      memo,
    },
    items: [
      { name: "치킨마요 도시락", quantity: 2, price: 6_900 },
      { name: "돈까스 정식", quantity: 1, price: 9_500 },
    ],
    payment: { method, amount: 23_300 },
  });
}

for (const lang of ["ko", "en"] as const) {
  test(`rider's app on phones, ${lang}`, async ({ browser, world, server }) => {
    test.slow();
    const context = await browser.newContext({
      viewport: { width: 360, height: 640 },
      hasTouch: true,
      isMobile: true,
      deviceScaleFactor: 2,
      permissions: ["geolocation"],
      geolocation: { latitude: 37.5151, longitude: 127.1071 },
      locale: "en-US",
      timezoneId: "Asia/Seoul",
    });
    const page = await phone(context, server.url, lang);
    await scene(page, "off", lang);
    const api = await as(server.url, "rider1");
    await api.duty("me", "on");
    await page.reload();
    await live(page);
    await scene(page, "idle", lang);
    const me = world.riders[0]?.id ?? "";
    const made = [
      await order(world, 0, "cash", "벨 누르지 말고 문 앞에 놓아 주세요. 아기가 자요."),
      await order(world, 1, "card"),
      await order(world, 2, "prepaid"),
    ];
    for (const { delivery } of made) await world.api.assign(delivery.id, me);
    const [first, second] = made.map(({ delivery }) => delivery.id);
    await expect(page.getByTestId("delivery-row")).toHaveCount(3);
    await page.locator(".toast").first().waitFor({ state: "detached" });
    await scene(page, "pickup", lang);
    await api.act(first ?? "", "pickup", {});
    await expect(row(page, "delivery", first ?? "")).toHaveAttribute("data-status", "pickup");
    const front = row(page, "delivery", first ?? "").locator(".next-front");
    if ((await front.count()) > 0) await front.tap();
    await expect(row(page, "delivery", first ?? "")).toHaveAttribute("data-first", "true");
    await scene(page, "deliver", lang);
    await scene(page, "rest", lang, () =>
      page.locator(".main").evaluate((main) => main.scrollTo(0, main.scrollHeight)),
    );
    await api.act(first ?? "", "deliver", { note: "문 앞" });
    await api.act(second ?? "", "pickup", {});
    await api.act(second ?? "", "deliver", {});
    await page.locator(".tabs button").nth(1).tap();
    await expect(page.getByTestId("done-row")).toHaveCount(2);
    await scene(page, "today", lang);
    await page.locator(".tabs button").nth(2).tap();
    await page.locator(".chat").waitFor();
    await scene(page, "chat", lang);
    await page.locator(".tabs button").nth(3).tap();
    await scene(page, "more", lang);
    await page.locator(".segments button").nth(1).tap();
    await page.locator(".tabs button").first().tap();
    await api.act(made[2]?.delivery.id ?? "", "pickup", {});
    await world.api.cancelDelivery(made[2]?.delivery.id ?? "", "고객 요청");
    await page.locator(".notice").first().waitFor();
    await scene(page, "sun-cancelled", lang);
    await context.close();
  });

  test.describe("claiming", () => {
    test.use({ mode: "claim" });
    test(`offers, ${lang}`, async ({ browser, world, server }) => {
      const context = await browser.newContext({
        viewport: { width: 360, height: 640 },
        hasTouch: true,
        isMobile: true,
        deviceScaleFactor: 2,
        colorScheme: lang === "ko" ? "dark" : "light",
        permissions: ["geolocation"],
        geolocation: { latitude: 37.5151, longitude: 127.1071 },
        timezoneId: "Asia/Seoul",
      });
      await (await as(server.url, "rider1")).duty("me", "on");
      const page = await phone(context, server.url, lang);
      await order(world, 0, "cash");
      await order(world, 1, "card");
      await page.locator(".sheet").waitFor();
      await expect(page.locator(".sheet .primary")).toBeEnabled();
      await shot(page, `rider-offer-${lang}`);
      await sound(page, `an offer in ${lang}`);
      await page.locator(".sheet button").first().tap();
      await page.locator(".sheet button").first().tap();
      await expect(page.locator(".rest .offer")).toHaveCount(2);
      await shot(page, `rider-offers-${lang}`);
      await sound(page, `offers in ${lang}`);
      await context.close();
    });
  });
}
