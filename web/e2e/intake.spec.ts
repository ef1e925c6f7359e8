import { expect, live, row, test } from "./fixtures.ts";
import { order } from "./seed.ts";

test("new orders by keyboard: the next one, its time, accept; reject with a reason", async ({
  open,
  world,
}) => {
  const agent = await open("agent", "/intake");
  await live(agent);
  const first = (await world.api.createOrder(order(world))).data.order;
  const second = (await world.api.createOrder(order(world))).data.order;
  await expect(row(agent, "order", second.id)).toBeVisible();
  await agent.keyboard.press("Enter");
  const panel = agent.getByTestId("order-panel");
  await expect(panel).toHaveAttribute("data-id", first.id);
  await agent.keyboard.press("4");
  await expect(panel).toHaveAttribute("data-status", "accepted");
  expect((await world.api.rest.get<{ prepMinutes: number }>(`/orders/${first.id}`)).prepMinutes).toBe(30);
  await agent.keyboard.press("Enter");
  await expect(panel).toHaveAttribute("data-id", second.id);
  await agent.keyboard.press("r");
  await expect(agent.getByRole("combobox", { name: "Reason" })).toBeFocused();
  await agent.keyboard.press("Tab");
  await expect(agent.getByRole("button", { name: "Reject" })).toBeFocused();
  await agent.keyboard.press("Enter");
  await expect(panel).toHaveAttribute("data-status", "rejected");
});

test("a cancellation is in the way, with the shop's number; Enter goes on", async ({ open, world }) => {
  const agent = await open("agent", "/intake");
  const first = (await world.api.createOrder(order(world, { shopId: world.shops[1]?.id ?? "" }))).data.order;
  const second = (await world.api.createOrder(order(world))).data.order;
  await row(agent, "order", first.id).click();
  await expect(agent.getByTestId("order-panel")).toHaveAttribute("data-id", first.id);
  // What was meant for Accept a moment ago must not wave it through: the key comes with the news.
  await agent.evaluate(() => {
    new MutationObserver((_, observer) => {
      if (!document.querySelector(".order-gone")) return;
      observer.disconnect();
      document.body.dispatchEvent(
        new KeyboardEvent("keydown", { key: "Enter", code: "Enter", bubbles: true }),
      );
    }).observe(document.body, { childList: true, subtree: true });
  });
  await world.api.cancelOrder(first.id, "changed my mind", "customer");
  const alert = agent.getByTestId("order-panel").getByRole("alert");
  await expect(alert).toContainText("CANCELLED by the customer");
  await expect(alert).toContainText("02-1234-5671");
  await expect(agent.getByTestId("order-panel")).toHaveAttribute("data-id", first.id);
  await expect(async () => {
    await agent.keyboard.press("Enter");
    await expect(agent.getByTestId("order-panel")).toHaveAttribute("data-id", second.id, { timeout: 300 });
  }).toPass();
});

test("a phone order in one pass of the keyboard: a known caller, another door, remembered items", async ({
  open,
  world,
}) => {
  const customer = { name: "단골", phone: "01077778888" };
  const shopId = world.shops[1]?.id ?? "";
  const items = [{ name: "허니콤보", quantity: 1, price: 23_000 }];
  for (const address of ["위례성대로 51", "올림픽로 300"]) {
    await world.api.createOrder(
      order(world, { shopId, items, customer: { ...customer, address }, accept: true }),
    );
  }
  const agent = await open("agent", "/intake");
  await live(agent);
  const { keyboard } = agent;
  await keyboard.press("n");
  const form = agent.getByTestId("phone-order");
  await expect(form.locator("input[name=phone]")).toBeFocused();
  await keyboard.type("01077778888");
  await expect(agent.getByTestId("caller")).toContainText("단골");
  await keyboard.press("Enter");
  await expect(form.locator("input[name=shop]")).toBeFocused();
  await expect(form.locator("input[name=address]")).toHaveValue("올림픽로 300");
  await keyboard.press("Alt+Digit2");
  await expect(form.locator("input[name=address]")).toHaveValue("위례성대로 51");
  await keyboard.type("교촌");
  await keyboard.press("Enter");
  await expect(form.locator("input[name=itemName]")).toBeFocused();
  await keyboard.type("허니");
  await expect(agent.getByRole("option", { name: /허니콤보/ })).toBeVisible();
  await keyboard.press("Enter");
  await expect(form.locator("input[name=quantity]")).toBeFocused();
  await expect(form.locator("input[name=price]")).toHaveValue("23000");
  await keyboard.type("2");
  await keyboard.press("Enter");
  await expect(form.locator("input[name=itemName]").nth(1)).toBeFocused();
  await keyboard.press("Enter");
  await expect(form.locator("input[name=method]:checked")).toBeFocused();
  await keyboard.press("2");
  await keyboard.press("Enter");
  await expect(form.locator("button[name=place]")).toBeFocused();
  await keyboard.press("Enter");
  await expect(agent.getByTestId("order-panel")).toHaveAttribute("data-status", "accepted");
  const page = await world.api.rest.get<{ items: Record<string, unknown>[] }>("/deliveries", { limit: 1 });
  expect(page.items[0]).toMatchObject({
    status: "waiting",
    customer: { name: "단골", address: "위례성대로 51" },
    items: [{ name: "허니콤보", quantity: 2, price: 23_000 }],
    payment: { method: "cash", amount: 46_000 },
  });
});

