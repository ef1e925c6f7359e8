import type { Page } from "@playwright/test";
import { expect, live, row, test } from "./fixtures.ts";
import { order } from "./seed.ts";

// How the call center is called: a sound, and a notice of the desktop while the page is behind.

interface Heard {
  asked: number;
  notices: { title: string; body?: string; tag?: string; click(): void }[];
  tones: number[];
  /** How loud tones rise. */
  peaks: number[];
}

type Listening = typeof globalThis & { heard: Heard };

/** Notes what the page asks of the browser and what it plays and shows; the person says yes. */
async function listen(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const heard: Heard = { asked: 0, notices: [], tones: [], peaks: [] };
    (globalThis as Listening).heard = heard;
    let permission = sessionStorage.getItem("permission") ?? "default";
    class Notice {
      onclick: (() => void) | null = null;
      constructor(title: string, { body, tag }: NotificationOptions = {}) {
        heard.notices.push({ title, body, tag, click: () => this.onclick?.() });
      }
      close(): void {}
      static get permission(): string {
        return permission;
      }
      static async requestPermission(): Promise<string> {
        heard.asked++;
        permission = "granted";
        sessionStorage.setItem("permission", permission);
        return permission;
      }
    }
    Object.defineProperty(window, "Notification", { value: Notice });
    const { linearRampToValueAtTime } = AudioParam.prototype;
    AudioParam.prototype.linearRampToValueAtTime = function (value, at) {
      heard.peaks.push(value);
      return linearRampToValueAtTime.call(this, value, at);
    };
    const { start } = OscillatorNode.prototype;
    OscillatorNode.prototype.start = function (at) {
      heard.tones.push(Math.round(this.frequency.value));
      start.call(this, at);
    };
  });
}

/** The window lies behind another one, or is in front again. */
function behind(page: Page, hidden: boolean): Promise<void> {
  return page.evaluate((value) => {
    Object.defineProperty(document, "hidden", { value, configurable: true });
  }, hidden);
}

/** What called for new orders; that one waits still is a tune of its own. */
const tones = (page: Page) =>
  page.evaluate(() =>
    (globalThis as Listening).heard.tones.filter((hertz) => hertz === 784 || hertz === 1047),
  );
const asked = (page: Page) => page.evaluate(() => (globalThis as Listening).heard.asked);
const notices = (page: Page) =>
  page.evaluate(() =>
    (globalThis as Listening).heard.notices.map(({ title, body, tag }) => [title, body, tag]),
  );

test("a new order sounds, and is told on the desktop when the page is behind and one said yes", async ({
  open,
  world,
}) => {
  const before = (await world.api.createOrder(order(world))).data.order;
  const agent = await open("agent", "/intake");
  await listen(agent);
  await agent.reload();
  await live(agent);
  await expect(row(agent, "order", before.id)).toBeVisible();
  await agent.getByRole("searchbox").click(); // browsers let a page sound after a press
  // The page asks first, and the browser only after a yes.
  expect(await asked(agent)).toBe(0);
  const one = (await world.api.createOrder(order(world))).data.order;
  await expect(row(agent, "order", one.id)).toBeVisible();
  // What was there at the start did not call; this one does, by sound alone.
  await expect.poll(() => tones(agent)).toEqual([784, 1047]);
  expect(await notices(agent)).toEqual([]);
  await agent.getByRole("button", { name: "Yes", exact: true }).click();
  expect(await asked(agent)).toBe(1);
  await expect(agent.locator(".ask")).toHaveCount(0);

  // In front of the agent's eyes no notice is needed.
  await world.api.createOrder(order(world));
  await expect.poll(() => tones(agent)).toHaveLength(4);
  expect(await notices(agent)).toEqual([]);
  await behind(agent, true);
  const told = (await world.api.createOrder(order(world))).data.order;
  await expect
    .poll(() => notices(agent))
    .toEqual([[`New order ${told.number}`, `${told.shop.name} · ${told.customer.address}`, "order"]]);
  await agent.evaluate(() => (globalThis as Listening).heard.notices[0]?.click());
  await expect(agent.getByTestId("order-panel")).toHaveAttribute("data-id", told.id);

  // Muted it is silent, also after a reload; the desktop still tells.
  await agent.getByTestId("mute").click();
  await agent.reload();
  await live(agent);
  await expect(agent.getByRole("button", { name: "Sound on" })).toHaveAttribute("aria-pressed", "true");
  await agent.getByRole("searchbox").click();
  await behind(agent, true);
  await world.api.createOrder(order(world));
  await expect.poll(() => notices(agent)).toHaveLength(1);
  expect(await tones(agent)).toEqual([]);
  await agent.getByTestId("mute").click();
  await world.api.createOrder(order(world));
  await expect.poll(() => tones(agent)).toHaveLength(2);
});

test("a no to notices is kept, and the browser is never asked", async ({ open }) => {
  const agent = await open("agent", "/intake", { lang: "ko" });
  await listen(agent);
  await agent.reload();
  await agent.getByRole("button", { name: "아니요" }).click();
  await expect(agent.getByRole("button", { name: "아니요" })).toHaveCount(0);
  await agent.reload();
  await live(agent);
  await expect(agent.locator(".order-queue")).toBeVisible();
  await expect(agent.getByRole("button", { name: "아니요" })).toHaveCount(0);
  expect(await asked(agent)).toBe(0);
});

test("an order that nobody acts on rings again, louder, until somebody does", async ({ open, world }) => {
  test.slow();
  const agent = await open("agent", "/intake");
  await listen(agent);
  await agent.reload();
  await live(agent);
  // After a reload the browser keeps the page silent, and the button says so.
  await expect(agent.getByTestId("mute")).toHaveAttribute("data-sound", "waits");
  await expect(agent.getByTestId("silent")).toBeVisible();
  // The press that lets it sound does not mute it.
  await agent.getByTestId("mute").click();
  await expect(agent.getByTestId("mute")).toHaveAttribute("data-sound", "on");
  await expect(agent.getByTestId("silent")).toHaveCount(0);
  const one = (await world.api.createOrder(order(world))).data.order;
  await expect(row(agent, "order", one.id)).toBeVisible();
  const peaks = () => agent.evaluate(() => (globalThis as Listening).heard.peaks);
  // Two notes for the arrival, then three for each time that it rings again.
  await expect.poll(async () => (await peaks()).length, { timeout: 60_000 }).toBeGreaterThanOrEqual(8);
  const [arrived = 0, , first = 0, , , second = 0] = await peaks();
  expect(first).toBeGreaterThan(arrived);
  expect(second).toBeGreaterThan(first);
  // Somebody acts on it: the one that is the oldest now begins softly.
  const two = (await world.api.createOrder(order(world))).data.order;
  await expect(row(agent, "order", two.id)).toBeVisible();
  await world.api.rest.post(`/orders/${one.id}/accept`, { prepMinutes: 10 });
  await expect(row(agent, "order", one.id)).toHaveAttribute("data-status", "accepted");
  const before = (await peaks()).length;
  await expect.poll(async () => (await peaks()).length, { timeout: 60_000 }).toBeGreaterThan(before);
  expect((await peaks())[before]).toBe(first);
});
