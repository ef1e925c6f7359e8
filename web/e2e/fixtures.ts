import type { ConnInfo } from "@bros/sdk";
import { test as base, expect, type Page } from "@playwright/test";
import { password, seed, type World } from "./seed.ts";
import { adminPassword, Server } from "./server.ts";

interface Fixtures {
  server: Server;
  world: World;
  /** A page of its own browser, logged in, in English unless told. */
  open(
    login: string,
    path: string,
    options?: { lang?: "ko" | "en"; phone?: boolean; dark?: boolean },
  ): Promise<Page>;
}

export const test = base.extend<Fixtures & { mode: World["center"]["assignMode"]; swept: undefined }>({
  mode: ["dispatch", { option: true }],
  // biome-ignore lint/correctness/noEmptyPattern: Playwright wants a pattern even where nothing is used
  server: async ({}, use) => {
    const server = new Server();
    await server.start();
    await use(server);
    await server.stop();
  },
  world: async ({ server, mode }, use) => {
    await use(await seed(server.url, mode));
  },
  open: async ({ server, browser, world: _world }, use) => {
    const complaints: string[] = [];
    await use(async (login, path, options = {}) => {
      const context = await browser.newContext({
        baseURL: server.url,
        viewport: options.phone ? { width: 390, height: 844 } : { width: 1440, height: 900 },
        colorScheme: options.dark ? "dark" : "light",
        permissions: ["geolocation"],
        geolocation: { latitude: 37.5151, longitude: 127.1071 },
        locale: "en-US",
        timezoneId: "Asia/Seoul",
      });
      const page = await context.newPage();
      page.on("pageerror", (error) => complaints.push(String(error)));
      page.on("console", (message) => {
        // A server that is away, and answers that the page explains, are no faults of the page.
        if (
          message.type() === "error" &&
          !/Failed to load resource|WebSocket connection/.test(message.text())
        ) {
          complaints.push(message.text());
        }
      });
      const lang = options.lang ?? "en";
      await page.goto(`/login?lang=${lang}&next=${encodeURIComponent(`${path}?lang=${lang}`)}`);
      await logIn(page, login);
      await page.waitForURL(`**${path}*`);
      return page;
    });
    expect(complaints, "errors in the pages").toEqual([]);
  },
  // Pages that a test has opened end with it: they would go on looking for its server,
  // and the tests behind it would have the machine to share with them.
  swept: [
    async ({ browser }, use) => {
      await use(undefined);
      for (const context of browser.contexts()) await context.close();
    },
    { auto: true },
  ],
});

export { expect };

export async function logIn(page: Page, login: string, word = password): Promise<void> {
  await page.locator("input[name=login]").fill(login);
  await page.locator("input[name=password]").fill(login === "admin" ? adminPassword : word);
  await page.locator("button[type=submit]").click();
}

/** The row of a delivery, order or rider. */
export function row(page: Page, kind: "delivery" | "order" | "rider", id: string) {
  return page.locator(`[data-testid=${kind}-row][data-id="${id}"]`);
}

export function link(page: Page) {
  return page.getByTestId("link");
}

export async function live(page: Page): Promise<void> {
  // The first page of a browser on a loaded machine takes its time.
  await expect(link(page)).toHaveAttribute("data-state", "live", { timeout: 40_000 });
}

/** The open sockets of a login. */
export async function connections(world: World, login: string): Promise<ConnInfo[]> {
  return (await world.api.monitor()).connections.filter((connection) => connection.login === login);
}
