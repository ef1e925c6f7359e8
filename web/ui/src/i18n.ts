import { createSignal } from "solid-js";
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

const [language, setCurrent] = createSignal<Language>(
  typeof location === "undefined" ? "ko" : chooseLanguage(location.search, navigator.languages ?? []),
);

/** The page's language, as a signal: every text that is read in the page's markup follows it. */
export { language };

const texts: Record<Language, Record<Key, string>> = { ko, en };

/** A text of the page, its `{name}`s filled in. */
export function t(key: Key, values?: Record<string, string | number>): string {
  const text = texts[language()][key];
  if (!values) return text;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** The text of a key made at run time, or the fallback when there is none. */
export function tOr(key: string, fallback: string): string {
  const list = texts[language()];
  return Object.hasOwn(list, key) ? list[key as Key] : fallback;
}

/** The address of the same page in the other language. */
export function otherLanguage(): string {
  const url = new URL(location.href);
  url.searchParams.set("lang", language() === "ko" ? "en" : "ko");
  return url.pathname + url.search;
}

/** Shows the page in another language where it stands: nothing is loaded anew, nothing typed is lost. */
export function setLanguage(next: Language): void {
  const url = new URL(location.href);
  url.searchParams.set("lang", next);
  history.replaceState(history.state, "", url);
  setCurrent(next);
  document.documentElement.lang = next;
}

/** Switches to the other language; as the click of a link to `otherLanguage()`. */
export function switchLanguage(event?: MouseEvent): void {
  if (event && (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0)) return;
  event?.preventDefault();
  setLanguage(language() === "ko" ? "en" : "ko");
}

/** A path of this site that keeps the language that was asked for. */
export function keepLanguage(path: string): string {
  const asked = new URLSearchParams(location.search).get("lang");
  if (!asked) return path;
  return `${path + (path.includes("?") ? "&" : "?")}lang=${asked}`;
}

/** Tells the document its language: fonts and screen readers go by it. */
export function applyLanguage(title?: string): void {
  document.documentElement.lang = language();
  if (title) document.title = title;
}
