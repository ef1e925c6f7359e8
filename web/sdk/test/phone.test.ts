import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { normalizePhone, phoneLink, showPhone } from "../src/phone.ts";
import { found, wordsOf } from "../src/views/text.ts";

interface Row {
  in: string;
  kept: string;
  shown?: string;
  link?: string;
}

const table = JSON.parse(
  readFileSync(new URL("../../../domain/testdata/phones.json", import.meta.url), "utf8"),
) as Row[];

test("numbers are kept, shown and dialled as the server's table says", () => {
  expect(table.length).toBeGreaterThan(30);
  for (const row of table) {
    const kept = normalizePhone(row.in);
    expect(kept ?? "", row.in).toBe(row.kept);
    if (!kept) continue;
    expect(normalizePhone(kept), kept).toBe(
      row.kept === "12125550199" || row.kept === "50212345678" ? kept : row.kept,
    );
    expect(showPhone(kept), row.in).toBe(row.shown);
    expect(phoneLink(kept), row.in).toBe(row.link);
  }
});

test("a list finds a number however it is typed", () => {
  const record = { phone: "01012345678" };
  for (const typed of [
    "+82 10-1234-5678",
    "010 1234 5678",
    "1234-5678",
    "5678",
    "0507 010-1234-5678".slice(5),
    "\u202d010-1234-5678\u202c",
  ]) {
    expect(
      found(record, () => [record.phone, "홍길동"], wordsOf(typed)),
      typed,
    ).toBe(true);
  }
  expect(found({}, () => ["01012345678"], wordsOf("010-1234-9999"))).toBe(false);
});

test("decomposed Hangul is found as composed", () => {
  expect(found({}, () => ["한솥도시락"], wordsOf("한솥".normalize("NFD")))).toBe(true);
});
