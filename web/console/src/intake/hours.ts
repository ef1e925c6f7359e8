import type { Hours, Shop } from "@bros/sdk";
import { addDays, type Day, dayText, instantOf, wallOf, weekdayOf } from "./when.ts";

/** A shop's hours by the server's rules (domain/shop_hours.go): a stretch belongs to its first day. */

const dayMinutes = 24 * 60;

function minutes(clock: string): number {
  const [hour = "0", minute = "0"] = clock.split(":");
  return Number(hour) * 60 + Number(minute);
}

function stretches(shop: Shop, day: Day): Hours[] {
  if (shop.closedDates?.includes(dayText(day))) return [];
  if (!shop.hours?.length) return [{ days: [], from: "00:00", to: "24:00" }];
  const weekday = weekdayOf(day);
  return shop.hours
    .filter(({ days }) => days.includes(weekday))
    .sort((a, b) => minutes(a.from) - minutes(b.from));
}

/** Whether anything is said of when the shop cooks. */
export function hasHours(shop: Shop): boolean {
  return Boolean(shop.hours?.length || shop.closedDates?.length);
}

/** Whether the shop cooks at that instant. */
export function cooksAt(shop: Shop, at: number, zone: string): boolean {
  if (!hasHours(shop)) return true;
  const wall = wallOf(at, zone);
  return [0, 1, 2].some((back) =>
    stretches(shop, addDays(wall, -back)).some(
      ({ from, to }) =>
        wall.minute + back * dayMinutes >= minutes(from) && wall.minute + back * dayMinutes < minutes(to),
    ),
  );
}

/** When the shop begins to cook again, within two weeks. */
export function opensAt(shop: Shop, after: number, zone: string): number | undefined {
  const today = wallOf(after, zone);
  for (let ahead = 0; ahead < 15; ahead++) {
    const day = addDays(today, ahead);
    for (const { from } of stretches(shop, day)) {
      const at = instantOf(day, minutes(from), zone);
      if (at > after) return at;
    }
  }
  return undefined;
}

/** The hours of the business day that runs, as `10:00–02:00`; empty: closed all day. */
export function hoursOn(shop: Shop, at: number, zone: string): string {
  const wall = wallOf(at, zone);
  const clock = (time: string) =>
    minutes(time) > dayMinutes
      ? `${String(Math.floor(minutes(time) / 60) % 24).padStart(2, "0")}${time.slice(2)}`
      : time;
  // After midnight the evening before may still run.
  const evening = stretches(shop, addDays(wall, -1)).some(({ to }) => wall.minute + dayMinutes < minutes(to));
  return stretches(shop, evening && shop.hours?.length ? addDays(wall, -1) : wall)
    .map(({ from, to }) => `${clock(from)}–${clock(to)}`)
    .join(", ");
}
