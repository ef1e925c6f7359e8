import { showPhone } from "@bros/sdk";
import { language, t } from "./i18n.ts";

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const clockSeconds = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});
const monies = new Map<string, Intl.NumberFormat>();

/** An amount in a currency's minor unit: 12300 KRW is ₩12,300. */
export function money(minor: number, currency = "KRW"): string {
  const locale = language() === "ko" ? "ko-KR" : "en-US";
  let format = monies.get(locale + currency);
  if (!format) {
    format = new Intl.NumberFormat(locale, { style: "currency", currency, currencyDisplay: "narrowSymbol" });
    monies.set(locale + currency, format);
  }
  return format.format(minor / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 0));
}

/** How many digits a currency has behind its point. */
function digitsOf(currency: string): number {
  return (
    new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 0
  );
}

/** An amount as it is typed: 1250 of USD is 12.5. */
export function inMajor(minor: number, currency: string): number {
  return minor / 10 ** digitsOf(currency);
}

/** What was typed, in the minor unit that the server counts in; nothing is nothing. */
export function inMinor(major: number, currency: string): number {
  return Math.round((Number.isFinite(major) ? major : 0) * 10 ** digitsOf(currency));
}

/** The step of a field of money. */
export function stepOf(currency: string): string {
  return String(1 / 10 ** digitsOf(currency));
}

/** 19:04. */
export function time(at: string | number | undefined): string {
  return at === undefined ? "" : clock.format(new Date(at));
}

/** 19:04:31. */
export function timeSeconds(at: string | number | undefined): string {
  return at === undefined ? "" : clockSeconds.format(new Date(at));
}

/** A moment of any day: 11/02 19:04:31, with the year when it is another one. */
export function dayTime(at: string | number): string {
  const date = new Date(at);
  const day = `${pad(date.getMonth() + 1)}/${pad(date.getDate())}`;
  const year = date.getFullYear() === new Date().getFullYear() ? "" : `${date.getFullYear()}/`;
  return `${year}${day} ${clockSeconds.format(date)}`;
}

/** Milliseconds until a promise as `12:40`, beyond it as `−03:10`, with hours as `1:02:00`. */
export function countdown(ms: number): string {
  const seconds = Math.abs(Math.trunc(ms / 1000));
  const rest = `${pad(Math.floor(seconds / 60) % 60)}:${pad(seconds % 60)}`;
  const hours = Math.floor(seconds / 3600);
  return (ms < 0 && seconds > 0 ? "−" : "") + (hours > 0 ? `${hours}:${rest}` : rest);
}

/** A length of time in one word: now, 40 s, 12 min, 3 h. */
export function age(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 5) return t("time.now");
  if (seconds < 100) return t("time.seconds", { n: seconds });
  if (seconds < 100 * 60) return t("time.minutes", { n: Math.round(seconds / 60) });
  return t("time.hours", { n: Math.round(seconds / 3600) });
}

/** The same in the past: "now" or "12 min ago". */
export function ago(ms: number): string {
  return ms < 5000 ? t("time.now") : t("time.ago", { age: age(ms) });
}

/** Metres as 350 m or 1.2 km. */
export function distance(metres: number): string {
  return metres < 950 ? `${Math.round(metres / 10) * 10} m` : `${(metres / 1000).toFixed(1)} km`;
}

/** A kept number as it is said. */
export const phone = showPhone;

/** Metres between two places, by the haversine. */
export function metresBetween(a: { lat: number; lng: number }, b: { lat: number; lng: number }): number {
  const rad = Math.PI / 180;
  const dLat = ((b.lat - a.lat) * rad) / 2;
  const dLng = ((b.lng - a.lng) * rad) / 2;
  const h = Math.sin(dLat) ** 2 + Math.cos(a.lat * rad) * Math.cos(b.lat * rad) * Math.sin(dLng) ** 2;
  return 2 * 6_371_000 * Math.asin(Math.sqrt(h));
}

function pad(n: number): string {
  return String(n).padStart(2, "0");
}
