import { normalizePhone, type Volatile } from "@bros/sdk";
import { createSignal } from "solid-js";

/** A call that a telephone system has told of: the event `call:incoming` on one's own address. */
export interface Call {
  phone: string;
  /** When it came, in milliseconds. */
  at: number;
  /** The agent has said on another page that this one is taken next. */
  wanted?: boolean;
}

const [calls, setCalls] = createSignal<Call[]>([]);

/** The calls that wait to be taken, the oldest first. */
export { calls };

/** A call rings; the same number again is the same call. */
export function ring(phone: string): void {
  if (!calls().some((call) => call.phone === phone)) setCalls([...calls(), { phone, at: Date.now() }]);
}

/** The calls as they were before a reload; nobody waits on the line for ten minutes. */
export function ringAgain(before: readonly Call[]): void {
  setCalls(before.filter((call) => Date.now() - call.at < 600_000));
}

/** The call waits no more: it was taken, or waved off. */
export function endCall(phone: string): void {
  setCalls(calls().filter((call) => call.phone !== phone));
}

/** The agent takes this one next, before those that rang earlier. */
export function wantCall(phone: string): void {
  const rest = calls().filter((call) => call.phone !== phone);
  setCalls([{ phone, at: Date.now(), wanted: true }, ...rest]);
}

/** The number that calls, as an event tells it, or undefined. */
export function callOf(event: Volatile): string | undefined {
  if (event.event !== "call:incoming" || !event.address.startsWith("user/")) return undefined;
  const { phone } = (event.data ?? {}) as { phone?: unknown };
  const number =
    typeof phone === "string" || typeof phone === "number" ? normalizePhone(String(phone)) : undefined;
  return number && number.length >= 4 ? number : undefined;
}
