import type { Page, Route } from "@playwright/test";
import { sound } from "./axe.ts";
import { expect, live, row, test } from "./fixtures.ts";
import { as, type World, waiting } from "./seed.ts";

/** Riders on duty, each at a place of its own. */
async function riders(world: World, url: string, n = 3): Promise<void> {
  for (let i = 0; i < n; i++) {
    const rider = await as(url, `rider${i + 1}`);
    await rider.duty("me", "on");
    const at = new Date().toISOString();
    await rider.positions([{ lat: 37.515 + i * 0.003, lng: 127.107 + i * 0.004, heading: 40 * i, at }]);
  }
  expect(world.riders.length).toBeGreaterThanOrEqual(n);
}

const inMinutes = (n: number) => new Date(Date.now() + n * 60_000).toISOString();
const idOf = (world: World, i: number) => world.riders[i]?.id ?? "";
const list = (page: Page) => page.getByTestId("delivery-list");
const panel = (page: Page) => page.getByTestId("delivery-panel");

async function choose(page: Page, id: string): Promise<void> {
  await row(page, "delivery", id).click();
  await expect(panel(page)).toHaveAttribute("data-id", id);
}

test("by keys alone: move, assign by number, pick by typing, undo, history", async ({
  open,
  world,
  server,
}) => {
  await riders(world, server.url);
  const one = (await waiting(world, { promisedAt: inMinutes(20) })).delivery;
  const two = (await waiting(world, { promisedAt: inMinutes(30) })).delivery;
  const page = await open("dispatcher", "/board");
  await live(page);
  await expect(list(page)).toHaveAttribute("data-count", "2");
  await list(page).focus();
  await page.keyboard.press("ArrowDown");
  await expect(panel(page)).toHaveAttribute("data-id", one.id);
  await expect(page.locator(".suggestion")).toHaveCount(3);
  const first = await page.locator(".suggestion .strong").first().textContent();
  await page.keyboard.press("1");
  await expect(row(page, "delivery", one.id)).toHaveAttribute("data-status", "assigned");
  await expect(row(page, "delivery", one.id)).toContainText(first ?? "?");
  // The focus is where it was, and the list goes on from there.
  await expect(list(page)).toBeFocused();
  await page.keyboard.press("ArrowDown");
  await expect(panel(page)).toHaveAttribute("data-id", two.id);

  await page.keyboard.press("a");
  await expect(page.getByTestId("pick-rider")).toBeVisible();
  await page.keyboard.type("최번");
  await expect(page.locator(".pick-row")).toHaveCount(1);
  await page.keyboard.press("Enter");
  await expect(row(page, "delivery", two.id)).toHaveAttribute("data-status", "assigned");
  await expect(row(page, "delivery", two.id)).toContainText("최번개");
  await expect(page.getByTestId("pick-rider")).toHaveCount(0);
  // Whoever picked by typing goes on with the list.
  await expect(list(page)).toBeFocused();

  await page.keyboard.press("u");
  await expect(row(page, "delivery", two.id)).toHaveAttribute("data-status", "waiting");
  await page.keyboard.press("h");
  await expect(page.getByTestId("history-step")).toHaveCount(3);
  await expect(page.getByTestId("history")).toContainText("박관제");
  await page.keyboard.press("Escape");
  await expect(list(page)).toBeFocused();
  await page.keyboard.press("?");
  await expect(page.getByTestId("help")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByTestId("help")).toHaveCount(0);
  await expect(list(page)).toBeFocused();

  // Escape empties the search, and with it the filter.
  await page.keyboard.press("/");
  await page.keyboard.type("nobody is called that");
  await expect(list(page)).toHaveAttribute("data-count", "0");
  await page.keyboard.press("Escape");
  await expect(page.locator("input[name=search]")).toHaveValue("");
  await expect(list(page)).toHaveAttribute("data-count", "2");
});

test("a row is dragged to a rider in the list", async ({ open, world, server }) => {
  await riders(world, server.url);
  const { delivery } = await waiting(world);
  const page = await open("dispatcher", "/board");
  await live(page);
  await expect(row(page, "rider", idOf(world, 1))).toHaveAttribute("data-duty", "on");
  await row(page, "delivery", delivery.id).dragTo(row(page, "rider", idOf(world, 1)));
  await expect(row(page, "delivery", delivery.id)).toHaveAttribute("data-status", "assigned");
  await expect(row(page, "delivery", delivery.id)).toContainText("이배달");
});

