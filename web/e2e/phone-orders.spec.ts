import type { Page } from "@playwright/test";
import { expect, live, logIn, row, test } from "./fixtures.ts";
import { order, type World } from "./seed.ts";

// Phone orders in work: what happens around one must not destroy it.

async function caller(world: World, login = "agent") {
  const { items } = await world.api.users({ q: login });
  const to = items.find((user) => user.login === login)?.id;
  return (phone: string) =>
    world.api.rest.post("/events", {
      namespace: "user",
      mode: "private",
      to,
      event: "call:incoming",
      data: { phone },
    });
}

const field = (page: Page, name: string) => page.getByTestId("phone-order").locator(`input[name=${name}]`);

test("an order in work survives a row, a notice, Escape, another page, a reload and a new login", async ({
  open,
  world,
}) => {
  const placed = (await world.api.createOrder(order(world))).data.order;
  const agent = await open("agent", "/intake");
  await live(agent);
  const { keyboard } = agent;
  await keyboard.press("n");
  await keyboard.type("01033334444");
  await keyboard.press("Enter");
  await keyboard.type("새손님");
  await keyboard.press("Enter");
  await expect(field(agent, "shop")).toBeFocused();

  // Escape in a field, also while a syllable is composed, leaves the form alone.
  await keyboard.press("Escape");
  await field(agent, "shop").dispatchEvent("keydown", { key: "Process", code: "Escape", keyCode: 229 });
  await expect(field(agent, "name")).toHaveValue("새손님");

  await row(agent, "order", placed.id).click();
  await expect(agent.getByTestId("order-panel")).toHaveAttribute("data-id", placed.id);
  await expect(agent.getByTestId("draft")).toContainText("010-3333-4444");
  await keyboard.press("n");
  await expect(field(agent, "phone")).toHaveValue("01033334444");
  await expect(field(agent, "shop")).toBeFocused(); // where something is left to say

  await agent
    .getByRole("link", { name: "Dispatch" })
    .or(agent.locator("a.tab[href*='/board']"))
    .first()
    .click();
  await expect(agent.getByTestId("delivery-list")).toBeVisible();
  await agent.locator("a.tab[href*='/intake']").click();
  await expect(field(agent, "name")).toHaveValue("새손님");

  await agent.reload();
  await expect(field(agent, "name")).toHaveValue("새손님");

  // The session ends: the same person finds it after the login.
  await agent.evaluate(() => fetch("/api/v1/logout", { method: "POST", headers: { "X-BROS-Request": "1" } }));
  await agent.waitForURL("**/login*");
  await logIn(agent, "agent");
  await expect(field(agent, "name")).toHaveValue("새손님");

  // Thrown away on purpose it is gone, with the way back.
  await agent.getByRole("button", { name: "Discard" }).click();
  await expect(agent.getByTestId("phone-order")).toHaveCount(0);
  await agent.getByRole("button", { name: "Undo" }).click();
  await expect(field(agent, "name")).toHaveValue("새손님");

  // A logout leaves nothing of a customer behind.
  await agent.getByTestId("user-menu").click();
  await agent.getByRole("menuitem", { name: "Log out" }).click();
  await agent.waitForURL("**/login*");
  expect(await agent.evaluate(() => JSON.stringify({ ...sessionStorage }))).not.toContain("01033334444");
});

test("calls wait in line behind the order in hand; a key takes the next", async ({ open, world }) => {
  const ring = await caller(world);
  const agent = await open("agent", "/intake");
  await live(agent);
  const { keyboard } = agent;
  await ring("010-1111-0001");
  await expect(field(agent, "phone")).toHaveValue("01011110001");
  await keyboard.press("Enter");
  await keyboard.type("첫손님");
  await ring("010-1111-0002");
  await ring("010-1111-0003");
  await ring("010-1111-0002"); // the same caller, again
  const lines = agent.getByTestId("call-line");
  await expect(lines).toHaveCount(2);
  await expect(lines.first()).toContainText("010-1111-0002");
  await expect(field(agent, "name")).toHaveValue("첫손님");

  await agent.reload();
  await expect(lines).toHaveCount(2);
  await expect(field(agent, "name")).toHaveValue("첫손님");
  await field(agent, "name").focus();
  await keyboard.press("Alt+KeyC");
  await expect(field(agent, "phone")).toHaveValue("01011110002");
  await expect(field(agent, "name")).toHaveValue("");
  await expect(lines).toHaveCount(1);
  await expect(agent.getByTestId("draft")).toContainText("첫손님");
  await keyboard.press("Alt+KeyC");
  await expect(field(agent, "phone")).toHaveValue("01011110003");
  await expect(lines).toHaveCount(0);
  await expect(agent.getByTestId("draft")).toHaveCount(2);
  // Alt+P puts aside, and N comes back to the last one.
  await keyboard.press("Alt+KeyP");
  await expect(agent.getByTestId("phone-order")).toHaveCount(0);
  await agent.getByTestId("draft").first().click();
  await expect(field(agent, "name")).toHaveValue("첫손님");
});

