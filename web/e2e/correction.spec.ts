import type { Delivery, HistoryEntry, Order } from "@bros/sdk";
import { sound } from "./axe.ts";
import { expect, live, row, test } from "./fixtures.ts";
import { as, order } from "./seed.ts";

// What the customer called about is changed in the open order, by keys.

test("an open order is corrected by keyboard, address and pin, and what was is seen", async ({
  open,
  world,
}) => {
  const placed = (await world.api.createOrder(order(world, { accept: true }))).data.order;
  const agent = await open("agent", "/intake");
  await live(agent);
  await row(agent, "order", placed.id).click();
  await agent.keyboard.press("e");
  const form = agent.getByTestId("correct");
  await expect(form.locator("input[name=address]")).toBeFocused();
  await agent.keyboard.type("위례성대로 51");
  await expect(form).toContainText(placed.customer.address ?? "");
  await agent.keyboard.press("Enter");
  await expect(form.locator("input[name=addressDetail]")).toBeFocused();
  await agent.keyboard.type("1203호");
  await agent.locator(".leaflet-container").waitFor();
  await agent.keyboard.press("Alt+KeyM");
  await expect(agent.locator(".map-pin-door")).toBeFocused();
  await agent.keyboard.press("ArrowRight");
  await sound(agent, "a correction");

  // What is typed survives another order, and a reload.
  await agent.keyboard.press("n");
  await agent.keyboard.press("Alt+KeyP");
  await agent.reload();
  await expect(form.locator("input[name=addressDetail]")).toHaveValue("1203호");
  await form.locator("input[name=memo]").fill("공동현관 #1234");
  await agent.keyboard.press("Enter");
  await expect(form).toHaveCount(0);
  await expect(agent.getByTestId("order-panel")).toContainText("공동현관 #1234");
  const { customer, deliveryId } = await world.api.rest.get<Order>(`/orders/${placed.id}`);
  expect(customer).toMatchObject({
    address: "위례성대로 51",
    addressDetail: "1203호",
    memo: "공동현관 #1234",
  });
  expect(customer.location).not.toEqual(placed.customer.location);
  const { items } = await world.api.rest.get<{ items: HistoryEntry[] }>(`/deliveries/${deliveryId}/history`);
  expect(items.at(-1)?.changes).toContainEqual({
    field: "customer.address",
    from: placed.customer.address,
    to: "위례성대로 51",
  });
});

test("two agents correct at once: what one did is taken over, what both did is asked", async ({
  open,
  world,
}) => {
  const placed = (await world.api.createOrder(order(world))).data.order;
  const agent = await open("agent", "/intake");
  await live(agent);
  await row(agent, "order", placed.id).click();
  await agent.keyboard.press("e");
  const form = agent.getByTestId("correct");
  const address = form.locator("input[name=address]");
  await address.fill("위례성대로 51");
  await world.api.rest.patch(`/orders/${placed.id}`, {
    customer: { address: "오금로 7", memo: "벨 누르지 마세요" },
  });
  // Seen at once: the note is taken over, the address is asked about, nothing typed is lost.
  await expect(form.locator("input[name=memo]")).toHaveValue("벨 누르지 마세요");
  await expect(form.locator(".clash")).toContainText("오금로 7");
  await expect(address).toHaveValue("위례성대로 51");
  await address.press("Control+Enter");
  await expect(form.getByRole("button", { name: "Take theirs" })).toBeFocused();
  await sound(agent, "two corrections at once");
  await form.getByRole("button", { name: "Keep mine" }).click();
  await address.press("Control+Enter");
  await expect(form).toHaveCount(0);
  const { customer } = await world.api.rest.get<Order>(`/orders/${placed.id}`);
  expect(customer).toMatchObject({ address: "위례성대로 51", memo: "벨 누르지 마세요" });
});

test("corrected to a time that is near, a held pre-order is released", async ({ open, world }) => {
  const promisedAt = new Date(Date.now() + 5 * 3_600_000).toISOString();
  const placed = (await world.api.createOrder(order(world, { accept: true, promisedAt }))).data;
  expect(placed.delivery?.heldUntil).toBeTruthy();
  const agent = await open("agent", "/intake");
  await live(agent);
  await row(agent, "order", placed.order.id).click();
  await expect(agent.getByTestId("order-panel")).toContainText("pre-order");
  await agent.keyboard.press("e");
  await agent.keyboard.press("Alt+KeyT");
  await agent.keyboard.type("+20");
  await agent.keyboard.press("Enter");
  await expect(agent.getByTestId("correct")).toHaveCount(0);
  const delivery = await world.api.rest.get<Delivery>(`/deliveries/${placed.order.deliveryId}`);
  expect(delivery.heldUntil).toBeUndefined();
});

test("the board says what was corrected, until the rider has seen it", async ({ open, server, world }) => {
  const { order: placed, delivery } = (await world.api.createOrder(order(world, { accept: true }))).data;
  const rider = await as(server.url, "rider1");
  await rider.duty("me", "on");
  const { data: given } = await world.api.assign(delivery?.id ?? "", world.riders[0]?.id ?? "");
  const board = await open("dispatcher", "/board");
  await live(board);
  await row(board, "delivery", given.id).click();
  const { version } = await world.api.rest.get<Order>(`/orders/${placed.id}`);
  await world.api.correctOrder(placed.id, { version, customer: { addressDetail: "1203호" } });
  await expect(row(board, "delivery", given.id).locator("[data-meant=unseen]")).toBeVisible();
  const said = board.getByTestId("amended");
  await expect(said).toHaveAttribute("data-seen", "false");
  await expect(said).toContainText("address");
  await sound(board, "a board with a correction");
  const { amendment } = await world.api.rest.get<Delivery>(`/deliveries/${given.id}`);
  await rider.act(given.id, "seen", { version: amendment?.version });
  await expect(said).toHaveAttribute("data-seen", "true");
  await expect(row(board, "delivery", given.id).locator("[data-meant=unseen]")).toHaveCount(0);
});
