// What goes over the socket, as contract section 5 fixes it.

export interface Since {
  epoch: string;
  seq: number;
}

/** A record as rooms carry it: whatever else it has, it has an id. */
export interface LiveRecord {
  id: string;
  finishedAt?: string;
}

export interface Hello {
  connection: { id: string; nodeId: string; userId: string };
  now: string;
}

export interface ResumeEvent {
  seq: number;
  event: string;
  key: string;
  op?: "remove";
  data?: LiveRecord;
}

/** The answer to a subscribe, of a socket or out of /changes. */
export interface Reply {
  id?: number;
  address: string;
  mode: "snapshot" | "resume";
  epoch: string;
  seq: number;
  windowSec?: number;
  records?: LiveRecord[];
  events?: ResumeEvent[];
  /** Parts of a large snapshot are numbered from 1 and all but the last say `more`. */
  part?: number;
  more?: boolean;
  volatile?: boolean;
}

export interface Refusal {
  id?: number;
  address?: string;
  error: { code: string; detail?: string };
}

/** A numbered message of a sequenced address. */
export interface Change {
  address: string;
  prev: number;
  seq: number;
  event: string;
  key: string;
  op?: "remove";
  data?: LiveRecord;
}

/** A message that is gone when missed. */
export interface Volatile {
  address: string;
  event: string;
  data: unknown;
}

export interface Notice {
  address: string;
  resync?: boolean;
  revoked?: boolean;
}

export interface Head {
  epoch: string;
  prev: number;
  seq: number;
}

export interface Heads {
  heads: Record<string, Head>;
  now: string;
}

/** The success of a command other than subscribe. */
export interface Done {
  id: number;
}

export type ServerMessage = Hello | Reply | Refusal | Change | Volatile | Notice | Heads | Done;

/** A place as `rider:position` carries it; `at` is when the device was there. */
export interface RiderPlace {
  riderId: string;
  lat: number;
  lng: number;
  heading?: number;
  speed?: number;
  accuracy?: number;
  battery?: number;
  at: string;
}

export const subprotocol = "bros.v1";

/** Close codes; the contract says which of them mean "do not come back unchanged". */
export const Close = {
  restarting: 1012,
  overloaded: 1013,
  broken: 4400,
  sessionEnded: 4401,
  forbidden: 4403,
  tookNothing: 4408,
  superseded: 4409,
} as const;

const fatal: ReadonlySet<number> = new Set([
  Close.broken,
  Close.sessionEnded,
  Close.forbidden,
  Close.superseded,
]);

/** Whether a connection closed with this code must stay closed. */
export function isFatal(code: number): boolean {
  return fatal.has(code);
}

/** A frame is one JSON object or an array of them. Throws on anything else. */
export function parseFrame(text: string): ServerMessage[] {
  const value: unknown = JSON.parse(text);
  const list = Array.isArray(value) ? value : [value];
  for (const item of list) {
    if (typeof item !== "object" || item === null) throw new SyntaxError("a frame holds objects");
  }
  return list as ServerMessage[];
}

/** The milliseconds in a close reason `{"retryAfterMs":N}`; undefined when it is none. */
export function retryAfterOf(reason: string): number | undefined {
  try {
    const ms = (JSON.parse(reason) as { retryAfterMs?: unknown }).retryAfterMs;
    return typeof ms === "number" && ms >= 0 ? ms : undefined;
  } catch {
    return undefined;
  }
}
