import { describe, expect, it } from "vitest";
import { composing, type KeyPress, keyOf } from "../src/keys.ts";

const field = { matches: () => true } as unknown as EventTarget;
const page = { matches: () => false } as unknown as EventTarget;
let clock = 0;

function press(parts: Partial<KeyPress>): KeyPress {
  clock += 1000;
  return { key: "", code: "", keyCode: 0, isComposing: false, target: page, timeStamp: clock, ...parts };
}

describe("keys under an input method", () => {
  it.each([
    { key: "Enter", code: "Enter", isComposing: true, keyCode: 229 },
    { key: "Process", code: "KeyN", keyCode: 229 },
    { key: "ㅜ", code: "KeyN", keyCode: 229 },
    { key: "Escape", code: "Escape", isComposing: true, keyCode: 27 },
    { key: "Enter", code: "Enter", keyCode: 229 },
  ])("in a field $key ($keyCode) is the syllable's", (parts) => {
    expect(composing(press({ ...parts, target: field }))).toBe(true);
    expect(keyOf(press({ ...parts, target: field }))).toBe("");
  });

  it("a plain key in a field is a key", () => {
    expect(composing(press({ key: "Enter", code: "Enter", keyCode: 13, target: field }))).toBe(false);
    expect(keyOf(press({ key: "Enter", code: "Enter", keyCode: 13, target: field }))).toBe("Enter");
  });

  it.each([
    ["Process", "KeyN", 229, "n"],
    ["ㅜ", "KeyN", 78, "n"],
    ["ㅜ", "KeyN", 229, "n"],
    ["N", "KeyN", 78, "n"],
    ["ㄲ", "KeyR", 82, "r"],
    ["Process", "Digit1", 229, "1"],
    ["Process", "Slash", 229, "/"],
    ["Process", "Enter", 229, "Enter"],
    ["Process", "AudioVolumeUp", 229, ""],
    ["ArrowDown", "ArrowDown", 40, "ArrowDown"],
  ])("outside of a field %s on %s is %s", (key, code, keyCode, meant) => {
    expect(keyOf(press({ key, code, keyCode }))).toBe(meant);
  });

  it("one press told twice is one, two presses are two", () => {
    const taken = press({ key: "Process", code: "KeyN", keyCode: 229 });
    expect(keyOf(taken)).toBe("n");
    expect(keyOf(taken), "for the next handler of the same event").toBe("n");
    expect(keyOf({ ...press({ key: "n", code: "KeyN", keyCode: 78 }), timeStamp: clock - 990 })).toBe("");
    expect(keyOf(press({ key: "n", code: "KeyN", keyCode: 78 }))).toBe("n");
  });
});
