import { expect, link, live, logIn, row, test } from "./fixtures.ts";
import { as, waiting } from "./seed.ts";
import { Server } from "./server.ts";
import { SpoiledLine } from "./spoiled.ts";

test("server killed and restarted: the badge tells, the rows are right", async ({ open, world, server }) => {
  await (await as(server.url, "rider1")).duty("me", "on");
  const one = await waiting(world);
  const two = await waiting(world);
  const page = await open("dispatcher", "/board");
  await live(page);
  await expect(row(page, "delivery", one.delivery.id)).toBeVisible();

  await server.kill();
  await expect(link(page)).not.toHaveAttribute("data-state", "live", { timeout: 3_000 });
  await expect(row(page, "delivery", one.delivery.id)).toBeVisible();

  await server.start();
  // What happened before the page is back must not be missed.
  await world.api.assign(one.delivery.id, world.riders[0]?.id ?? "");
  const three = await waiting(world);
  await expect(link(page)).toHaveAttribute("data-state", "live", { timeout: 20_000 });
  await expect(row(page, "delivery", one.delivery.id)).toHaveAttribute("data-status", "assigned");
  await expect(row(page, "delivery", two.delivery.id)).toHaveAttribute("data-status", "waiting");
  await expect(row(page, "delivery", three.delivery.id)).toBeVisible();
  await expect(page.getByTestId("delivery-list")).toHaveAttribute("data-count", "3");
});

test("no socket to be had: polling within 3 s, changes come, and back to live", async ({
  page,
  world,
  server,
}) => {
  const proxy = new SpoiledLine(server.port);
  const url = await proxy.start();
  await page.goto(`${url}/login?lang=en&next=/board?lang=en`);
  await logIn(page, "dispatcher");
  await live(page);
  proxy.noSockets = true;
  proxy.cut();
  await expect(link(page)).toHaveAttribute("data-state", "polling", { timeout: 3_000 });
  const one = await waiting(world);
  await expect(row(page, "delivery", one.delivery.id)).toBeVisible({ timeout: 2_000 });
  proxy.noSockets = false;
  await expect(link(page)).toHaveAttribute("data-state", "live", { timeout: 20_000 });
  const two = await waiting(world);
  await expect(row(page, "delivery", two.delivery.id)).toBeVisible({ timeout: 2_000 });
  await expect(row(page, "delivery", one.delivery.id)).toBeVisible();
  proxy.stop();
});

test("a line that goes silent is noticed within 10 s", async ({ page, world, server }) => {
  const proxy = new SpoiledLine(server.port);
  const url = await proxy.start();
  await page.goto(`${url}/login?lang=en&next=/board?lang=en`);
  await logIn(page, "dispatcher");
  await live(page);
  proxy.silent = true;
  const { delivery } = await waiting(world);
  await expect(link(page)).toHaveAttribute("data-state", "polling", { timeout: 10_000 });
  await expect(row(page, "delivery", delivery.id)).toBeVisible({ timeout: 2_000 });
  proxy.silent = false;
  await expect(link(page)).toHaveAttribute("data-state", "live", { timeout: 20_000 });
  proxy.stop();
});

test("a rider without signal: acts wait and are sent in order when it is back", async ({
  open,
  world,
  server,
}) => {
  await (await as(server.url, "rider1")).duty("me", "on");
  const { delivery } = await waiting(world);
  await world.api.assign(delivery.id, world.riders[0]?.id ?? "");
  const rider = await open("rider1", "/rider", { phone: true });
  await expect(row(rider, "delivery", delivery.id)).toBeVisible();
  await server.kill();
  await row(rider, "delivery", delivery.id).getByRole("button", { name: "Pick up" }).click();
  await row(rider, "delivery", delivery.id).getByRole("button", { name: "Deliver" }).click();
  await expect(rider.locator(".rider-waiting")).toContainText("2 actions wait");
  await server.start();
  await expect
    .poll(async () => (await world.api.delivery(delivery.id)).status, { timeout: 40_000 })
    .toBe("delivered");
  await expect(rider.locator(".rider-waiting")).toHaveCount(0);
});

test("a session that ends leads to the login", async ({ open, world }) => {
  const page = await open("dispatcher", "/board");
  await live(page);
  const { items } = await world.api.users({});
  const user = items.find((candidate) => candidate.login === "dispatcher");
  await world.api.remove("users", user?.id ?? "");
  await expect(page).toHaveURL(/\/login/);
});

test("the server stays away: another node serves, and the page comes back", async ({
  page,
  world,
  server,
}) => {
  const other = new Server(server);
  await other.reserve();
  await server.kill();
  server.env = { BROS_PEER_URLS: other.url };
  other.env = { BROS_PEER_URLS: server.url };
  await server.start();
  await other.start();
  await page.goto(`${server.url}/login?lang=en&next=/board?lang=en`);
  await logIn(page, "dispatcher");
  await live(page);
  // The page keeps a ticket for the case that this server goes away.
  const metrics = async () => (await fetch(`${server.url}/metrics`)).text();
  await expect.poll(metrics, { timeout: 20_000 }).toMatch(/realtime\/ticket[^\n]*201/);
  const elsewhere = await as(other.url, "manager");
  const { delivery } = await waiting({ ...world, api: elsewhere });
  await expect(row(page, "delivery", delivery.id)).toHaveAttribute("data-status", "waiting");

  await server.kill();
  await expect(link(page)).toHaveAttribute("data-state", "offline", { timeout: 5_000 });
  await expect(link(page)).toHaveAttribute("data-state", "live", { timeout: 20_000 });
  await elsewhere.cancelDelivery(delivery.id, "test");
  await expect(row(page, "delivery", delivery.id)).toHaveAttribute("data-status", "cancelled");

  await server.start();
  const nodes = async () => (await elsewhere.monitor()).connections.map(({ login }) => login);
  await expect.poll(nodes, { timeout: 60_000 }).not.toContain("dispatcher");
  await live(page);
  const { delivery: last } = await waiting({ ...world, api: elsewhere });
  await expect(row(page, "delivery", last.id)).toBeVisible();
  await other.stop();
});
