/**
 * Hangul as it is while somebody types it: `한소` is on the way to 한솥, `ㅎㅅ` are its initials.
 * A word becomes a pattern once, and is then looked for in many texts.
 */

const initials = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ";
const finals =
  "ㄱ,ㄲ,ㄱㅅ,ㄴ,ㄴㅈ,ㄴㅎ,ㄷ,ㄹ,ㄹㄱ,ㄹㅁ,ㄹㅂ,ㄹㅅ,ㄹㅌ,ㄹㅍ,ㄹㅎ,ㅁ,ㅂ,ㅂㅅ,ㅅ,ㅆ,ㅇ,ㅈ,ㅊ,ㅋ,ㅌ,ㅍ,ㅎ".split(
    ",",
  );
/** By how much the vowels lie behind the one that they begin with: ㅗ becomes ㅘ, ㅙ, ㅚ. */
const vowels: Record<number, number> = { 8: 3, 13: 3, 18: 1 };
/** Two consonants that the keyboard writes as one sign. */
const pairs: Record<string, string> = {
  ㄳ: "ㄱㅅ",
  ㄵ: "ㄴㅈ",
  ㄶ: "ㄴㅎ",
  ㄺ: "ㄹㄱ",
  ㄻ: "ㄹㅁ",
  ㄼ: "ㄹㅂ",
  ㄽ: "ㄹㅅ",
  ㄾ: "ㄹㅌ",
  ㄿ: "ㄹㅍ",
  ㅀ: "ㄹㅎ",
  ㅄ: "ㅂㅅ",
};

const first = 0xac00;
const last = 0xd7a3;
const perVowel = 28;
const perInitial = 21 * perVowel;

const span = (from: number, count: number) =>
  `${String.fromCharCode(from)}-${String.fromCharCode(from + count - 1)}`;

function initial(jamo: string): string {
  const at = initials.indexOf(jamo);
  return at < 0 ? jamo : `[${jamo}${span(first + at * perInitial, perInitial)}]`;
}

/** What the last syllable of a word may still become. */
function growing(code: number): string {
  const at = (code - first) % perVowel;
  if (at === 0) {
    const more = vowels[Math.floor(((code - first) % perInitial) / perVowel)] ?? 0;
    return `[${span(code, perVowel * (more + 1))}]`;
  }
  const final = finals[at - 1] ?? "";
  // 한 is 한, or 하 before a ㄴ; 닭 is 닭, or 달 before a ㄱ. 달 is on the way to 닭, too.
  const open = code - at;
  const stem = final.length > 1 ? open + finals.indexOf(final[0] ?? "") + 1 : open;
  const double = finals.flatMap((f, i) => (f.length > 1 && f[0] === final ? [open + i + 1] : []));
  const same = String.fromCharCode(code, ...double);
  return `(?:[${same}]|${String.fromCharCode(stem)}${initial(final.at(-1) ?? "")})`;
}

const special = /[.*+?^${}()|[\]\\]/;

function pattern(word: string): string {
  const chars = [...word].flatMap((char) => [...(pairs[char] ?? char)]);
  return chars
    .map((char, index) => {
      const code = char.charCodeAt(0);
      if (initials.includes(char)) return initial(char);
      if (code >= first && code <= last && index === chars.length - 1) return growing(code);
      return special.test(char) ? `\\${char}` : char;
    })
    .join("");
}

/** Whether a word, in small letters and composed, is in such a text. */
export function finder(word: string): (text: string) => boolean {
  // 123-45 is a lot number, or a phone number's part, which is kept without its dashes.
  if (/^\d[\d-]*-[\d-]*$/.test(word)) {
    const digits = word.replaceAll("-", "");
    return (text) => text.includes(word) || text.includes(digits);
  }
  if (!/[ㄱ-ㅎ가-힣]/.test(word)) return (text) => text.includes(word);
  const regex = new RegExp(pattern(word));
  return (text) => regex.test(text);
}

/** A text as it is searched: small letters, composed, without what nobody sees. */
export function searchable(text: string): string {
  return text
    .normalize("NFC")
    .replaceAll(/\p{Cf}/gu, "")
    .toLowerCase();
}
