import { metresBetween } from "@bros/ui/light";
import { isFinal } from "./outbox.ts";
import type { Fix, KeptFix, Store } from "./store.ts";

/** Whether the rider's place is known: being looked for, shared, denied by the rider, or not to be had. */
export type Sharing = "off" | "looking" | "on" | "denied" | "none";

/** How much is asked of the phone: nothing, now and then between deliveries, closely on the way. */
export type Pace = "off" | "idle" | "ride";

/** Thinning of fixes and sending of batches, by pace; milliseconds and metres. */
export const paces = {
  /** Between deliveries: a dispatcher wants to know the quarter, not the lane. */
  idle: { everyMs: 30_000, metres: 60, sendMs: 30_000 },
  /** On the way: smooth on a map. A standing rider is not sent again and again. */
  ride: { everyMs: 4_000, metres: 12, sendMs: 4_000 },
} as const;
const standingMs = 30_000;
const poorMetres = 150;

/** What one call may carry. */
export const mostPerCall = 500;
/** What the server takes no more, and how many fixes are kept at most. */
export const oldestMs = 12 * 3_600_000;
export const mostKept = 12_000;

/** Whether a new fix says something that the last one did not. */
export function worthKeeping(last: Fix | undefined, next: Fix, pace: Exclude<Pace, "off">): boolean {
  if (!last) return true;
  const passed = Date.parse(next.at) - Date.parse(last.at);
  // So far back is no older fix: the phone's clock was set.
  if (passed < -standingMs) return true;
  if (passed <= 0) return false;
  const { everyMs, metres } = paces[pace];
  // One that may be a street away is better than none, after a while.
  if ((next.accuracy ?? 0) > poorMetres && passed < standingMs) return false;
  if (passed >= standingMs) return true;
  return passed >= everyMs && metresBetween(last, next) >= metres;
}

export interface PositionsHost {
  geolocation: Pick<Geolocation, "watchPosition" | "clearWatch"> | undefined;
  /** Sends fixes, oldest first. Throws a Problem. */
  send(fixes: Fix[]): Promise<unknown>;
  /** Who is logged in: fixes of another are not this one's to send. */
  user(): Promise<string>;
  exclusive(send: () => Promise<void>): Promise<boolean>;
  /** Charge from 0 to 1, where the phone tells. */
  battery(): number | undefined;
  /** The phone's clock. */
  now(): number;
  /** How far the server's clock is ahead of it, in milliseconds; undefined: not known yet. */
  offset(): number | undefined;
  setTimeout(fn: () => void, ms: number): unknown;
  clearTimeout(handle: unknown): void;
  tell(sharing: Sharing): void;
  /** A new place, also one that is not worth sending: distances on the page go by it. */
  here(fix: Fix): void;
}

/**
 * Watches where the phone is while the rider is on duty. Fixes are thinned, kept on the phone
 * and sent in batches; without signal they wait there, for twelve hours.
 */
export class Positions {
  readonly #userId: string;
  readonly #store: Store;
  readonly #host: PositionsHost;
  #pace: Pace = "off";
  #watch: number | undefined;
  #last: Fix | undefined;
  #timer: unknown;
  #sending = false;
  #pauseMs = 0;
  #kept = 0;

  constructor(userId: string, store: Store, host: PositionsHost) {
    this.#userId = userId;
    this.#store = store;
    this.#host = host;
  }

