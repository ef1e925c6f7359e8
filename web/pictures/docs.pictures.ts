import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Api, type Delivery, type Order, Rest } from "@bros/sdk";
import { type Browser, expect, type Page, test } from "@playwright/test";
import { live, logIn } from "../e2e/fixtures.ts";
import { Server } from "../e2e/server.ts";
import { heaviest, picture } from "./png.ts";

const folder = join(import.meta.dirname, "../../docs/images");
const password = "bros-demo";

async function as(url: string, login: string): Promise<Api> {
  let token: string | undefined;
  const api = new Api(new Rest({ base: url, token: () => token }));
  token = (await api.login(login, password)).data.token;
  return api;
}

interface Sight {
  login?: string;
  phone?: boolean;
  korean?: boolean;
  dark?: boolean;
}

async function open(browser: Browser, url: string, path: string, sight: Sight): Promise<Page> {
  const { login, phone, dark } = sight;
  const lang = sight.korean ? "ko" : "en";
  const context = await browser.newContext({
    baseURL: url,
    viewport: phone ? { width: 390, height: 844 } : { width: 1440, height: 900 },
    hasTouch: phone,
    isMobile: phone,
    permissions: ["geolocation", "notifications"],
    geolocation: { latitude: 37.5135, longitude: 127.104 },
    locale: sight.korean ? "ko-KR" : "en-US",
    colorScheme: dark ? "dark" : "light",
    timezoneId: "Asia/Seoul",
  });
  const page = await context.newPage();
  await page.goto(login && !phone ? `/login?lang=${lang}&next=${path}?lang=${lang}` : `${path}?lang=${lang}`);
  if (login) {
    await logIn(page, login, password);
    await live(page);
  }
  return page;
}

async function keep(page: Page, name: string): Promise<void> {
  const bytes = await picture(page);
  expect(bytes.length, `${name} is too heavy`).toBeLessThan(heaviest);
  writeFileSync(join(folder, `${name}.png`), bytes);
  await page.context().close();
}

const server = new Server();
test.afterEach(() => server.stop());

test("the pictures of README and docs", async ({ browser }) => {
  server.args = ["--demo"];
  await server.start();
  const { url } = server;
  // The demonstration makes its people after the server listens.
  await expect(async () => void (await as(url, "rider"))).toPass({ timeout: 60_000 });
  const staff = await as(url, "dispatcher");
  const deliveries = (status: string) =>
    staff.rest.get<{ items: Delivery[] }>("/deliveries", { status, limit: 50 }).then(({ items }) => items);
  // A minute or two, until there is something to see.
  const seen = async () => {
    const [waiting, assigned, pickup] = await Promise.all(["waiting", "assigned", "pickup"].map(deliveries));
    return Math.min(waiting?.length ?? 0, 5) + Math.min(assigned?.length ?? 0, 3) + (pickup?.length ?? 0);
  };
  await expect.poll(seen, { timeout: 200_000, intervals: [1_000] }).toBeGreaterThan(11);

  const board = await open(browser, url, "/board", { login: "dispatcher" });
  await board.locator("[data-testid=delivery-row][data-status=waiting]").nth(1).click();
  await expect(board.locator(".suggestion").nth(2)).toBeVisible();
  await expect(board.locator("canvas.map-scene").first()).toBeAttached();
  await board.getByTestId("delivery-list").focus();
  await expect(board.locator("[data-glow]")).toHaveCount(0);
  await keep(board, "board");

  const korean = await open(browser, url, "/board", { login: "dispatcher", korean: true, dark: true });
  await korean.locator("[data-testid=delivery-row][data-status=assigned]").last().click();
  await expect(korean.locator(".suggestion").nth(2)).toBeVisible();
  await korean.getByTestId("delivery-list").focus();
  await expect(korean.locator("[data-glow]")).toHaveCount(0);
  await keep(korean, "board-ko");

  for (const dark of [false, true]) {
    const plan = await open(browser, url, "/plan", { login: "dispatcher", dark });
    await expect(plan.getByTestId("plan-lane").nth(4)).toBeVisible();
    await keep(plan, dark ? "plan-dark" : "plan");
  }

  const agent = await open(browser, url, "/intake", { login: "agent" });
  await agent.getByRole("button", { name: "No thanks" }).or(agent.locator(".order-queue")).first().waitFor();
  await agent.locator("[data-testid=order-row][data-status=received]").first().click();
  await expect(agent.getByTestId("order-panel").locator(".map-pin-shop")).toBeVisible();
  await keep(agent, "intake");

  const monitor = await open(browser, url, "/monitor", { login: "admin" });
  await expect(monitor.getByTestId("connection-row").first()).toBeVisible();
  await expect(monitor.locator(".spark polyline[points*=' ']").first()).toBeAttached({ timeout: 30_000 });
  await keep(monitor, "monitor");

  const reports = await open(browser, url, "/reports", { login: "manager" });
  await expect(reports.getByTestId("figures")).toBeVisible();
  await keep(reports, "reports");

  const audit = await open(browser, url, "/audit", { login: "manager" });
  await expect(audit.getByTestId("audit-row").first()).toBeVisible();
  await keep(audit, "audit");

  const settings = await open(browser, url, "/settings", { login: "admin" });
  await settings.locator(".settings-tabs").getByText("Shops").click();
  await expect(settings.locator("tbody tr").nth(4)).toBeVisible();
  await keep(settings, "settings");

  const [known] = (await staff.rest.get<{ items: Order[] }>("/orders", { limit: 1 })).items;
  const caller = await open(browser, url, "/intake", { login: "agent" });
  await caller.getByRole("button", { name: "New phone order" }).click();
  const form = caller.getByTestId("phone-order");
  await form.locator("input[name=phone]").fill(known?.customer.phone ?? "");
  await form.locator("input[name=phone]").press("Enter");
  await expect(caller.getByTestId("caller").locator(".caller-order").first()).toBeVisible();
  await caller.locator(".caller-order").first().click();
  await expect(form.locator("input[name=itemName]").first()).not.toHaveValue("");
  await expect(caller.locator(".map-pin-door")).toBeVisible();
  await keep(caller, "phone-order");

  const [under] = await deliveries("pickup");
  const order = await staff.rest.get<Order>(`/orders/${under?.orderId}`);
  const customer = await open(browser, url, new URL(order.trackingUrl, url).pathname, { phone: true });
  await expect(customer.locator(".map-pin-rider")).toBeVisible({ timeout: 30_000 });
  await keep(customer, "tracking");

  const rider = await as(url, "rider");
  await rider.duty("me", "on");
  await rider.positions([{ lat: 37.5135, lng: 127.104, at: new Date().toISOString() }]);
  const me = (await rider.me()).riderId ?? "";
  for (const delivery of (await deliveries("waiting")).slice(0, 2)) await staff.assign(delivery.id, me);
  const app = await open(browser, url, "/rider", { login: "rider", phone: true });
  await expect(app.getByTestId("delivery-row")).toHaveCount(2);
  await expect(app.locator(".toast")).toHaveCount(0, { timeout: 20_000 });
  await keep(app, "rider");
});
