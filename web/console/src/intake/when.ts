/** Times as they are typed while somebody talks: `1830`, `18:30`, `+90`, `내일 12`, `12/24 1830`. */

/** A day of a calendar, at no time of it. */
export interface Day {
  year: number;
  month: number;
  day: number;
}

export interface Wall extends Day {
  /** Monday is 1. */
  weekday: number;
  /** Since midnight, by the clock on the wall. */
  minute: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function parts(at: number, zone: string): Record<string, number> {
  let format = formats.get(zone);
  if (!format) {
    const two = "2-digit";
    const fields = { year: "numeric", month: two, day: two, hour: two, minute: two, second: two } as const;
    format = new Intl.DateTimeFormat("en-US", { timeZone: zone, hourCycle: "h23", ...fields });
    formats.set(zone, format);
  }
  return Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
}

/** The day and the clock at an instant in a zone. */
export function wallOf(at: number, zone: string): Wall {
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0 } = parts(at, zone);
  return { year, month, day, minute: hour * 60 + minute, weekday: weekdayOf({ year, month, day }) };
}

export function weekdayOf({ year, month, day }: Day): number {
  return ((new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 6) % 7) + 1;
}

export function addDays({ year, month, day }: Day, days: number): Day {
  const date = new Date(Date.UTC(year, month - 1, day + days));
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

export function daysBetween(from: Day, to: Day): number {
  const utc = (d: Day) => Date.UTC(d.year, d.month - 1, d.day);
  return Math.round((utc(to) - utc(from)) / 86_400_000);
}

/** YYYY-MM-DD, as the server writes days. */
export function dayText({ year, month, day }: Day): string {
  return `${year}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`;
}

/** The instant at which the clock of a zone shows that minute of that day. */
export function instantOf(day: Day, minute: number, zone: string): number {
  const wanted = Date.UTC(day.year, day.month - 1, day.day) + minute * 60_000;
  let at = wanted;
  // Twice: the first guess may lie on the other side of a change of the clock.
  for (let i = 0; i < 2; i++) {
    const { year = 0, month = 1, day: date = 1, hour = 0, minute: min = 0, second = 0 } = parts(at, zone);
    at += wanted - Date.UTC(year, month - 1, date, hour, min, second);
  }
  return at;
}

const clock =
  /^(오전|오후|am|pm)?\s*(?:(\d{1,2})\s*[:.시h]\s*(\d{1,2})?\s*분?|(\d{1,2})(\d{2})|(\d{1,2}))\s*(am|pm)?$/;

/** Minutes since midnight that a text says, at most 47:59; undefined where it says none. */
function minutesOf(text: string): number | undefined {
  const found = clock.exec(text);
  if (!found) return undefined;
  const half = found[1] ?? found[7];
  let hour = Number(found[2] ?? found[4] ?? found[6]);
  const minute = Number(found[3] ?? found[5] ?? 0);
  if (half) {
    if (hour < 1 || hour > 12) return undefined;
    hour = (hour % 12) + (half === "오후" || half === "pm" ? 12 : 0);
  }
  return hour < 48 && minute < 60 ? hour * 60 + minute : undefined;
}

const dayWords: Record<string, number> = { 오늘: 0, today: 0, 내일: 1, tomorrow: 1, 모레: 2 };

/**
 * The instant that was typed: so many minutes from now, or a time of the zone's clock, which is
 * the next one to come where no day is named. `shift` moves it by days. Undefined: no time.
 */
export function readWhen(typed: string, now: number, zone: string, shift = 0): number | undefined {
  let text = typed.normalize("NFC").trim().toLowerCase().replaceAll(/\s+/g, " ");
  if (!text) return undefined;
  const today = wallOf(now, zone);
  const moved = (at: number) => {
    if (shift === 0) return at;
    const wall = wallOf(at, zone);
    return instantOf(addDays(wall, shift), wall.minute, zone);
  };
  const later = /^\+\s*(?:(\d{1,2}):(\d{2})|(\d{1,4})\s*(h|시간|m|분|min)?)$/.exec(text);
  if (later) {
    const hours = Number(later[1] ?? 0) + (/h|시간/.test(later[4] ?? "") ? Number(later[3]) : 0);
    const minutes = Number(later[2] ?? 0) + (/h|시간/.test(later[4] ?? "") ? 0 : Number(later[3] ?? 0));
    return moved(now + (hours * 60 + minutes) * 60_000);
  }
  let day: Day | undefined;
  const word = Object.keys(dayWords).find((one) => text.startsWith(one));
  const date = /^(?:(\d{4})[-/.])?(\d{1,2})[-/](\d{1,2}) /.exec(text);
  if (word) {
    day = addDays(today, dayWords[word] ?? 0);
    text = text.slice(word.length).trim();
  } else if (date) {
    day = { year: Number(date[1] ?? today.year), month: Number(date[2]), day: Number(date[3]) };
    if (dayText(addDays(day, 0)) !== dayText(day)) return undefined; // 2/30
    // Without a year it is the next one of that name.
    if (!date[1] && daysBetween(today, day) < 0) day = { ...day, year: day.year + 1 };
    text = text.slice(date[0].length).trim();
  }
  const minute = minutesOf(text);
  if (minute === undefined) return undefined;
  const at = instantOf(day ?? today, minute, zone);
  // The minute that runs is still to come, in what people mean.
  return moved(day || at > now - 60_000 ? at : instantOf(addDays(today, 1), minute, zone));
}
