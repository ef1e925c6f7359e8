import { sound } from "./axe.ts";
import { expect, live, test } from "./fixtures.ts";

test("an area is drawn with keys and mouse; outside of it the door turns red, and why is asked", async ({
  open,
  world,
}) => {
  const manager = await open("manager", "/settings");
  await live(manager);
  await manager.getByRole("button", { name: "Areas", exact: true }).click();
  await manager.getByRole("button", { name: "New", exact: true }).click();
  const form = manager.getByTestId("entity-form");
  await form.locator("input[name=name]").fill("Downtown");
  await form.locator("input[name=extraMinutes]").fill("10");
  await form.getByRole("button", { name: "Save" }).click();
  await expect(form).toContainText("is required");
  const map = form.getByTestId("area-map");
  const box = await map.boundingBox();
  if (!box) throw new Error("no map");
  const corner = (n: number) => map.getByRole("button", { name: `Corner ${n} of` });
  for (const [x, y] of [
    [0.3, 0.3],
    [0.7, 0.3],
    [0.7, 0.7],
  ] as const) {
    await map.click({ position: { x: box.width * x, y: box.height * y } });
  }
  await expect(form).toContainText("3 corners");
  // By keys: one more corner, moved, and taken away again.
  await corner(3).focus();
  await manager.keyboard.press("Insert");
  await expect(form).toContainText("4 corners");
  await expect(corner(4)).toBeFocused();
  for (let i = 0; i < 4; i++) await manager.keyboard.press("ArrowLeft");
  await manager.keyboard.press("Insert");
  await expect(form).toContainText("5 corners");
  await manager.keyboard.press("Delete");
  await expect(form).toContainText("4 corners");
  await sound(manager, "the drawn area");
  await form.getByRole("button", { name: "Save" }).click();
  await expect(manager.locator(".settings-row")).toContainText("Downtown");
  const [zone] = (await world.api.rest.get<{ items: { area: { coordinates: number[][][] } }[] }>("/zones"))
    .items;
  expect(zone?.area.coordinates[0]).toHaveLength(5);

  // At the desk: the pin far outside is refused before anything is sent.
  const agent = await open("agent", "/intake");
  await live(agent);
  await agent.getByRole("button", { name: "New phone order" }).click();
  const order = agent.getByTestId("phone-order");
  await order.locator("[name=phone]").fill("010-2345-9999");
  await order.locator("[name=shop]").fill("한솥 잠실점");
  await order.locator("[name=shop]").press("Enter");
  await order.locator("[name=itemName]").first().fill("치킨마요");
  await order.locator("[name=price]").first().fill("5000");
  await order.locator("[name=address]").fill("먼 길 1");
  const pins = agent.getByTestId("pin-map");
  await pins.click({ position: { x: 6, y: 6 } });
  await expect(agent.getByTestId("area")).toContainText("Outside of the area");
  await expect(pins.locator(".map-pin-door[data-refused]")).toBeVisible();
  await sound(agent, "a refused door");
  const reason = order.locator("[name=override]");
  await expect(reason).toBeVisible();
  await reason.fill("a regular");
  await order.getByRole("button", { name: /Place order/ }).click();
  await expect(order).toBeHidden();
  const [placed] = (await world.api.rest.get<{ items: { override?: string }[] }>("/orders")).items;
  expect(placed?.override).toBe("a regular");
});
