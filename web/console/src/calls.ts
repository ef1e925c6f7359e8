import { normalizePhone, type Volatile } from "@bros/sdk";
import { createSignal } from "solid-js";

/** A call that a telephone system has told of: the event `call:incoming` on one's own address. */
export interface Call {
  phone: string;
}

const [ringing, ring] = createSignal<Call>();

/** The call that waits to be taken, and the switch for it. */
export { ring, ringing };

/** The call that an event tells of, or undefined. */
export function callOf(event: Volatile): Call | undefined {
  if (event.event !== "call:incoming" || !event.address.startsWith("user/")) return undefined;
  const { phone } = (event.data ?? {}) as { phone?: unknown };
  const number =
    typeof phone === "string" || typeof phone === "number" ? normalizePhone(String(phone)) : undefined;
  return number && number.length >= 4 ? { phone: number } : undefined;
}
