import { gzipSync } from "node:zlib";
import type { Center } from "@bros/sdk";
import type { Page, Response } from "@playwright/test";
import { connections, expect, live, logIn, row, test } from "./fixtures.ts";
import { as, password, type World, waiting } from "./seed.ts";

const list = (page: Page) => page.getByTestId("delivery-list");
const rows = (page: Page) => page.getByTestId("delivery-row");

/** So many deliveries that wait, each promised a minute after the one before. */
async function queue(world: World, n: number, extra: Parameters<typeof waiting>[1] = {}) {
  const base = Date.now() + 30 * 60_000;
  const made = [];
  for (let i = 0; i < n; i++) {
    const promisedAt = new Date(base + i * 60_000).toISOString();
    made.push((await waiting(world, { promisedAt, ...extra })).delivery);
  }
  return made;
}

/** Resolves when what a page does after the paint that follows a key is done. */
const painted = (page: Page) =>
  page.evaluate(
    () =>
      new Promise<void>((done) =>
        requestAnimationFrame(() => setTimeout(() => requestAnimationFrame(() => setTimeout(done)))),
      ),
  );

test("nothing moves under the mouse; the list sorts itself when it leaves", async ({ open, world }) => {
  const [first, second, third] = await queue(world, 3);
  const page = await open("dispatcher", "/board");
  await live(page);
  await expect(rows(page)).toHaveCount(3);
  const target = row(page, "delivery", third?.id ?? "");
  await target.hover();
  const before = await target.boundingBox();
  await world.api.cancelDelivery(first?.id ?? "", "test");
  const early = (await waiting(world, { promisedAt: new Date(Date.now() + 60_000).toISOString() })).delivery;
  // What happened is told, and the row that has come can be seen, but nothing has moved.
  await expect(row(page, "delivery", first?.id ?? "")).toHaveAttribute("data-status", "cancelled");
  await expect(list(page)).toHaveAttribute("data-count", "4");
  await expect(row(page, "delivery", early.id)).toBeVisible();
  await expect(page.locator(".list-stirred")).toContainText("2 changed");
  expect(await target.boundingBox()).toEqual(before);
  await page.mouse.move(5, 5);
  await expect(page.locator(".list-stirred")).toHaveCount(0);
  await expect.poll(() => ids(page)).toEqual([early.id, second?.id, third?.id, first?.id]);
});

/** Ids of the painted rows, from top to bottom. */
async function ids(page: Page): Promise<(string | undefined)[]> {
  return rows(page).evaluateAll((elements) =>
    elements
      .map((element) => ({ id: element.dataset.id, top: element.getBoundingClientRect().top }))
      .sort((a, b) => a.top - b.top)
      .map(({ id }) => id),
  );
}

test("filters, and filters under a name that a reload keeps", async ({ open, world }) => {
  const deliveries = await queue(world, 6);
  const page = await open("dispatcher", "/board");
  await expect(list(page)).toHaveAttribute("data-count", "6");
  const shopName = deliveries[0]?.shop.name ?? "";
  const ofShop = deliveries.filter(({ shop }) => shop.name === shopName).length;
  await page.getByRole("combobox", { name: "Shop" }).selectOption({ label: shopName });
  await expect(list(page)).toHaveAttribute("data-count", String(ofShop));
  await page.getByTestId("saved-filters").locator("summary").click();
  await page.locator("input[name=filterName]").fill("one shop");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.reload();
  await expect(list(page)).toHaveAttribute("data-count", "6");
  await page.getByTestId("saved-filters").locator("summary").click();
  await page.getByRole("button", { name: "one shop", exact: true }).click();
  await expect(list(page)).toHaveAttribute("data-count", String(ofShop));
  await page.getByRole("button", { name: "Clear filter" }).click();
  await expect(list(page)).toHaveAttribute("data-count", "6");

  await page.locator("input[name=search]").fill(deliveries[3]?.customer.phone ?? "");
  await expect(rows(page)).toHaveCount(1);
  await page.locator("input[name=search]").fill("");
  // Each quarter of an hour holds those that are promised in it.
  const quarters = page.getByRole("combobox", { name: "Promise" });
  const all = new Set<string>();
  for (const option of await quarters.locator("option").all()) {
    const value = (await option.getAttribute("value")) ?? "";
    if (!value) continue;
    await quarters.selectOption(value);
    const end = new Date(Date.parse(value) + 15 * 60_000).toISOString();
    const within = deliveries.filter((d) => (d.promisedAt ?? "") >= value && (d.promisedAt ?? "") < end);
    await expect(list(page)).toHaveAttribute("data-count", String(within.length));
    for (const { id } of within) all.add(id);
  }
  expect(all.size).toBe(6);
});