  pace(pace: Pace): void {
    if (pace === this.#pace) return;
    this.#pace = pace;
    if (this.#watch !== undefined) this.#host.geolocation?.clearWatch(this.#watch);
    this.#watch = undefined;
    this.#host.clearTimeout(this.#timer);
    if (pace === "off") {
      this.#host.tell("off");
      this.flush(); // what is left of the shift
      return;
    }
    this.watch();
    this.#plan();
  }

  /** Begins to watch, again after the rider has allowed it. */
  watch(): void {
    const { geolocation } = this.#host;
    if (!geolocation) {
      this.#host.tell("none");
      return;
    }
    if (this.#watch !== undefined) geolocation.clearWatch(this.#watch);
    this.#host.tell("looking");
    this.#watch = geolocation.watchPosition(
      (position) => {
        if (this.#pace === "off") return; // the last one of a watch that has ended
        this.#host.tell("on");
        this.#take(position);
      },
      (error) => {
        // No place in a basement is no fault; only a denial is for good.
        if (error.code === error.PERMISSION_DENIED) this.#host.tell("denied");
      },
      // Between deliveries the cells of the network do: the satellites cost the battery.
      { enableHighAccuracy: this.#pace === "ride", maximumAge: this.#pace === "ride" ? 2_000 : 30_000 },
    );
  }

  stop(): void {
    this.#pace = "off";
    if (this.#watch !== undefined) this.#host.geolocation?.clearWatch(this.#watch);
    this.#watch = undefined;
    this.#host.clearTimeout(this.#timer);
  }

  #take(position: GeolocationPosition): void {
    const offset = this.#host.offset();
    const fix = fixOf(position, offset ?? 0, this.#host.battery());
    this.#host.here(fix);
    if (!worthKeeping(this.#last, fix, this.#pace === "ride" ? "ride" : "idle")) return;
    const first = this.#last === undefined;
    this.#last = fix;
    const raw = offset === undefined ? true : undefined;
    const kept = this.#store.addFix({ ...fix, userId: this.#userId, raw });
    // The first place of a shift is waited for at the center.
    kept.then(() => (first ? this.flush() : undefined)).catch(() => this.#unkept(fix));
    if (++this.#kept % 200 === 0) this.#bound();
  }

  /** A phone that can't keep a place still says the newest, while there is signal. */
  async #unkept(fix: Fix): Promise<void> {
    await this.#host.send([fix]).catch(() => {});
  }

  #bound(): void {
    const before = new Date(this.#host.now() + (this.#host.offset() ?? 0) - oldestMs).toISOString();
    this.#store.boundFixes(before, mostKept).catch(() => {});
  }

  #plan(): void {
    if (this.#pace === "off") return;
    const ms = Math.max(paces[this.#pace].sendMs, this.#pauseMs);
    this.#timer = this.#host.setTimeout(async () => {
      await this.flush();
      this.#plan();
    }, ms);
  }

  /** Sends what waits. */
  async flush(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    try {
      await this.#host.exclusive(() => this.#sendAll());
      this.#pauseMs = 0;
    } catch {
      this.#pauseMs = Math.min(Math.max(this.#pauseMs * 2, 8_000), 60_000);
    } finally {
      this.#sending = false;
    }
  }

  async #sendAll(): Promise<void> {
    let checked = false;
    for (;;) {
      const batch = await this.#store.fixes(this.#userId, mostPerCall);
      if (batch.length === 0) return;
      // Where it is not known whose login it is, or what time: a call more. The server refuses
      // what is sent under another's login all the same.
      const unsure = batch.length > 20 || batch.some((fix) => fix.raw);
      if (!checked && unsure && (await this.#host.user()) !== this.#userId) return;
      checked = true;
      await this.#sendBatch(batch);
      if (batch.length < mostPerCall) return;
    }
  }

  async #sendBatch(batch: KeptFix[]): Promise<void> {
    try {
      const offset = this.#host.offset() ?? 0;
      await this.#host.send(
        batch.map(({ id: _id, userId: _userId, raw, ...fix }) =>
          raw ? { ...fix, at: new Date(Date.parse(fix.at) + offset).toISOString() } : fix,
        ),
      );
    } catch (error) {
      // Refused for good: the same again would be refused for ever.
      if (!isFinal(error)) throw error;
    }
    await this.#store.dropFixes(batch);
  }
}

/** A fix as the server takes it: none of the browser's nulls, the time by the server's clock. */
export function fixOf(position: GeolocationPosition, offset: number, battery: number | undefined): Fix {
  const { coords, timestamp } = position;
  const number = (value: number | null) => (value !== null && Number.isFinite(value) ? value : undefined);
  return {
    lat: coords.latitude,
    lng: coords.longitude,
    accuracy: number(coords.accuracy),
    heading: number(coords.heading),
    speed: number(coords.speed),
    battery,
    at: new Date(timestamp + offset).toISOString(),
  };
}