test("a dish's whole name keeps its price, and an order of nothing is asked about", async ({
  open,
  world,
}) => {
  const shopId = world.shops[1]?.id ?? "";
  for (const [name, price] of [
    ["허니콤보", 23_000],
    ["허니콤보 세트", 27_000],
  ] as const) {
    const items = [{ name, quantity: 1, price }];
    await world.api.createOrder(order(world, { shopId, items, accept: true }));
  }
  const agent = await open("agent", "/intake");
  await live(agent);
  const { keyboard } = agent;
  await keyboard.press("n");
  await keyboard.type("01033335555");
  await keyboard.press("Enter");
  await keyboard.press("Enter");
  await keyboard.type("교촌 방이점");
  await keyboard.press("Enter");
  await expect(field(agent, "itemName")).toBeFocused();
  await keyboard.type("허니콤보 세트");
  await keyboard.press("Escape"); // the proposals away: the name stands as typed
  await expect(field(agent, "price")).toHaveValue("27000");
  await keyboard.press("Enter");
  await expect(field(agent, "quantity")).toBeFocused();

  // Another dish at the price of none: the total is nothing, and that is asked.
  await field(agent, "itemName").fill("서비스 음료");
  await field(agent, "price").fill("0");
  await field(agent, "address").fill("올림픽로 300");
  await keyboard.press("Control+Enter");
  await expect(agent.getByRole("alert").filter({ hasText: "The total is ₩0" })).toBeVisible();
  await expect(agent.getByTestId("phone-order")).toBeVisible();
  await keyboard.press("Control+Enter");
  await expect(agent.getByTestId("order-panel")).toHaveAttribute("data-status", "accepted");
});

test("a slow look-up of the caller leaves the focus where the agent is", async ({ open, world }) => {
  await world.api.createOrder(
    order(world, { customer: { name: "단골", phone: "01077778888", address: "위례성대로 51" } }),
  );
  const agent = await open("agent", "/intake");
  await live(agent);
  let answer = () => {};
  const asked = new Promise<void>((done) => {
    answer = done;
  });
  await agent.route("**/customers/search", async (route) => {
    await asked;
    await route.continue();
  });
  await agent.keyboard.press("n");
  await agent.keyboard.type("01077778888");
  await agent.keyboard.press("Enter");
  await field(agent, "shop").click();
  await agent.keyboard.type("교");
  answer();
  await expect(field(agent, "address")).toHaveValue("위례성대로 51");
  await expect(field(agent, "shop")).toBeFocused();
  await expect(field(agent, "shop")).toHaveValue("교");
  // Another number is another customer: what came by itself goes with it.
  await field(agent, "phone").fill("01077778889");
  await expect(field(agent, "address")).toHaveValue("");
});

test("a call that comes as keys are pressed: none of them lands in its number, nor puts it aside", async ({
  open,
  world,
}) => {
  await world.api.createOrder(order(world));
  const ring = await caller(world);
  const agent = await open("agent", "/intake");
  await live(agent);
  // In the moment that the form opens, as an agent who was about to accept would.
  await agent.evaluate(() => {
    const press = (target: Element, key: string) =>
      target.dispatchEvent(new KeyboardEvent("keydown", { key, code: key, bubbles: true, cancelable: true }));
    const seen: boolean[] = [];
    Object.assign(globalThis, { seen });
    new MutationObserver((_, observer) => {
      const field = document.querySelector("[data-testid=phone-order] input[name=phone]");
      if (!field) return;
      observer.disconnect();
      seen.push(press(field, "2"));
    }).observe(document.body, { childList: true, subtree: true });
  });
  await ring("010-1111-0001");
  await expect(field(agent, "phone")).toHaveValue("01011110001");
  expect(await agent.evaluate(() => (globalThis as unknown as { seen: boolean[] }).seen)).toEqual([false]);
  await expect(agent.getByTestId("phone-order")).toBeVisible();
});
