import { sound } from "./axe.ts";
import { expect, live, test } from "./fixtures.ts";

test("a key is shown once; a manager is offered what a manager may", async ({ open }) => {
  const admin = await open("admin", "/settings");
  await live(admin);
  await admin.getByRole("button", { name: "API keys" }).click();
  await admin.getByRole("button", { name: "New", exact: true }).click();
  const form = admin.getByTestId("entity-form");
  await form.locator("input[name=name]").fill("shop app");
  await form.getByText("orders:write").click();
  await form.getByRole("button", { name: "Save" }).click();
  await expect(admin.getByTestId("new-key")).toContainText(/\S{20,}/);
  await form.getByRole("button", { name: "Close" }).last().click();
  await expect(admin.locator(".settings-row")).toContainText("shop app");

  const manager = await open("manager", "/settings");
  await expect(manager.locator(".settings-row")).toHaveCount(1);
  await expect(manager.getByRole("button", { name: /Edit/ })).toHaveCount(0);
  await expect(manager.getByRole("button", { name: "API keys" })).toHaveCount(0);
  await manager.getByRole("button", { name: "Staff" }).click();
  await expect(manager.getByRole("button", { name: /Edit/ }).first()).toBeVisible();
});

test("a field that the server refuses says so, in the page's language", async ({ open, world: _world }) => {
  const manager = await open("manager", "/settings", { lang: "ko" });
  await manager.getByRole("button", { name: "가맹점", exact: true }).click();
  await manager.locator(".settings-row button").first().click();
  const form = manager.getByTestId("entity-form");
  await form.locator("input[name=phone]").fill("12");
  await form.getByRole("button", { name: "저장" }).click();
  await expect(form).toContainText("전화번호 형식이 아닙니다");
  await expect(form.locator("input[name=phone]")).toHaveAttribute("aria-invalid", "true");
});

test("shops from a CSV file: looked at first, every fault by its line, then all or none", async ({
  open,
  world,
}) => {
  const manager = await open("manager", "/settings");
  await manager.getByRole("button", { name: "Shops", exact: true }).click();
  await expect(manager.locator(".settings-row")).toHaveCount(3);
  await manager.getByRole("button", { name: "Import" }).click();
  const dialog = manager.getByTestId("import");
  await expect(dialog).toBeVisible();
  await sound(manager, "the import");
  const choose = (text: string) =>
    dialog.locator("input[type=file]").setInputFiles({
      name: "shops.csv",
      mimeType: "text/csv",
      buffer: Buffer.from(text),
    });
  await choose("이름,전화,위도,경도\n가락 국밥,02-111-2222,37.5,127.1\n틀린 가게,12,37.5,127.1\n");
  await expect(dialog.getByTestId("import-sum")).toContainText("1 of 2 rows");
  await expect(dialog).toContainText("Phone: is no phone number");
  await expect(dialog.getByRole("button", { name: /^Add/ })).toBeDisabled();
  await sound(manager, "the import with a fault");
  await choose("이름,전화,위도,경도\n가락 국밥,02-111-2222,37.5,127.1\n맞는 가게,02-111-3333,37.5,127.1\n");
  await dialog.getByRole("button", { name: "Add 2" }).click();
  await expect(manager.locator(".settings-row")).toHaveCount(5);
  const { items } = await world.api.shops({ q: "가락 국밥" });
  expect(items[0]?.phone).toBe("021112222");
  const download = manager.waitForEvent("download");
  await manager.getByRole("button", { name: "Export" }).click();
  expect((await download).suggestedFilename()).toBe("Shops.csv");
});