test("columns, order and groups are chosen, and stay chosen", async ({ open, world, server }) => {
  await (await as(server.url, "rider1")).duty("me", "on");
  const deliveries = await queue(world, 4);
  await world.api.assign(deliveries[2]?.id ?? "", world.riders[0]?.id ?? "");
  const page = await open("dispatcher", "/board");
  await expect(rows(page)).toHaveCount(4);
  const menu = page.getByTestId("view-menu");
  await menu.locator("summary").click();
  await menu.getByLabel("Customer").check();
  await menu.getByLabel("Group by").selectOption("rider");
  await expect(page.locator(".group-row").first()).toContainText("Nobody yet");
  await expect(page.locator(".group-row").nth(1)).toContainText("김라이더");
  await menu.locator("summary").click();
  await page.locator(".list-head").getByRole("button", { name: "No." }).click();
  await page.locator(".list-head").getByRole("button", { name: "No." }).click();
  await page.mouse.move(5, 5);
  const numbers = () => rows(page).locator(".strong").allTextContents();
  const descending = [deliveries[3], deliveries[1], deliveries[0]].map((d) => d?.number ?? "");
  await expect.poll(async () => (await numbers()).filter((n) => descending.includes(n))).toEqual(descending);
  await page.reload();
  await expect(rows(page)).toHaveCount(4);
  await expect(page.locator(".list-head")).toContainText("Customer");
  await expect(row(page, "delivery", deliveries[0]?.id ?? "")).toContainText(
    deliveries[0]?.customer.name ?? "?",
  );
});

test("through a long list by keys, with the focus where it was", async ({ open, world }) => {
  const deliveries = await queue(world, 60);
  const page = await open("dispatcher", "/board");
  await expect(list(page)).toHaveAttribute("data-count", "60");
  await list(page).focus();
  const at = (n: number) => row(page, "delivery", deliveries[n]?.id ?? "");
  await page.keyboard.press("ArrowDown");
  await expect(at(0)).toHaveAttribute("data-active", "true");
  await page.keyboard.press("End");
  await expect(at(59)).toHaveAttribute("data-active", "true");
  await expect(at(59)).toBeInViewport();
  await page.keyboard.press("ArrowUp");
  await expect(at(58)).toHaveAttribute("data-active", "true");
  await page.keyboard.press("PageUp");
  await expect(at(58)).toHaveAttribute("data-active", "false");
  await page.keyboard.press("Home");
  await expect(at(0)).toHaveAttribute("data-active", "true");
  await painted(page); // the order is held from the paint after a key on
  // The row that the keyboard is at goes: the focus stays with the list.
  await world.api.cancelDelivery(deliveries[0]?.id ?? "", "test");
  await expect(at(0)).toHaveAttribute("data-status", "cancelled");
  await expect(list(page)).toBeFocused();
  await expect(page.getByTestId("delivery-panel")).toHaveAttribute("data-status", "cancelled");
  await page.keyboard.press("ArrowDown");
  await expect(list(page)).toBeFocused();
  await expect(at(1)).toHaveAttribute("data-active", "true");
});

test("several rows are marked by Shift, by Ctrl and by keys", async ({ open, world }) => {
  const deliveries = await queue(world, 8);
  const page = await open("dispatcher", "/board");
  await expect(rows(page)).toHaveCount(8);
  const at = (n: number) => row(page, "delivery", deliveries[n]?.id ?? "");
  const marked = page.locator("[data-testid=delivery-row][aria-selected=true]");
  await at(1).click();
  await at(4).click({ modifiers: ["Shift"] });
  await expect(marked).toHaveCount(4);
  await at(6).click({ modifiers: ["Control"] });
  await expect(marked).toHaveCount(5);
  await at(2).click({ modifiers: ["Control"] });
  await expect(marked).toHaveCount(4);
  await at(0).click();
  await expect(marked).toHaveCount(1);
  await list(page).focus();
  await page.keyboard.press("Shift+ArrowDown");
  await page.keyboard.press("Shift+ArrowDown");
  await expect(marked).toHaveCount(3);
  await page.keyboard.press("Control+a");
  await expect(marked).toHaveCount(8);
});

