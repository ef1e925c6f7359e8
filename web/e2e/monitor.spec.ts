import { expect, link, live, test } from "./fixtures.ts";

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
