import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect, test } from "./fixtures.ts";

const say = async (page: Page, words: string) => {
  await page.locator("input[name=text]").fill(words);
  await page.locator(".chat-form button").click();
};
const openChat = (page: Page) => page.getByRole("button", { name: /Chat|채팅/ }).click();

test("what was read stays read in another browser, and others see it", async ({ open }) => {
  const dispatcher = await open("dispatcher", "/board");
  const rider = await open("rider1", "/rider", { phone: true });
  await openChat(rider);
  await say(rider, "one");
  await say(rider, "two");
  await expect(dispatcher.getByTestId("unread")).toHaveText("2");
  // The same person at another desk.
  const desk = await open("dispatcher", "/intake");
  await expect(desk.getByTestId("unread")).toHaveText("2");
  await openChat(dispatcher);
  await expect(dispatcher.getByTestId("unread")).toHaveCount(0);
  await expect(desk.getByTestId("unread")).toHaveCount(0);
  await expect(rider.getByTestId("chat-readers").last()).toHaveText("read by 1");
  await rider.getByTestId("chat-readers").last().hover();
  await expect(rider.getByRole("tooltip")).toBeVisible();
  await desk.reload();
  await expect(desk.getByTestId("link")).toHaveAttribute("data-state", "live");
  await expect(desk.getByTestId("unread")).toHaveCount(0);

  // A private line is delivered where its reader is, and read where the panel is open.
  await rider.getByRole("button", { name: "Now" }).click();
  await dispatcher.locator(".chat-lines .chat-name").last().click();
  await say(dispatcher, "just you");
  await expect(dispatcher.getByTestId("chat-state")).toHaveText("delivered");
  await openChat(rider);
  await expect(dispatcher.getByTestId("chat-state")).toHaveText("read");
});

test("who is here, and who has left", async ({ open }) => {
  const dispatcher = await open("dispatcher", "/board");
  const rider = await open("rider1", "/rider", { phone: true });
  await openChat(dispatcher);
  const here = dispatcher.getByTestId("chat-here");
  await expect(here).toHaveAttribute("data-count", "2", { timeout: 20_000 });
  await here.locator("summary").click();
  await here.getByRole("button", { name: "김라이더" }).click();
  await say(dispatcher, "to you alone");
  await openChat(rider);
  await expect(rider.locator(".chat-line[data-private=true]")).toContainText("to you alone");
  await rider.context().close();
  await expect(here).toHaveAttribute("data-count", "1", { timeout: 25_000 });
});

for (const lang of ["ko", "en"] as const) {
  test(`a manager deletes a line (${lang})`, async ({ open }) => {
    const [remove, reason] = lang === "ko" ? ["삭제", "고객 개인정보"] : ["Delete", "a customer's data"];
    const agent = await open("agent", "/intake", { lang });
    const manager = await open("manager", "/board", { lang, dark: lang === "en" });
    await openChat(agent);
    await openChat(manager);
    await say(agent, "그 손님 번호는 010-9999-0000");
    await say(agent, "3번 건 누가 가나요?");
    const line = manager.locator(".chat-line", { hasText: "010-9999" });
    await expect(agent.getByRole("button", { name: remove })).toHaveCount(0);
    await expect(manager.getByTestId("chat-here")).toHaveAttribute("data-count", "2", { timeout: 20_000 });
    await expect(agent.getByTestId("chat-readers").last()).toBeVisible();
    await line.hover();
    await manager.screenshot({ path: `test-results/shots/chat-${lang}.png` });
    await line.getByRole("button", { name: remove }).click();
    await manager.screenshot({ path: `test-results/shots/chat-delete-${lang}.png` });
    const { violations } = await new AxeBuilder({ page: manager }).include(".chat").analyze();
    expect(
      violations.filter((v) => v.impact === "serious" || v.impact === "critical").map((v) => v.id),
    ).toEqual([]);
    await line.getByLabel(lang === "ko" ? "사유" : "Reason").selectOption({ label: reason });
    await line.getByRole("button", { name: remove }).click();
    for (const page of [agent, manager]) {
      await expect(page.locator(".chat-line")).toHaveCount(1);
      await expect(page.locator(".chat-line")).toContainText("누가 가나요");
    }
    await agent.screenshot({ path: `test-results/shots/chat-agent-${lang}.png` });
  });
}
