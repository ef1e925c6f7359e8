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

for (const lang of ["ko", "en"] as const) {
  test(`the rules of a center, and one that was searched for leaves the others (${lang})`, async ({
    open,
    world,
  }) => {
    const [save, edit] = lang === "ko" ? ["저장", "수정"] : ["Save", "Edit"];
    const other = { code: "gangnam", name: "강남센터", timezone: "Asia/Seoul", currency: "KRW" };
    await world.api.create("centers", {
      ...other,
      assignMode: "dispatch",
      location: { lat: 37.49, lng: 127.03 },
    });
    const admin = await open("admin", "/settings", { lang });
    await expect(admin.locator(".settings-row")).toHaveCount(2);
    await admin.locator("input[name=search]").fill("송파");
    await admin.locator("input[name=search]").press("Enter");
    await expect(admin.locator(".settings-row")).toHaveCount(1);
    await admin.locator(".settings-row button").click();
    const form = admin.getByTestId("entity-form");
    await expect(form).toContainText(edit);
    await sound(admin, "the form of a center");
    await form.locator("input[name=dayStartsAt]").fill("09:00");
    await form.getByRole("button", { name: save }).click();
    await expect(form.locator(".field-error").first()).toContainText(/08:00/);
    await form.locator("input[name=dayStartsAt]").fill("05:00");
    await form.locator("select[name=assignMode]").selectOption("offer");
    await form.locator("select[name=balance]").selectOption("thrifty");
    const numbers = {
      preorderMinutes: 120,
      releaseMinutes: 30,
      offerSeconds: 45,
      offerTries: 3,
      detour: 1.5,
    };
    for (const [name, value] of Object.entries(numbers)) {
      await form.locator(`input[name=${name}]`).fill(String(value));
    }
    await form.locator("input[name=riderMayGiveBack]").uncheck();
    await form.getByRole("button", { name: save }).click();
    await expect(form).toHaveCount(0);
    const center = await world.api.center(world.center.id);
    expect(center).toMatchObject({
      ...numbers,
      dayStartsAt: "05:00",
      assignMode: "offer",
      balance: "thrifty",
      riderMayGiveBack: false,
    });
    await admin.locator(".center-pick").click();
    await expect(admin.getByRole("menuitemcheckbox")).toHaveCount(2);
  });

  test(`a shop's hours and closed days, by keys alone (${lang})`, async ({ open, world }) => {
    const names = lang === "ko" ? ["영업시간 추가", "저장"] : ["Add hours", "Save"];
    const manager = await open("manager", "/settings?tab=shops", { lang });
    await manager.goto(`/settings?tab=shops&lang=${lang}`);
    await manager.locator(".settings-row button").first().focus();
    await manager.keyboard.press("Enter");
    const form = manager.getByTestId("entity-form");
    await form.getByRole("button", { name: names[0] }).focus();
    await manager.keyboard.press("Enter");
    await expect(form.getByTestId("hours-row")).toHaveCount(1);
    await form.locator("input[name='hours.0.from']").fill("18");
    await form.locator("input[name='hours.0.to']").fill("1700");
    await form.getByRole("checkbox").nth(6).focus();
    await manager.keyboard.press("Space");
    await sound(manager, "the hours");
    await form.locator("input[name=closedDates]").fill("2027-12-25, 2028-01-01");
    await form.getByRole("button", { name: names[1] }).focus();
    await manager.keyboard.press("Enter");
    await expect(form.getByTestId("hours")).toContainText(lang === "ko" ? "자정" : "over midnight");
    await expect(form.locator("input[name='hours.0.to']")).toHaveAttribute("aria-invalid", "true");
    await form.locator("input[name='hours.0.to']").fill("26:00");
    await form.getByRole("button", { name: names[1] }).click();
    await expect(form).toHaveCount(0);
    const { items } = await world.api.shops({ centerId: world.center.id });
    expect(items.find((shop) => shop.hours)).toMatchObject({
      hours: [{ days: [1, 2, 3, 4, 5, 6], from: "18:00", to: "26:00" }],
      closedDates: ["2027-12-25", "2028-01-01"],
    });
  });
}

test("what is more than a page says so and is shown; staff and riders' accounts apart", async ({
  open,
  world,
}) => {
  const lines = Array.from({ length: 499 }, (_, i) => `가게 ${i},0212${String(10_000 + i)},37.5,127.1`);
  await world.api.rest.request("POST", "/shops/import", {
    query: { centerId: world.center.id },
    blob: new Blob([`이름,전화,위도,경도\n${lines.join("\n")}\n`], { type: "text/csv" }),
  });
  const manager = await open("manager", "/settings");
  await manager.getByRole("button", { name: "Shops", exact: true }).click();
  await expect(manager.getByTestId("more")).toContainText("500 shown");
  await expect(manager.locator(".settings-row")).toHaveCount(500);
  await manager.getByRole("button", { name: "Show more" }).click();
  await expect(manager.locator(".settings-row")).toHaveCount(502);
  await expect(manager.getByTestId("more")).toHaveCount(0);
  await manager.getByRole("button", { name: "Staff" }).click();
  await expect(manager.locator(".settings-row")).toHaveCount(3);
  await manager.locator("select[name=accounts]").selectOption("riders");
  await expect(manager.locator(".settings-row")).toHaveCount(3);
  await expect(manager.locator(".settings-row").first()).toContainText("rider");
  await manager.locator("select[name=accounts]").selectOption("");
  await expect(manager.locator(".settings-row")).toHaveCount(6);
});
