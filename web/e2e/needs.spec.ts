import type { Page } from "@playwright/test";
import { sound } from "./axe.ts";
import { expect, live, row, test } from "./fixtures.ts";
import { as, waiting } from "./seed.ts";

// What the system says its user needs, and what screen readers are told.

const pages = ["/board", "/intake", "/monitor", "/reports", "/audit", "/settings"];

/** Buttons and fields that are smaller than a finger. */
function small(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    for (const element of document.querySelectorAll<HTMLElement>("button, select, summary, input, .tab")) {
      if (element.matches("[type=checkbox], [type=radio], .skip") || !element.checkVisibility()) continue;
      const { width, height } = element.getBoundingClientRect();
      if (width > 2 && (width < 43.5 || height < 43.5)) {
        found.push(`${element.outerHTML.slice(0, 90)} ${Math.round(width)}×${Math.round(height)}`);
      }
    }
    return found;
  });
}

test("a finger finds 44 pixels on every page", async ({ open, browser, server, world }) => {
  await waiting(world);
  const desk = await open("manager", "/board");
  const context = await browser.newContext({
    baseURL: server.url,
    storageState: await desk.context().storageState(),
    viewport: { width: 1180, height: 820 },
    hasTouch: true,
    isMobile: true,
  });
  const page = await context.newPage();
  for (const path of pages) {
    await page.goto(`${path}?lang=en`);
    await live(page);
    expect(await page.evaluate(() => matchMedia("(pointer: coarse)").matches)).toBe(true);
    expect.soft(await small(page), path).toEqual([]);
  }
});

for (const media of [{ contrast: "more" }, { forcedColors: "active" }] as const) {
  test(`every page with ${JSON.stringify(media)}`, async ({ open, world }) => {
    const { delivery } = await waiting(world);
    const page = await open("manager", "/board");
    await page.emulateMedia(media);
    for (const path of pages) {
      await page.goto(`${path}?lang=ko`);
      await live(page);
      if (path === "/board") {
        const chosen = row(page, "delivery", delivery.id);
        await chosen.click();
        const outline = await chosen.evaluate((element) => getComputedStyle(element).outlineStyle);
        expect(outline).toBe("forcedColors" in media ? "solid" : "none");
      }
      await sound(page, `${path} ${JSON.stringify(media)}`);
      await page.screenshot({
        path: `test-results/shots/needs-${Object.keys(media)[0]}${path.replace("/", "-")}.png`,
      });
    }
  });
}

test("nothing moves where motion is reduced", async ({ open }) => {
  const page = await open("manager", "/board");
  await page.emulateMedia({ reducedMotion: "reduce" });
  const moving = await page.evaluate(() => {
    const probe = document.body.appendChild(document.createElement("i"));
    probe.style.animation = "toast-in 2s infinite";
    probe.style.transition = "opacity 2s";
    const { animationDuration, transitionDuration } = getComputedStyle(probe);
    return [animationDuration, transitionDuration].map(Number.parseFloat);
  });
  for (const seconds of moving) expect(seconds).toBeLessThan(0.001);
});

test("the connection is told when it changes, not with each ping", async ({ open, server }) => {
  const page = await open("dispatcher", "/board");
  await live(page);
  const said = page.getByTestId("link-said");
  await expect(said).toHaveText("");
  await expect(page.getByTestId("link")).toContainText("ms");
  await expect(said).toHaveText("");
  await server.stop();
  await expect(page.getByTestId("link")).not.toHaveAttribute("data-state", "live", { timeout: 40_000 });
  await expect(said).not.toHaveText("");
});

test("screen readers hear which row of how many, and what stands in it", async ({ open, world }) => {
  const { delivery } = await waiting(world);
  await waiting(world);
  const page = await open("dispatcher", "/board");
  const list = page.getByTestId("delivery-list");
  await expect(list).toHaveAttribute("data-count", "2");
  await list.focus();
  await page.keyboard.press("Home");
  const active = await list.getAttribute("aria-activedescendant");
  const first = page.locator(`[id="${active}"]`);
  await expect(first).toHaveAttribute("aria-posinset", "1");
  await expect(first).toHaveAttribute("aria-setsize", "2");
  await expect(row(page, "delivery", delivery.id)).toHaveAccessibleName(
    new RegExp(`^${delivery.number}, waiting, due .*${delivery.shop.name} to ${delivery.customer.address}`),
  );
  await page.goto("/intake?lang=en");
  const orders = page.getByTestId("order-list");
  await expect(orders).toHaveAttribute("data-count", "2");
  await orders.focus();
  await page.keyboard.press("End");
  const last = page.locator(`[id="${await orders.getAttribute("aria-activedescendant")}"]`);
  await expect(last).toHaveAttribute("aria-posinset", "2");
  await expect(last).toHaveAttribute("aria-selected", "true");
});

test("chat stays at the lines that are read, and tells of new ones", async ({ open, world, server }) => {
  const rider = await as(server.url, "rider1");
  for (let i = 0; i < 40; i++) await rider.say(world.center.id, `line ${i}`);
  const page = await open("dispatcher", "/board");
  await page.getByRole("button", { name: "Chat" }).click();
  const lines = page.locator(".chat-lines");
  await expect(lines.locator(".chat-line")).toHaveCount(40);
  await expect(page.getByTestId("unread")).toHaveCount(0);
  await lines.evaluate((element) => element.scrollTo({ top: 200 }));
  const seen = lines.locator(".chat-line", { hasText: /line 5$/ });
  await expect(seen).toBeInViewport();
  const before = await lines.evaluate((element) => element.scrollTop);
  await rider.say(world.center.id, "the newest");
  await expect(page.getByTestId("chat-below")).toContainText("1 new message");
  expect(await lines.evaluate((element) => element.scrollTop)).toBe(before);
  // What is below is not read yet.
  await expect(page.getByTestId("unread")).toHaveText("1");
  await page.getByTestId("chat-below").click();
  await expect(lines.locator(".chat-line").last()).toBeInViewport();
  await expect(page.getByTestId("unread")).toHaveCount(0);
  await expect(page.getByTestId("chat-below")).toHaveCount(0);
});
