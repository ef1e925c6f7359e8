import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { sound } from "./axe.ts";
import { expect, live, test } from "./fixtures.ts";
import { binary, type Server } from "./server.ts";

/** Fills the server's index, as an operator does beside a running server. */
function importAddresses(server: Server): void {
  const file = join(server.folder, "doors.csv");
  writeFileSync(
    file,
    [
      "도로명주소,지번주소,건물명,위도,경도",
      "서울특별시 송파구 올림픽로 300,서울특별시 송파구 신천동 29,롯데월드타워,37.5131,127.1028",
      "서울특별시 송파구 올림픽로 301,서울특별시 송파구 신천동 29-3,,37.5135,127.1030",
      "서울특별시 송파구 위례성대로 51,서울특별시 송파구 방이동 44,,37.5160,127.1200",
    ].join("\n"),
  );
  const run = spawnSync(binary, ["addresses", "import", "-format", "csv", file], {
    env: {
      ...process.env,
      BROS_DATABASE_URL: `sqlite:${join(server.folder, "bros.db")}`,
      BROS_DATA_DIR: server.folder,
    },
    encoding: "utf8",
  });
  expect(run.status, run.stderr).toBe(0);
}

test("an address by keyboard: proposed with each key, its flat split off, its pin set", async ({
  open,
  server,
  world,
}) => {
  importAddresses(server);
  const agent = await open("agent", "/intake");
  await live(agent);
  await agent.keyboard.press("n");
  const form = agent.getByTestId("phone-order");
  const address = form.locator("input[name=address]");
  await address.focus();
  await agent.keyboard.type("ㄹㄷㅇㄷ");
  await expect(form.getByRole("option").first()).toContainText("올림픽로 300");
  await expect(form.getByRole("option").first()).toContainText("entrance");
  await address.fill("올림픽로300 101동 1203호");
  await expect(form.getByRole("option").first()).toContainText("1203호");
  await agent.keyboard.press("ArrowDown");
  await agent.keyboard.press("Enter");
  await expect(address).toHaveValue("올림픽로 300 (롯데월드타워)");
  await expect(form.locator("input[name=addressDetail]")).toHaveValue("101동 1203호");
  await expect(form.locator("[name=place]")).toBeFocused();
  await expect(form.getByTestId("exact")).toHaveAttribute("data-exact", "entrance");
  await expect(agent.getByTestId("pin-map")).toBeVisible();
  await sound(agent, "an address that was taken");

  // A number that the road has not: the place is near, and the pin is asked for.
  await address.fill("올림픽로 305");
  await expect(form.getByRole("option").first()).toContainText("street only");
  await address.press("ArrowDown");
  await agent.keyboard.press("Enter");
  await expect(form.getByTestId("exact")).toContainText("move the pin");
  await agent.keyboard.press("ArrowUp");
  await expect(form.getByTestId("exact")).not.toContainText("move the pin");
  expect(world.center.id).toBeTruthy();
});

test("shops are placed by their address, centers by one that is looked for", async ({ open, server }) => {
  importAddresses(server);
  const page = await open("admin", "/settings");
  await page.getByRole("button", { name: "Shops", exact: true }).click();
  await page.locator(".settings-row").filter({ hasText: "한솥 잠실점" }).locator("button").first().click();
  const form = page.getByTestId("entity-form");
  await form.locator("input[name=address]").fill("위례성");
  await expect(form.getByRole("option").first()).toContainText("위례성대로");
  await form.locator("input[name=address]").fill("위례성대로 51");
  await expect(form.getByRole("option").first()).toContainText("entrance");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(form.locator("input[name=location]")).toHaveValue("37.516, 127.12");
  await expect(form.getByTestId("pin-map")).toBeVisible();
  await sound(page, "a shop with its place");
});
