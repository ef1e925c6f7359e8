import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { fieldText } from "../src/fieldText.ts";
import { chooseLanguage } from "../src/i18n.ts";
import { en, ko } from "../src/texts/index.ts";

const placeholders = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();

test("both languages have the same texts with the same gaps", () => {
  expect(Object.keys(ko)).toEqual(Object.keys(en));
  for (const key of Object.keys(en) as (keyof typeof en)[]) {
    expect(placeholders(ko[key]), key).toEqual(placeholders(en[key]));
    expect(ko[key], key).not.toBe("");
  }
});

test.each([
  ["?lang=en", ["ko-KR"], "en"],
  ["?lang=ko", ["en-US"], "ko"],
  ["?lang=fr", ["en-US", "ko"], "en"],
  ["", ["fr-FR", "en-GB"], "en"],
  ["", ["fr-FR"], "ko"],
  ["", [], "ko"],
])("language of %s in a browser of %j is %s", (search, browser, want) => {
  expect(chooseLanguage(search, browser)).toBe(want);
});

/** Every .tsx file of the pages. */
function pages(): string[] {
  const root = resolve(import.meta.dirname, "../..");
  return ["ui", "console", "rider", "tracking"].flatMap((part) =>
    readdirSync(join(root, part, "src"), { recursive: true })
      .map((name) => join(root, part, "src", String(name)))
      .filter((name) => name.endsWith(".tsx")),
  );
}

test("no page has words of its own: every text comes from the two lists", () => {
  const found: string[] = [];
  for (const file of pages()) {
    const source = readFileSync(file, "utf8")
      .replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, "")
      .replace(/<([Kk]bd)>[^<{]*<\/\1>/g, ""); // names of keys are what is printed on them
    // Words between tags, and in attributes that people read or hear.
    for (const match of source.matchAll(/>([^<>{}=;()]*[A-Za-z가-힣]{3,}[^<>{}=;()]*)<\//g)) {
      if (match[1]?.trim() !== "bros") found.push(`${file}: ${match[1]}`);
    }
    for (const match of source.matchAll(
      /(?:placeholder|title|aria-label|alt|label|trigger|text)="([^"]*[A-Za-z가-힣]{2,}[^"]*)"/g,
    )) {
      found.push(`${file}: ${match[0]}`);
    }
    // Words that are said in a toast.
    for (const match of source.matchAll(/\b(?:tell|complain)\(\s*["'`](?!\$\{)[^"'`]*/g)) {
      found.push(`${file}: ${match[0]}`);
    }
  }
  expect(found).toEqual([]);
});

test("every text is used somewhere", () => {
  const root = resolve(import.meta.dirname, "../..");
  let all = "";
  for (const part of ["ui", "console", "rider", "tracking"]) {
    for (const name of readdirSync(join(root, part, "src"), { recursive: true })) {
      const file = String(name);
      if (/\.tsx?$/.test(file) && !file.startsWith("texts/")) {
        all += readFileSync(join(root, part, "src", file), "utf8");
      }
    }
  }
  const unused = Object.keys(en).filter((key) => {
    const family = key.slice(0, key.lastIndexOf("."));
    // Keys of a family are made at run time: `status.${status}`.
    return !all.includes(`"${key}"`) && !all.includes(`\`${family}.\${`) && !all.includes(`"${family}."`);
  });
  expect(unused).toEqual([]);
});

test("a fault of a field is said by its code, in the page's language", () => {
  const fault = { code: "out_of_range", params: ["1", "10"], message: "must be between 1 and 10" };
  expect(fieldText(fault, "ko")).toBe("1에서 10 사이여야 합니다");
  // A code of a newer server has no text here: its own sentence is better than none.
  expect(fieldText({ code: "new_one", message: "must be new" }, "ko")).toBe("must be new");
  expect(fieldText(fault, "en")).toBe("must be between 1 and 10");
});
