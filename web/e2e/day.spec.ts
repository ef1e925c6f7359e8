import { sound } from "./axe.ts";
import { expect, live, row, test } from "./fixtures.ts";
import { as, order, waiting } from "./seed.ts";

test("a wrong password is said, a right one leads on", async ({ page, server, world: _world }) => {
  await page.goto(`${server.url}/board?lang=en`);
  await expect(page).toHaveURL(/\/login/);
  await page.locator("input[name=login]").fill("dispatcher");
  await page.locator("input[name=password]").fill("not this one");
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByRole("alert")).toBeVisible();
  await page.locator("input[name=password]").fill("a-good-password");
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page).toHaveURL(/\/board/);
  await live(page);
});

test("an order is accepted, assigned, picked up and delivered, and everybody sees it", async ({
  open,
  world,
}) => {
  const agent = await open("agent", "/intake");
  const dispatcher = await open("dispatcher", "/board");
  const rider = await open("rider1", "/rider", { phone: true });
  await Promise.all([live(agent), live(dispatcher), live(rider)]);

  await rider.getByRole("button", { name: "On duty" }).click();
  const rider1 = world.riders[0]?.id ?? "";
  await expect(row(dispatcher, "rider", rider1)).toHaveAttribute("data-duty", "on");
  // The phone's place goes out within seconds.
  await expect(row(dispatcher, "rider", rider1)).not.toContainText("no GPS", { timeout: 15_000 });

  const placed = (await world.api.createOrder(order(world))).data.order;
  await row(agent, "order", placed.id).click();
  const panel = agent.getByTestId("order-panel");
  await expect(panel).toHaveAttribute("data-status", "received");
  await panel.getByRole("button", { name: "20 min" }).click();
  await panel.getByRole("button", { name: "Accept", exact: true }).click();
  await expect(panel).toHaveAttribute("data-status", "accepted");

  const rows = dispatcher.getByTestId("delivery-row");
  await expect(rows).toHaveCount(1);
  await expect(dispatcher.getByTestId("delivery-list")).toHaveAttribute("data-count", "1");
  await expect(rows.first()).toHaveAttribute("data-status", "waiting");
  const id = (await rows.first().getAttribute("data-id")) ?? "";
  await rows.first().click();
  const delivery = dispatcher.getByTestId("delivery-panel");
  await expect(delivery).toContainText("김라이더");
  await delivery.getByRole("button", { name: "Assign", exact: true }).click();
  await expect(row(dispatcher, "delivery", id)).toHaveAttribute("data-status", "assigned");
  await expect(delivery.getByRole("button", { name: "Unassign" })).toBeVisible();

  const stop = row(rider, "delivery", id);
  await expect(stop).toHaveAttribute("data-status", "assigned");
  await stop.getByRole("button", { name: "Pick up" }).click();
  await expect(row(dispatcher, "delivery", id)).toHaveAttribute("data-status", "pickup");
  await stop.getByRole("button", { name: "Deliver" }).click();
  await expect(stop).toHaveCount(0);
  // For ten seconds it can be taken back.
  await expect(row(dispatcher, "delivery", id)).toHaveAttribute("data-status", "delivered", {
    timeout: 30_000,
  });
  await expect(panel).toHaveAttribute("data-status", "completed");
  await delivery.getByRole("button", { name: "History" }).click();
  await expect(dispatcher.getByTestId("history-step")).toHaveCount(4);
});

test("a customer cancels while the agent has the order open", async ({ open, world }) => {
  const agent = await open("agent", "/intake");
  const placed = (await world.api.createOrder(order(world))).data.order;
  await row(agent, "order", placed.id).click();
  await world.api.cancelOrder(placed.id, "changed my mind", "customer");
  const panel = agent.getByTestId("order-panel");
  await expect(panel.getByRole("alert")).toContainText("CANCELLED by the customer");
  await expect(panel.getByRole("button", { name: "Accept", exact: true })).toHaveCount(0);
});

test("a phone order: the caller is known, the order is on the board", async ({ open, world }) => {
  await world.api.createOrder(
    order(world, { customer: { name: "단골", phone: "01077778888", address: "위례성대로 51" } }),
  );
  const agent = await open("agent", "/intake");
  await live(agent);
  await agent.getByRole("button", { name: "New phone order" }).click();
  const form = agent.getByTestId("phone-order");
  await form.locator("input[name=phone]").fill("010-7777-8888");
  await form.locator("input[name=phone]").press("Enter");
  await expect(form.locator("input[name=name]")).toHaveValue("단골");
  await expect(form.locator("input[name=address]")).toHaveValue("위례성대로 51");
  await form.locator("input[name=shop]").fill("교촌");
  await form.locator("input[name=itemName]").fill("허니콤보");
  await form.locator("input[name=price]").fill("23000");
  await form.locator("input[name=price]").press("Control+Enter");
  await expect(agent.getByTestId("order-panel")).toHaveAttribute("data-status", "accepted");
  const { items } = await world.api.rest.get<{ items: { customer: { name: string }; status: string }[] }>(
    "/deliveries",
  );
  expect(items[0]).toMatchObject({ status: "waiting", customer: { name: "단골" } });
});

test("rejecting asks for a reason and keeps it", async ({ open, world }) => {
  const placed = (await world.api.createOrder(order(world))).data.order;
  const agent = await open("agent", "/intake");
  await row(agent, "order", placed.id).click();
  const panel = agent.getByTestId("order-panel");
  await panel.getByRole("button", { name: "Reject" }).click();
  await panel.locator(".reason select").selectOption({ label: "sold out" });
  await panel.getByRole("button", { name: "Reject" }).click();
  await expect(panel).toHaveAttribute("data-status", "rejected");
  await expect(panel).toContainText("sold out");
});