test("a stranger's phone order: address by words, the pin by keys, nothing else needed", async ({
  open,
  world,
}) => {
  const agent = await open("agent", "/intake");
  await live(agent);
  const { keyboard } = agent;
  await keyboard.press("n");
  const form = agent.getByTestId("phone-order");
  await keyboard.type("0212340000");
  await keyboard.press("Enter");
  await expect(form.locator("input[name=name]")).toBeFocused();
  await keyboard.type("새손님");
  await keyboard.press("Enter");
  await keyboard.type("한솥");
  await keyboard.press("Enter");
  await keyboard.type("도시락");
  await keyboard.press("Enter");
  await keyboard.press("Enter"); // one of it
  await keyboard.type("7000");
  await keyboard.press("Enter");
  await keyboard.press("Enter"); // no more items
  await keyboard.press("Enter"); // by card
  await expect(form.locator("input[name=address]")).toBeFocused();
  await keyboard.type("올림픽로 240");
  await agent.locator(".leaflet-container").waitFor();
  await keyboard.press("Alt+KeyM");
  await expect(agent.locator(".map-pin-door")).toBeFocused();
  await keyboard.press("ArrowRight");
  await keyboard.press("ArrowUp");
  await keyboard.press("Control+Enter");
  await form.locator("input[name=address]").press("Control+Enter");
  await expect(agent.getByTestId("order-panel")).toHaveAttribute("data-status", "accepted");
  const page = await world.api.rest.get<{ items: { customer: { location?: unknown } }[] }>("/deliveries", {
    limit: 1,
  });
  expect(page.items[0]).toMatchObject({ customer: { name: "새손님", address: "올림픽로 240" } });
  expect(page.items[0]?.customer.location).toBeTruthy();
});

test("call pop: a private event opens the caller, on another page it offers to", async ({ open, world }) => {
  await world.api.createOrder(
    order(world, { customer: { name: "단골", phone: "01077778888", address: "위례성대로 51" } }),
  );
  const { items } = await world.api.users({ q: "agent" });
  const ring = (phone: string) =>
    world.api.rest.post("/events", {
      namespace: "user",
      mode: "private",
      to: items.find((user) => user.login === "agent")?.id,
      event: "call:incoming",
      data: { phone },
    });
  const agent = await open("agent", "/intake");
  await live(agent);
  await ring("010-7777-8888");
  await expect(agent.getByTestId("caller")).toContainText("단골");
  await agent.keyboard.press("Enter");
  await expect(agent.locator("input[name=address]")).toHaveValue("위례성대로 51");
  // The second call waits for the one in hand.
  await ring("0215881588");
  await expect(agent.getByTestId("call")).toContainText("02-1588-1588");
  await expect(agent.locator("input[name=address]")).toHaveValue("위례성대로 51");
  await agent.goto("/board?lang=en");
  await live(agent);
  await ring("010-7777-8888");
  await agent.getByRole("button", { name: "Take the call" }).click();
  await expect(agent.getByTestId("caller")).toContainText("단골");
});

test("a shop is called busy by one agent, and others see it", async ({ open, world }) => {
  const one = await open("agent", "/intake");
  const other = await open("manager", "/intake");
  const placed = (await world.api.createOrder(order(world))).data.order;
  for (const page of [one, other]) {
    await row(page, "order", placed.id).click();
    await expect(page.getByTestId("shop-state")).toContainText("open");
  }
  await one.getByTestId("shop-state").click();
  await one.getByRole("menuitem", { name: "busy +10 min" }).click();
  await expect(one.getByTestId("shop-state")).toContainText("busy +10 min");
  await expect(other.getByTestId("shop-state")).toContainText("busy +10 min");
});

test("a center that one is given appears without a reload, and its orders with it", async ({
  open,
  world,
}) => {
  const agent = await open("agent", "/intake");
  await live(agent);
  const { data: other } = await world.api.create<typeof world.center>("centers", {
    code: "gangnam",
    name: "강남센터",
    location: world.center.location,
    timezone: "Asia/Seoul",
    currency: "KRW",
    assignMode: "dispatch",
  });
  const shop = { centerId: other.id, name: "한솥 강남점", location: other.location, prepMinutes: 15 };
  const { data: kitchen } = await world.api.create<{ id: string }>("shops", shop);
  const { items } = await world.api.users({ q: "agent" });
  const id = items.find((user) => user.login === "agent")?.id ?? "";
  await world.api.update("users", id, { centerIds: [world.center.id, other.id] });
  const placed = (await world.api.createOrder(order(world, { shopId: kitchen.id }))).data.order;
  await expect(row(agent, "order", placed.id)).toBeVisible();
  // Taken away again it is gone.
  await world.api.update("users", id, { centerIds: [world.center.id] });
  await expect(row(agent, "order", placed.id)).toHaveCount(0);
});
