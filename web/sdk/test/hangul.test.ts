import { describe, expect, it } from "vitest";
import { finder, searchable } from "../src/views/hangul.ts";
import { found, wordsOf } from "../src/views/text.ts";

const finds = (word: string, text: string) => finder(searchable(word))(searchable(text));

describe("a word finds", () => {
  it("a name at every key of its typing", () => {
    for (const typed of ["ㅎ", "하", "한", "한ㅅ", "한소", "한솥", "ㅎㅅ", "ㅎㅅㄷㅅㄹ"]) {
      expect(finds(typed, "한솥도시락"), typed).toBe(true);
    }
    for (const typed of ["ㄷ", "다", "달", "닭", "닭ㄱ", "닭가", "닭갈ㅂ", "닭갈비"]) {
      expect(finds(typed, "춘천닭갈비"), typed).toBe(true);
    }
    for (const typed of ["고", "과", "괒", "과ㅈ", "과자"]) expect(finds(typed, "과자점"), typed).toBe(true);
    // The final consonant is the next syllable's, until that has a vowel.
    for (const typed of ["각", "가게", "값"]) {
      expect(finds(typed, typed === "값" ? "갑사" : "가게"), typed).toBe(true);
    }
    expect(finds("ㄳ", "강서")).toBe(true);
  });

  it("nothing else", () => {
    expect(finds("한소", "한강")).toBe(false);
    expect(finds("솥한", "한솥")).toBe(false);
    expect(finds("소한", "솥한")).toBe(false); // only the last syllable grows
    expect(finds("ㅅㅎ", "한솥")).toBe(false);
    expect(finds("a.c", "abc")).toBe(false);
    expect(finds("(", "김(치)")).toBe(true);
  });

  it("decomposed and invisible characters, whichever side has them", () => {
    expect(finds("한솥".normalize("NFD"), "한솥 잠실점")).toBe(true);
    expect(finds("한솥", "한솥 잠실점".normalize("NFD"))).toBe(true);
    expect(finds("한\u200b솥", "한솥")).toBe(true);
  });

  it("lot numbers, and parts of phone numbers with dashes", () => {
    expect(finds("123-45", "방이동 123-45")).toBe(true);
    expect(finds("2345-67", "01023456789")).toBe(true);
    expect(finds("123-45", "방이동 123-54")).toBe(false);
  });
});

it("every form of a number is the number", () => {
  const record = { phone: "01023456789", virtual: "050712345678", extension: "021234567,12" };
  for (const typed of [
    "+82 10-2345-6789",
    "\u202d010-2345-6789\u202c",
    "1023456789",
    "0507-1234-5678",
    "02-123-4567 내선 12",
    "2345-6789",
  ]) {
    expect(
      found(record, () => Object.values(record), wordsOf(typed)),
      typed,
    ).toBe(true);
  }
});
