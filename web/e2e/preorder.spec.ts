import type { Delivery, Order } from "@bros/sdk";
import type { Page } from "@playwright/test";
import { sound } from "./axe.ts";
import { expect, live, test } from "./fixtures.ts";

// Pre-orders and hours: the time is typed while the caller talks.

const field = (page: Page, name: string) => page.getByTestId("phone-order").locator(`input[name=${name}]`);

/** Fills in what a phone order needs, but for its time. */
async function begin(page: Page, shop: string): Promise<void> {
  const { keyboard } = page;
  await keyboard.press("n");
  await keyboard.type("01044445555");
  await keyboard.press("Enter");
  await keyboard.press("Enter");
  await keyboard.type(shop);
  await expect(page.getByRole("option").first()).toBeVisible();
  await keyboard.press("Enter");
  await keyboard.type("도시락");
  await keyboard.press("Enter");
  await keyboard.press("Enter");
  await keyboard.type("7000");
  await keyboard.press("Enter");
  await keyboard.press("Enter");
  await keyboard.press("Enter");
  await expect(field(page, "address")).toBeFocused();
  await keyboard.type("올림픽로 240");
}

/** So many minutes from now as it is typed in Seoul, 1830. */
function typed(minutes: number): string {
  const at = new Date(Date.now() + minutes * 60_000);
  const clock = at.toLocaleTimeString("en-GB", {
    timeZone: "Asia/Seoul",
    hour: "2-digit",
    minute: "2-digit",
  });
  return clock.replace(":", "");
}

test("a pre-order is typed by its time, its day moved by keys, and held", async ({ open, world }) => {
  const agent = await open("agent", "/intake");
  await live(agent);
  await begin(agent, "ㅎㅅ"); // initials find the shop
  await expect(field(agent, "shop")).toHaveValue("한솥 잠실점");
  const { keyboard } = agent;
  await keyboard.press("Alt+KeyT");
  await expect(field(agent, "when")).toBeFocused();
  await keyboard.type("99:99");
  await expect(agent.getByTestId("when")).toContainText("No such time");
  await keyboard.press("Control+a");
  await keyboard.type(typed(270));
  await expect(agent.getByTestId("when")).toContainText("pre-order");
  await keyboard.press("ArrowDown");
  await keyboard.press("ArrowDown");
  await keyboard.press("ArrowUp");
  await expect(agent.getByTestId("when")).toContainText("in 28 h");
  await keyboard.press("ArrowUp");
  await sound(agent, "a phone order with its time");
  await keyboard.press("Enter");
  await keyboard.press("Enter");
  const panel = agent.getByTestId("order-panel");
  await expect(panel).toHaveAttribute("data-status", "accepted");
  await expect(panel).toContainText("pre-order");
  const page = await world.api.rest.get<{ items: Delivery[] }>("/deliveries", { limit: 1, held: "true" });
  const held = page.items[0];
  const ahead = Date.parse(held?.promisedAt ?? "") - Date.now();
  expect(Math.abs(ahead - 270 * 60_000)).toBeLessThan(120_000);
  expect(Date.parse(held?.heldUntil ?? "")).toBeGreaterThan(Date.now());
});

test("a shop's hours stand at its name; outside of them an order needs a reason", async ({ open, world }) => {
  // Closed now: it opens in two hours, for one.
  const clock = (minutes: number) => typed(minutes).replace(/(..)(..)/, "$1:$2");
  const from = clock(120);
  const to = `${String(Number(from.slice(0, 2)) + 1).padStart(2, "0")}${from.slice(2)}`;
  const days = [1, 2, 3, 4, 5, 6, 7];
  await world.api.update("shops", world.shops[1]?.id ?? "", { hours: [{ days, from, to }] });
  const agent = await open("agent", "/intake");
  await live(agent);
  await begin(agent, "교촌");
  const hours = agent.getByTestId("shop-hours");
  await expect(hours).toContainText("Closed now");
  await expect(hours).toContainText(from);
  const { keyboard } = agent;
  await keyboard.press("Control+Enter");
  await expect(field(agent, "override")).toBeFocused();
  await sound(agent, "a phone order outside of the hours");
  await keyboard.type("the owner agreed");
  await keyboard.press("Enter");
  await expect(agent.getByTestId("order-panel")).toHaveAttribute("data-status", "accepted");
  const page = await world.api.rest.get<{ items: Order[] }>("/orders", { limit: 1 });
  expect(page.items[0]).toMatchObject({ override: "the owner agreed" });
});