test("the panel stays open from row to row, and doors are painted where they are", async ({
  open,
  world,
}) => {
  const first = (await waiting(world, { promisedAt: inMinutes(20) })).delivery;
  const second = (await waiting(world, { promisedAt: inMinutes(30) })).delivery;
  const page = await open("dispatcher", "/board");
  await live(page);
  await list(page).focus();
  await page.keyboard.press("ArrowDown");
  await expect(panel(page)).toHaveAttribute("data-id", first.id);
  // Closing and opening it lays the whole side of the board out anew, for each key.
  const closings = await page.locator(".board-side").evaluateHandle((side) => {
    const seen = { closed: 0 };
    new MutationObserver(() => {
      if (side.getAttribute("data-open") !== "true") seen.closed++;
    }).observe(side, { attributes: true, attributeFilter: ["data-open"] });
    return seen;
  });
  for (const [key, id] of [
    ["ArrowDown", second.id],
    ["ArrowUp", first.id],
    ["ArrowDown", second.id],
  ] as const) {
    await page.keyboard.press(key);
    await expect(panel(page)).toHaveAttribute("data-id", id);
  }
  expect((await closings.jsonValue()).closed).toBe(0);
  // A worker's picture of them lies below what is selected.
  const painted = () =>
    page
      .locator("canvas.map-scene")
      .nth(1)
      .evaluate(async (canvas: HTMLCanvasElement) => {
        if (canvas.width === 0) return 0;
        const bitmap = await createImageBitmap(canvas);
        const paper = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
        paper?.drawImage(bitmap, 0, 0);
        const { data = [] } = paper?.getImageData(0, 0, bitmap.width, bitmap.height) ?? {};
        let inked = 0;
        for (let i = 3; i < data.length; i += 4) if ((data[i] ?? 0) > 0) inked++;
        return inked;
      });
  await expect.poll(painted).toBeGreaterThan(100);
});

test("a rider is clicked on the map, then the row is dragged onto another there", async ({
  open,
  world,
  server,
}) => {
  await riders(world, server.url);
  const { delivery } = await waiting(world);
  const page = await open("dispatcher", "/board");
  await live(page);
  const map = page.locator(".board-map-ground");
  await expect(map.locator("canvas.map-scene").first()).toBeAttached();
  await choose(page, delivery.id);
  await list(page).focus();
  // The map tells where a rider is by what it says of it; a mouse goes all over it for that.
  const look = (name: string) =>
    map.evaluate((ground, wanted) => {
      const { left, top, width, height } = ground.getBoundingClientRect();
      for (let y = 20; y < height - 10; y += 10) {
        for (let x = 20; x < width - 50; x += 10) {
          const at = { clientX: left + x, clientY: top + y, bubbles: true };
          document.elementFromPoint(at.clientX, at.clientY)?.dispatchEvent(new MouseEvent("mousemove", at));
          if (document.querySelector(".map-hint b")?.textContent === wanted) return { x, y };
        }
      }
      return undefined;
    }, name);
  const spot = async (i: number) => {
    const name = world.riders[i]?.name ?? "";
    await expect.poll(() => look(name), `${name} on the map`).toBeTruthy();
    return (await look(name)) as { x: number; y: number };
  };
  await map.click({ position: await spot(2) });
  await expect(row(page, "delivery", delivery.id)).toContainText("최번개");
  await expect(list(page)).toBeFocused(); // the map takes no focus
  await row(page, "delivery", delivery.id).dragTo(map, { targetPosition: await spot(0) });
  await expect(row(page, "delivery", delivery.id)).toContainText("김라이더");
});

test("several at once, one of which somebody else was faster with", async ({ open, world, server }) => {
  await riders(world, server.url);
  const made = [];
  for (let i = 0; i < 3; i++) made.push((await waiting(world)).delivery);
  const [one, two, three] = made;
  const page = await open("dispatcher", "/board");
  await live(page);
  await expect(list(page)).toHaveAttribute("data-count", "3");
  await list(page).focus();
  await page.keyboard.press("ArrowDown");
  const bulk = page.getByTestId("bulk-panel");
  await expect(panel(page)).toBeVisible();
  await page.keyboard.press("Shift+ArrowDown");
  await expect(bulk).toContainText("2 deliveries");
  await page.keyboard.press("Shift+ArrowDown");
  await expect(bulk).toContainText("3 deliveries");
  const slower = async (route: Route) => {
    await world.api.assign(two?.id ?? "", idOf(world, 1));
    await route.continue();
  };
  await page.route("**/deliveries/assign", slower, { times: 1 });
  await page.keyboard.press("a");
  await expect(page.locator("input[name=pick]")).toBeFocused();
  await page.keyboard.type("최번개");
  await page.keyboard.press("Enter");
  // All or none: none, and the row says why.
  await expect(bulk).toContainText("None was given to 최번개");
  await expect(bulk.locator("li[data-code=conflict]")).toContainText("이배달");
  await expect(row(page, "delivery", one?.id ?? "")).toHaveAttribute("data-status", "waiting");
  await bulk.getByRole("button", { name: "Assign the other 2" }).click();
  for (const id of [one?.id, three?.id]) {
    await expect(row(page, "delivery", id ?? "")).toContainText("최번개");
  }
  await page.keyboard.press("u");
  for (const id of [one?.id, three?.id]) {
    await expect(row(page, "delivery", id ?? "")).toHaveAttribute("data-status", "waiting");
  }
});

