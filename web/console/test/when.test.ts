import type { Shop } from "@bros/sdk";
import { describe, expect, it } from "vitest";
import { cooksAt, hoursOn, opensAt } from "../src/intake/hours.ts";
import { addDays, daysBetween, instantOf, readWhen, wallOf } from "../src/intake/when.ts";

const seoul = "Asia/Seoul";
// Some day, at 14:00 in Seoul; which one is nothing to the tests.
const today = wallOf(Date.now(), seoul);
const two = instantOf(today, 14 * 60, seoul);

/** As `+1 18:30`: days from today, and the clock. */
function said(text: string, now = two, shift = 0, zone = seoul): string {
  const at = readWhen(text, now, zone, shift);
  if (at === undefined) return "";
  const wall = wallOf(at, zone);
  const clock = `${Math.floor(wall.minute / 60)}:${String(wall.minute % 60).padStart(2, "0")}`;
  return `+${daysBetween(wallOf(now, zone), wall)} ${clock}`;
}

describe("a time that is typed", () => {
  it.each([
    ["1830", "+0 18:30"],
    ["18:30", "+0 18:30"],
    [" 18.30 ", "+0 18:30"],
    ["오후 6:30", "+0 18:30"],
    ["오후 6시 30분", "+0 18:30"],
    ["6:30pm", "+0 18:30"],
    ["19", "+0 19:00"],
    ["19시", "+0 19:00"],
    ["1400", "+0 14:00"], // the minute that runs
    ["1130", "+1 11:30"], // over today: the next one
    ["0030", "+1 0:30"],
    ["2430", "+1 0:30"],
    ["+90", "+0 15:30"],
    ["+1:30", "+0 15:30"],
    ["+2h", "+0 16:00"],
    ["+720", "+1 2:00"],
    ["내일 1130", "+1 11:30"],
    ["tomorrow 9", "+1 9:00"],
    ["모레 18:30", "+2 18:30"],
    ["오늘 1130", "+0 11:30"],
    ["내일 1830", "+1 18:30"], // decomposed, as macOS pastes it
  ])("%s", (text, wanted) => expect(said(text)).toBe(wanted));

  it.each(["", "abc", "1875", "48", "2/30 12", "13/1 12", "+", "오후 13"])("is none: %s", (text) =>
    expect(said(text)).toBe(""));

  it("moves by days of the calendar", () => {
    expect(said("1830", two, 2)).toBe("+2 18:30");
    expect(said("+90", two, 7)).toBe("+7 15:30");
  });

  it("of a named day without a year is the next of that name", () => {
    const soon = addDays(today, 3);
    expect(said(`${soon.month}/${soon.day} 1830`)).toBe("+3 18:30");
    const past = addDays(today, -3);
    const at = readWhen(`${past.month}/${past.day} 1830`, two, seoul);
    expect(at === undefined || at > two).toBe(true);
  });

  it("keeps the clock over the change to daylight saving", () => {
    const berlin = "Europe/Berlin";
    // The last Sunday of March: 02:00 is 03:00.
    const day = { year: 2031, month: 3, day: 30 };
    expect(new Date(instantOf(day, 60, berlin)).toISOString()).toBe("2031-03-30T00:00:00.000Z");
    expect(new Date(instantOf(day, 180, berlin)).toISOString()).toBe("2031-03-30T01:00:00.000Z");
    const evening = instantOf(addDays(day, -1), 20 * 60, berlin);
    expect(said("1830", evening, 0, berlin)).toBe("+1 18:30");
  });
});

describe("a shop's hours", () => {
  const every = [1, 2, 3, 4, 5, 6, 7];
  const shop = (more: Partial<Shop>) => ({ id: "s", name: "한솥", ...more }) as Shop;
  const at = (days: number, minute: number) => instantOf(addDays(today, days), minute, seoul);
  const text = (days: number) =>
    new Date(Date.UTC(today.year, today.month - 1, today.day + days)).toISOString().slice(0, 10);

  it("go over midnight, as the day's they began on", () => {
    const late = shop({ hours: [{ days: every, from: "17:00", to: "26:00" }], closedDates: [text(0)] });
    expect(cooksAt(late, at(0, 60), seoul)).toBe(true); // yesterday's evening
    expect(cooksAt(late, at(0, 18 * 60), seoul)).toBe(false);
    expect(cooksAt(late, at(1, 60), seoul)).toBe(false); // today's would be
    expect(opensAt(late, at(0, 18 * 60), seoul)).toBe(at(1, 17 * 60));
    expect(hoursOn(late, at(0, 60), seoul)).toBe("17:00–02:00");
    expect(hoursOn(late, at(0, 180), seoul)).toBe("");
  });

  it("are always where none are said", () => {
    expect(cooksAt(shop({}), two, seoul)).toBe(true);
    expect(cooksAt(shop({ closedDates: [text(0)] }), two, seoul)).toBe(false);
    expect(opensAt(shop({ closedDates: [text(0)] }), two, seoul)).toBe(at(1, 0));
  });
});
