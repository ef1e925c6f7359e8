/** Keys under an input method: Hangul above all, where every syllable is composed. */

/** What of an event is looked at; a real KeyboardEvent has it all. */
export type KeyPress = Pick<
  KeyboardEvent,
  "key" | "code" | "keyCode" | "isComposing" | "target" | "timeStamp"
>;

/** Where typing is typing. */
const typing = "input:not([type=checkbox]):not([type=radio]), textarea, [contenteditable]";
/** The letters of the two-set Hangul keyboard, by the key that they stand on. */
const hangul: Record<string, string> = Object.fromEntries(
  [..."ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔㅁㄴㅇㄹㅎㅗㅓㅏㅣㅋㅌㅊㅍㅠㅜㅡ"].map((jamo, i) => [
    jamo,
    "qwertyuiopasdfghjklzxcvbnm"[i] ?? "",
  ]),
);
const shifted: Record<string, string> = { ㅃ: "q", ㅉ: "w", ㄸ: "e", ㄲ: "r", ㅆ: "t", ㅒ: "o", ㅖ: "p" };
/** A syllable of Hangul or a part of one: what a Korean input method composes. */
const syllable = /^[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]+$/u;

function isTyping(target: EventTarget | null): boolean {
  return Boolean((target as Element | null)?.matches?.(typing));
}

/** The key was handed to an input method: 229 and "Process" come even where `isComposing` does not. */
function processed(event: KeyPress): boolean {
  return event.isComposing || event.keyCode === 229 || event.key === "Process";
}

/**
 * Whether a keydown belongs to the input method: it ends or changes a syllable and is no key of
 * ours. Outside of a field nothing is composed, whatever the browser calls the key.
 */
export function composing(event: KeyPress): boolean {
  return processed(event) && isTyping(event.target);
}

/** The press that was told last, so that one press told twice is one. */
let last: { code: string; at: number; processed: boolean; event: WeakRef<object> } | undefined;
const samePressMs = 60;

/**
 * The key that was meant, letters small and in Latin: "n" for n, N, ㅜ, and for a press that the
 * input method took outside of a field. Empty where the press is the input method's own, or was
 * told already by its other event. Every handler of one event gets the same answer.
 */
export function keyOf(event: KeyPress): string {
  if (composing(event)) return "";
  const before = last;
  const taken = processed(event);
  if (before?.event.deref() !== event) {
    // Some browsers tell one press twice, as the input method's and as the key itself.
    const again =
      before?.code === event.code && before.processed !== taken && event.timeStamp - before.at < samePressMs;
    if (again) return "";
    last = { code: event.code, at: event.timeStamp, processed: taken, event: new WeakRef(event) };
  }
  if (taken) return ofCode(event.code);
  if (event.key.length !== 1) return event.key;
  return hangul[event.key] ?? shifted[event.key] ?? event.key.toLowerCase();
}

/** The key that stands at a place of the keyboard. */
function ofCode(code: string): string {
  const plain = /^(?:Key|Digit|Numpad)([A-Z0-9])$/.exec(code)?.[1];
  if (plain) return plain.toLowerCase();
  if (code === "Slash") return "/";
  if (code === "NumpadEnter") return "Enter";
  return /^(?:Enter|Escape|Tab|Arrow\w+|Home|End)$/.test(code) ? code : "";
}

/**
 * An Enter that ends a syllable of Hangul is an Enter too: most browsers tell it again by itself,
 * some don't. Tells it for those, once, when the key comes up. Not where something else is
 * composed: there Enter takes what is proposed. Call it once for a page.
 */
export function mendComposedEnter(page: Document = document): void {
  let composed = "";
  let pending: EventTarget | undefined;
  page.addEventListener(
    "compositionstart",
    () => {
      composed = "";
    },
    true,
  );
  page.addEventListener(
    "compositionupdate",
    (event) => {
      composed = (event as CompositionEvent).data;
    },
    true,
  );
  page.addEventListener(
    "keydown",
    (event) => {
      if (event.code !== "Enter" && event.key !== "Enter") return;
      pending = composing(event) && syllable.test(composed) && event.target ? event.target : undefined;
    },
    true,
  );
  page.addEventListener(
    "keyup",
    (event) => {
      const target = pending;
      if ((event.code !== "Enter" && event.key !== "Enter") || !target) return;
      pending = undefined;
      if (target !== event.target) return;
      const again = new KeyboardEvent("keydown", {
        key: "Enter",
        code: "Enter",
        bubbles: true,
        cancelable: true,
        ctrlKey: event.ctrlKey,
        metaKey: event.metaKey,
        shiftKey: event.shiftKey,
        altKey: event.altKey,
      });
      target.dispatchEvent(again);
    },
    true,
  );
}
