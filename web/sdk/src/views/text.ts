import { normalizePhone } from "../phone.ts";
import { finder, searchable } from "./hangul.ts";

// A record never changes (a new version is a new object), so its text is made once.
const haystacks = new WeakMap<object, string>();

/** A word of a search: whether it is in a text. */
export type Word = (text: string) => boolean;

/** The words of a search, as they are looked for. */
export function wordsOf(search: string | undefined): Word[] {
  const text = searchable(search ?? "").trim();
  // A whole number is one word, however it is written.
  const number = text.replaceAll(/\D/g, "").length >= 9 ? normalizePhone(text) : undefined;
  if (number) return [finder(number)];
  return text.split(/\s+/).filter(Boolean).map(finder);
}

/** Whether every word is somewhere in the record's fields. */
export function found(record: object, fields: () => (string | undefined)[], words: readonly Word[]): boolean {
  if (words.length === 0) return true;
  let text = haystacks.get(record);
  if (text === undefined) {
    text = searchable(fields().join("\n"));
    haystacks.set(record, text);
  }
  for (const word of words) if (!word(text)) return false;
  return true;
}

/** A list of wanted values; undefined lets everything pass. */
export function wanted<T>(list: readonly T[] | undefined): ReadonlySet<T> | undefined {
  return list && list.length > 0 ? new Set(list) : undefined;
}