test("centers side by side, each with a list of its own", async ({ open, world, server }) => {
  const { data: second } = await world.api.create<Center>("centers", {
    ...{ code: "gangnam", name: "강남센터", timezone: "Asia/Seoul", currency: "KRW", assignMode: "dispatch" },
    location: { lat: 37.49, lng: 127.03 },
  });
  await queue(world, 2);
  const page = await open("admin", "/board");
  await expect(list(page)).toHaveAttribute("data-count", "2");
  await page.getByTestId("view-menu").locator("summary").click();
  await page.getByTestId("view-menu").getByLabel("Centers side by side").check();
  await expect(list(page)).toHaveCount(2);
  await expect(
    page.locator(".list-column", { hasText: second.name }).getByTestId("delivery-list"),
  ).toHaveAttribute("data-count", "0");
  await queue(world, 1);
  await expect(
    page.locator(".list-column", { hasText: world.center.name }).getByTestId("delivery-list"),
  ).toHaveAttribute("data-count", "3");
  expect(server.url).toBeTruthy();
});

test("ten tabs are one connection, and the last one to go ends it", async ({ open, world }) => {
  const first = await open("dispatcher", "/board");
  await live(first);
  const tabs = [first];
  for (let i = 0; i < 9; i++) {
    const tab = await first.context().newPage();
    await tab.goto("/board?lang=en");
    tabs.push(tab);
  }
  for (const tab of tabs) await live(tab);
  const { delivery } = await waiting(world);
  for (const tab of tabs) await expect(row(tab, "delivery", delivery.id)).toBeVisible();
  expect(await connections(world, "dispatcher")).toHaveLength(1);
  for (const tab of tabs.slice(1)) await tab.close();
  await world.api.cancelDelivery(delivery.id, "test");
  await expect(row(first, "delivery", delivery.id)).toHaveAttribute("data-status", "cancelled");
  const context = first.context();
  await first.close();
  await expect.poll(() => connections(world, "dispatcher"), { timeout: 20_000 }).toHaveLength(0);
  await context.close();
});

test("who logs in next has a line of their own", async ({ open, world }) => {
  const page = await open("dispatcher", "/board");
  await live(page);
  await waiting(world);
  await expect(rows(page)).toHaveCount(1);
  await page.evaluate(() => fetch("/api/v1/logout", { method: "POST", headers: { "X-BROS-Request": "1" } }));
  await expect(page).toHaveURL(/\/login/);
  await logIn(page, "manager");
  await live(page);
  await expect(rows(page)).toHaveCount(1);
  const login = async (name: string) => (await connections(world, name)).length;
  await expect.poll(async () => [await login("dispatcher"), await login("manager")]).toEqual([0, 1]);
});

test("another login in another tab ends what this tab shows", async ({ open, page: _page, server }) => {
  const first = await open("dispatcher", "/board");
  await live(first);
  const second = await first.context().newPage();
  await second.goto(`${server.url}/login?lang=en&next=/board?lang=en`);
  await second.evaluate(async (word) => {
    const body = JSON.stringify({ login: "manager", password: word });
    const headers = { "Content-Type": "application/json", "X-BROS-Request": "1" };
    await fetch("/api/v1/login", { method: "POST", headers, body });
  }, password);
  await second.goto(`${server.url}/board?lang=en`);
  await live(second);
  await expect(first).toHaveURL(/\/login/);
});

test("the board's first load is under 200 KB, the map apart", async ({ open, world: _world }) => {
  const page = await open("dispatcher", "/board");
  await live(page);
  const sizes: { url: string; bytes: number }[] = [];
  const bodies: Promise<void>[] = [];
  const hear = (response: Response) => {
    const { pathname } = new URL(response.url());
    if (pathname.startsWith("/api/") || response.status() !== 200) return;
    bodies.push(
      // A busy browser may have let go of one: it is asked for again.
      response
        .body()
        .catch(async () => (await page.request.get(response.url())).body())
        .then((body) => {
          if (!/leaflet/i.test(body.toString())) sizes.push({ url: pathname, bytes: gzipSync(body).length });
        }),
    );
  };
  page.on("response", hear);
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("Network.setCacheDisabled", { cacheDisabled: true });
  await page.reload();
  await live(page);
  // What is loaded after this, when the page has time, is not its first load.
  page.off("response", hear);
  await Promise.all(bodies);
  const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
  const kinds = sizes.map(({ url, bytes }) => `${url} ${(bytes / 1000).toFixed(1)}`).join(", ");
  process.stdout.write(`first load of the board, gzipped: ${(total / 1000).toFixed(1)} KB (${kinds})\n`);
  expect(sizes.length).toBeGreaterThan(2);
  expect(total).toBeLessThan(200_000);
});