test("two dispatchers, one delivery: the slower one is told who was faster", async ({
  open,
  world,
  server,
}) => {
  await Promise.all(
    [as(server.url, "rider1"), as(server.url, "rider2")].map(async (r) => (await r).duty("me", "on")),
  );
  const { delivery } = await waiting(world);
  const page = await open("dispatcher", "/board");
  await row(page, "delivery", delivery.id).click();
  const assign = page.getByTestId("delivery-panel").getByRole("button", { name: "Assign", exact: true });
  await expect(assign).toBeEnabled();
  // Somebody else's assign arrives between the look and the press.
  await page.route("**/assign", async (route) => {
    await world.api.assign(delivery.id, world.riders[1]?.id ?? "");
    await route.continue();
  });
  await assign.click();
  await expect(page.getByTestId("delivery-panel").locator(".happened")).toContainText("이배달");
  await expect(row(page, "delivery", delivery.id)).toHaveAttribute("data-status", "assigned");
});

test("assign can be undone", async ({ open, world, server }) => {
  await (await as(server.url, "rider1")).duty("me", "on");
  const { delivery } = await waiting(world);
  const page = await open("dispatcher", "/board");
  await row(page, "delivery", delivery.id).click();
  await page.getByTestId("delivery-panel").getByRole("button", { name: "Assign", exact: true }).click();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(row(page, "delivery", delivery.id)).toHaveAttribute("data-status", "waiting");
});

test("the board by keyboard: search, move, choose, assign", async ({ open, world, server }) => {
  await Promise.all(
    [as(server.url, "rider1"), as(server.url, "rider2")].map(async (r) => (await r).duty("me", "on")),
  );
  // The list is by promise, which the way to a door moves.
  const inMinutes = (n: number) => new Date(Date.now() + n * 60_000).toISOString();
  const first = await waiting(world, { promisedAt: inMinutes(40) });
  await waiting(world, { promisedAt: inMinutes(45) });
  const page = await open("dispatcher", "/board");
  await expect(page.getByTestId("delivery-list")).toHaveAttribute("data-count", "2");
  await page.keyboard.press("/");
  await page.keyboard.type(first.delivery.number);
  await expect(page.getByTestId("delivery-list")).toHaveAttribute("data-count", "1");
  await page.keyboard.press("Escape");
  await page.getByTestId("delivery-list").focus();
  await page.keyboard.press("ArrowDown");
  await expect(page.getByTestId("delivery-panel")).toHaveAttribute("data-id", first.delivery.id);
  await expect(page.locator(".suggestion")).toHaveCount(2);
  await page.keyboard.press("2");
  await expect(row(page, "delivery", first.delivery.id)).toHaveAttribute("data-status", "assigned");
});

test("chat: staff and rider hear each other", async ({ open }) => {
  const dispatcher = await open("dispatcher", "/board");
  const rider = await open("rider1", "/rider", { phone: true });
  await dispatcher.getByRole("button", { name: "Chat" }).click();
  await rider.getByRole("button", { name: "Chat" }).click();
  await dispatcher.locator("input[name=text]").fill("비 옵니다, 조심하세요");
  await dispatcher.getByRole("button", { name: "Send" }).click();
  await expect(rider.locator(".chat-line")).toContainText("비 옵니다");
  await sound(dispatcher, "the chat beside the board");
  await sound(rider, "the rider's chat");
  // A rider's answer is counted on a screen whose panel is shut, and can be answered to the rider alone.
  await dispatcher.getByRole("button", { name: "Chat" }).click();
  await rider.locator("input[name=text]").fill("네, 알겠습니다");
  await rider.getByRole("button", { name: "Send" }).click();
  await expect(dispatcher.getByTestId("unread")).toHaveText("1");
  await dispatcher.getByRole("button", { name: "Chat" }).click();
  await expect(dispatcher.getByTestId("unread")).toHaveCount(0);
  await dispatcher.locator(".chat-name").last().click();
  await dispatcher.locator("input[name=text]").fill("너만 알아");
  await dispatcher.getByRole("button", { name: "Send" }).click();
  await expect(rider.locator(".chat-line[data-private=true]")).toContainText("너만 알아");
  await sound(dispatcher, "a private line in the chat");
});

test("the customer follows the order", async ({ page, server, world }) => {
  const rider = await as(server.url, "rider1");
  await rider.duty("me", "on");
  const { order, delivery } = await waiting(world);
  await world.api.assign(delivery.id, world.riders[0]?.id ?? "");
  await rider.act(delivery.id, "pickup", {});
  await page.goto(`${server.url}${order.trackingUrl}?lang=en`);
  await expect(page.getByTestId("tracking")).toContainText("On the way");
  await rider.act(delivery.id, "deliver", {});
  await expect(page.getByTestId("tracking")).toContainText("Delivered at");
});

test.describe("claim", () => {
  test.use({ mode: "claim" });
  test("an offer is claimed by one rider and gone for the other", async ({ open, world }) => {
    const first = await open("rider1", "/rider", { phone: true });
    const second = await open("rider2", "/rider", { phone: true });
    for (const page of [first, second]) await page.getByRole("button", { name: "On duty" }).click();
    const { delivery } = await waiting(world);
    const offer = (page: typeof first) => page.locator(`[data-testid=offer-row][data-id="${delivery.id}"]`);
    await expect(offer(second)).toBeVisible();
    await expect(offer(first)).not.toContainText(delivery.customer.addressDetail ?? "?");
    await offer(first).getByRole("button", { name: "Claim" }).click();
    await expect(row(first, "delivery", delivery.id)).toHaveAttribute("data-status", "assigned");
    await expect(offer(second)).toHaveCount(0);
  });
});
