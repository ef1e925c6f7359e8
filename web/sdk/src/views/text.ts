import { normalizePhone } from "../phone.ts";

// A record never changes (a new version is a new object), so its text is made once.
const haystacks = new WeakMap<object, string>();

/** The words of a search, as they are looked for. */
export function wordsOf(search: string | undefined): string[] {
  const text = (search ?? "").normalize("NFC").toLowerCase();
  // A whole number with spaces in it is one word.
  if (/^[^\p{L}]*$/u.test(text) && text.replaceAll(/\D/g, "").length >= 9) {
    const number = normalizePhone(text);
    if (number) return [number];
  }
  return text
    .split(/\s+/)
    .filter(Boolean)
    .map((word) => (/^[\d-]+$/.test(word) ? word.replaceAll("-", "") : word));
}

/** Whether every word is somewhere in the record's fields. */
export function found(
  record: object,
  fields: () => (string | undefined)[],
  words: readonly string[],
): boolean {
  if (words.length === 0) return true;
  let text = haystacks.get(record);
  if (text === undefined) {
    text = fields().join("\n").toLowerCase();
    haystacks.set(record, text);
  }
  for (const word of words) if (!text.includes(word)) return false;
  return true;
}

/** A list of wanted values; undefined lets everything pass. */
export function wanted<T>(list: readonly T[] | undefined): ReadonlySet<T> | undefined {
  return list && list.length > 0 ? new Set(list) : undefined;
}
