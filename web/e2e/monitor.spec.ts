import type { Locator, Page } from "@playwright/test";
import { expect, link, live, logIn, test } from "./fixtures.ts";
import { Redis, Server } from "./server.ts";

test("the monitor shows nodes, rooms and connections, finds one and ends it", async ({ open }) => {
  const board = await open("dispatcher", "/board");
  await live(board);
  const page = await open("admin", "/monitor");
  const node = page.getByTestId("node");
  await expect(node).toHaveCount(1);
  await expect(node.locator("polyline").first()).toHaveAttribute("points", /\d,.* \d/, { timeout: 15_000 });
  const dispatcher = page.getByTestId("connection-row").filter({ hasText: "dispatcher" });
  await expect(dispatcher).toContainText("delivery/송파센터");
  await page.screenshot({ path: "test-results/shots/monitor-now-en.png" });
  await page.getByRole("searchbox").fill("nobody at all");
  await expect(page.getByTestId("connection-row")).toHaveCount(0);
  await page.getByRole("searchbox").fill("dispatcher");
  const id = await dispatcher.getAttribute("data-id");
  await dispatcher.getByRole("button").click();
  await expect(page.locator(`[data-testid=connection-row][data-id="${id}"]`)).toHaveCount(0);
  // Who was sent away does not come back by itself, and is told.
  await expect(link(board)).not.toHaveAttribute("data-state", "live");
});

test("two nodes joined by Redis; one is killed, and the page says so in both languages", async ({
  open,
  browser,
  server,
  world,
}) => {
  const redis = new Redis();
  await redis.start();
  const other = new Server(server);
  await other.reserve();
  await server.kill();
  const joined = { BROS_REDIS_URL: redis.url };
  server.env = { ...joined, BROS_NODE_ID: "node-a" };
  other.env = { ...joined, BROS_NODE_ID: "node-b" };
  await Promise.all([server.start(), other.start()]);
  const context = await browser.newContext({ baseURL: other.url, locale: "en-US" });
  const board = await context.newPage();
  await board.goto("/login?lang=en&next=/board?lang=en");
  await logIn(board, "dispatcher");
  await live(board);
  const pages = [await open("admin", "/monitor"), await open("admin", "/monitor", { lang: "ko" })];
  const node = (page: Page, id: string) => page.locator(`[data-testid=node][data-id="${id}"]`);
  const dispatcher = (page: Page) => page.getByTestId("connection-row").filter({ hasText: "dispatcher" });
  for (const page of pages) {
    await expect(page.getByTestId("node")).toHaveCount(2);
    await expect(dispatcher(page)).toContainText("node-b", { timeout: 15_000 });
  }
  await other.kill();
  await context.close();
  for (const page of pages) {
    await expect(node(page, "node-b")).toHaveAttribute("data-silent", "true", { timeout: 25_000 });
    await expect(node(page, "node-a")).toHaveAttribute("data-silent", "false");
    await expect(dispatcher(page)).toHaveCount(0, { timeout: 25_000 });
  }
  await expect(node(pages[0] as Page, "node-b")).toContainText("silent");
  await expect(node(pages[1] as Page, "node-b")).toContainText("응답 없음");
  await expect(pages[0]?.getByTestId("monitor-partial") as Locator).toContainText("A node does not answer");
  await expect(pages[1]?.getByTestId("monitor-partial") as Locator).toContainText("응답하지 않는 노드");
  for (const [i, lang] of ["en", "ko"].entries()) {
    await pages[i]?.screenshot({ path: `test-results/shots/monitor-killed-${lang}.png` });
  }
  // It comes back under its name.
  await other.start();
  for (const page of pages) {
    await expect(node(page, "node-b")).toHaveAttribute("data-silent", "false", { timeout: 25_000 });
  }
  await other.stop();
  await redis.stop();
  expect(world.center.id).toBeTruthy();
});
