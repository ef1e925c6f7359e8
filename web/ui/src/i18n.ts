import { en, type Key, ko } from "./texts/index.ts";

export type { Key } from "./texts/index.ts";
export type Language = "ko" | "en";

/** `?lang=`, else the browser's language, else Korean. */
export function chooseLanguage(search: string, browser: readonly string[]): Language {
  const asked = new URLSearchParams(search).get("lang");
  if (asked === "ko" || asked === "en") return asked;
  for (const tag of browser) {
    const language = tag.slice(0, 2).toLowerCase();
    if (language === "ko" || language === "en") return language;
  }
  return "ko";
}

/** The page's language; it does not change without a reload. */
export const language: Language =
  typeof location === "undefined" ? "ko" : chooseLanguage(location.search, navigator.languages ?? []);

const texts = language === "ko" ? ko : en;

/** A text of the page, its `{name}`s filled in. */
export function t(key: Key, values?: Record<string, string | number>): string {
  const text: string = texts[key];
  if (!values) return text;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** The text of a key made at run time, or the fallback when there is none. */
export function tOr(key: string, fallback: string): string {
  return Object.hasOwn(texts, key) ? texts[key as Key] : fallback;
}

/** The same page in the other language. */
export function otherLanguage(): string {
  const url = new URL(location.href);
  url.searchParams.set("lang", language === "ko" ? "en" : "ko");
  return url.pathname + url.search;
}

/** A path of this site that keeps the language that was asked for. */
export function keepLanguage(path: string): string {
  const asked = new URLSearchParams(location.search).get("lang");
  if (!asked) return path;
  return `${path + (path.includes("?") ? "&" : "?")}lang=${asked}`;
}

/** Tells the document its language: fonts and screen readers go by it. */
export function applyLanguage(title?: string): void {
  document.documentElement.lang = language;
  if (title) document.title = title;
}