test("two dispatchers race: one has it, the other is told who, and keeps the focus", async ({
  open,
  world,
  server,
}) => {
  await riders(world, server.url);
  const { delivery } = await waiting(world);
  const mine = await open("dispatcher", "/board");
  const theirs = await open("manager", "/board");
  await Promise.all([live(mine), live(theirs)]);
  for (const page of [mine, theirs]) {
    await choose(page, delivery.id);
    await list(page).focus();
    await expect(page.locator(".suggestion")).toHaveCount(3);
  }
  // The second one's press leaves before the first one's result has come to it.
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await mine.route("**/assign", async (route) => {
    await held;
    await route.continue();
  });
  await mine.keyboard.press("2");
  await theirs.keyboard.press("1");
  await expect(row(theirs, "delivery", delivery.id)).toHaveAttribute("data-status", "assigned");
  release();
  const told = panel(mine).locator(".happened");
  await expect(told).toContainText(/· by 정매니저 \d\d:\d\d:\d\d/);
  await expect(row(mine, "delivery", delivery.id).locator(".row-happened")).toContainText("by 정매니저");
  await expect(list(mine)).toBeFocused();
  await expect(mine.locator(".toast[data-kind=problem]")).toHaveCount(0);
});

test("out of another rider's bag: the reason is asked for and kept", async ({ open, world, server }) => {
  await riders(world, server.url);
  const { delivery } = await waiting(world);
  await world.api.assign(delivery.id, idOf(world, 0));
  await (await as(server.url, "rider1")).act(delivery.id, "pickup", {});
  const page = await open("dispatcher", "/board");
  await live(page);
  await row(page, "delivery", delivery.id).dragTo(row(page, "rider", idOf(world, 1)));
  await page.getByTestId("hand-over").getByRole("button", { name: "accident or breakdown" }).click();
  await expect(row(page, "delivery", delivery.id)).toContainText("이배달");
  await expect(row(page, "delivery", delivery.id)).toHaveAttribute("data-status", "pickup");
  await choose(page, delivery.id);
  await panel(page).getByRole("button", { name: "History" }).click();
  await expect(page.getByTestId("history")).toContainText("accident or breakdown");
});

test("duty by the dispatcher, and its undo", async ({ open, world, server }) => {
  await riders(world, server.url);
  const page = await open("dispatcher", "/board");
  await live(page);
  const rider = row(page, "rider", idOf(world, 0));
  await expect(rider).toHaveAttribute("data-fresh", "fresh");
  await rider.locator("select").selectOption("break");
  await expect(rider).toHaveAttribute("data-duty", "break");
  await page.keyboard.press("Escape");
  await page.keyboard.press("u");
  await expect(rider).toHaveAttribute("data-duty", "on");
});

test("a rider's late report shows the phone's time in the history", async ({ open, world, server }) => {
  await riders(world, server.url);
  const { delivery } = await waiting(world);
  await world.api.assign(delivery.id, idOf(world, 0));
  const rider = await as(server.url, "rider1");
  await rider.act(delivery.id, "pickup", { at: new Date(Date.now() - 5 * 60_000).toISOString() });
  const page = await open("dispatcher", `/board`);
  await live(page);
  await choose(page, delivery.id);
  await page.keyboard.press("h");
  await expect(page.getByTestId("history")).toContainText("on the phone at");
});

for (const size of ["wide", "phone"] as const) {
  test(`axe finds nothing serious on the board (${size})`, async ({ open, world, server }) => {
    await riders(world, server.url);
    const { delivery } = await waiting(world);
    await waiting(world);
    const page = await open("dispatcher", "/board", { phone: size === "phone", dark: size === "phone" });
    await live(page);
    await row(page, "delivery", delivery.id).click();
    await expect(page.locator(".suggestion").first()).toBeVisible();
    await sound(page, "the board");
    await page.keyboard.press("a");
    await expect(page.getByTestId("pick-rider")).toBeVisible();
    await sound(page, "picking a rider");
    await page.keyboard.press("Escape");
    await page.keyboard.press("h");
    await expect(page.getByTestId("history-step").first()).toBeVisible();
    await sound(page, "the history");
  });
}
