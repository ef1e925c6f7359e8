import type { Page } from "@playwright/test";
import { Deployment } from "./deploy.ts";
import { connections, expect, link, live, logIn, row, test } from "./fixtures.ts";
import { waiting } from "./seed.ts";

// What happens to a page that lives long: it is put aside and taken out again, and the server
// gets a newer version under it.

/** Waits for what is painted before the page is left alone. */
async function board(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/login?lang=en&next=/board?lang=en`);
  await logIn(page, "dispatcher");
  await live(page);
}

test("out of the page cache: what was missed is there at once, over one connection", async ({
  open,
  world,
}) => {
  const one = (await waiting(world)).delivery;
  const page = await open("dispatcher", "/board");
  await live(page);
  await expect(row(page, "delivery", one.id)).toBeVisible();
  // Chromium keeps no page that holds a lock, Safari does: the events are what both send.
  const turn = (type: "pagehide" | "pageshow") =>
    page.evaluate((name) => {
      window.dispatchEvent(new PageTransitionEvent(name, { persisted: true }));
    }, type);
  await turn("pagehide");
  await expect.poll(() => connections(world, "dispatcher"), { timeout: 20_000 }).toHaveLength(0);
  await world.api.cancelDelivery(one.id, "test");
  const two = (await waiting(world)).delivery;
  await turn("pageshow");
  await expect(row(page, "delivery", two.id)).toBeVisible({ timeout: 3_000 });
  await expect(row(page, "delivery", one.id)).toHaveAttribute("data-status", "cancelled");
  await expect(link(page)).toHaveAttribute("data-state", "live");
  expect(await connections(world, "dispatcher")).toHaveLength(1);
  // The way a person goes there and back.
  await page.goto("/login?lang=en");
  const three = (await waiting(world)).delivery;
  await page.goBack();
  await expect(row(page, "delivery", three.id)).toBeVisible();
});

test("a deploy under open tabs: old and new each have a worker of their own", async ({
  page: old,
  context,
  server,
  world,
}) => {
  const deployment = new Deployment(server.port);
  const url = await deployment.start();
  // A part that it loads when it has time: once the deploy has taken it away, the page becomes the new one.
  let ask = () => {};
  const asked = new Promise<void>((done) => {
    ask = done;
  });
  await old.route(/\/assets\/Overlays-/, async (route) => {
    await asked;
    await route.continue();
  });
  await board(old, url);
  deployment.version = 2;
  const fresh = await context.newPage();
  await fresh.goto(`${url}/board?lang=en`);
  await live(fresh);
  expect(await fresh.locator("script[type=module]").getAttribute("src")).toContain("-v2");
  const { delivery } = await waiting(world);
  for (const page of [old, fresh]) await expect(row(page, "delivery", delivery.id)).toBeVisible();
  expect(await connections(world, "dispatcher")).toHaveLength(2);
  await world.api.cancelDelivery(delivery.id, "test");
  for (const page of [old, fresh]) {
    await expect(row(page, "delivery", delivery.id)).toHaveAttribute("data-status", "cancelled");
  }
  // The old page's worker dies, and what it lacks can't be had: the page becomes the new one, and joins.
  ask();
  await old.evaluate(() => {
    const { SharedWorker: Known } = window;
    window.SharedWorker = class extends Known {
      constructor(url: string | URL) {
        super(url, { type: "module", name: "the one after" });
      }
    };
    window.dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true }));
    window.dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
  });
  await expect(old.locator("script[type=module]")).toHaveAttribute("src", /-v2/);
  await live(old);
  await expect(row(old, "delivery", delivery.id)).toHaveAttribute("data-status", "cancelled");
  await expect.poll(() => connections(world, "dispatcher"), { timeout: 20_000 }).toHaveLength(1);
  deployment.stop();
});

test("a part of an older page that is gone makes it the newer page", async ({ page, server, world: _ }) => {
  const deployment = new Deployment(server.port);
  const url = await deployment.start();
  await page.goto(`${url}/login?lang=en&next=/intake?lang=en`);
  await logIn(page, "manager");
  await live(page);
  deployment.version = 2;
  await page.getByRole("link", { name: "Monitor" }).click();
  await expect(page.locator("td").first()).toBeVisible();
  expect(await page.locator("script[type=module]").getAttribute("src")).toContain("-v2");
  deployment.stop();
});
