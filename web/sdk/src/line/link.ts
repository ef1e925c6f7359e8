import { Close, isFatal, retryAfterOf } from "./protocol.ts";
import { timing } from "./timing.ts";

/** How a client gets its changes. `offline`: it doesn't. */
export type LinkMode = "live" | "polling" | "offline";

/** Why a client has given up for good; a person must do something. */
export type FatalReason = "session" | "forbidden" | "superseded" | "protocol";

export type LinkInput =
  | { type: "start" }
  | { type: "stop" }
  | { type: "opened" }
  | { type: "frame" }
  /** A subscription, or a part of its snapshot, was answered. */
  | { type: "progress" }
  /** Every subscription has been answered over the socket. */
  | { type: "joined" }
  | { type: "closed"; code: number; reason: string }
  | { type: "polled"; ok: boolean; fatal?: FatalReason }
  /** The page became visible, came out of the cache or the machine online. */
  | { type: "wake" }
  | { type: "tick" };

/** `poll` starts polling, or drops a poll that is under way and asks anew. */
export type LinkCommand = "connect" | "cut" | "ping" | "poll" | "unpoll";

type Phase = "stopped" | "connecting" | "joining" | "open" | "waiting" | "fatal";

/**
 * The state machine of a client's connection. It owns no socket and no timer: `step` takes
 * what happened and answers what to do, `deadline` says when it wants its next tick.
 */
export class Link {
  #phase: Phase = "stopped";
  #attempt = 0;
  #phaseAt = 0;
  #downAt = 0;
  #frameAt = 0;
  #progressAt = 0;
  #probeBy: number | undefined;
  #probed = false;
  #retryAt = 0;
  #polling = false;
  #pollOk: boolean | undefined;
  #everLive = false;
  #expected: number | undefined;
  /** How many times longer than on a good line an answer is waited for. */
  #patience = 1;
  #rttMs = 0;
  /** What the newest socket took to open. */
  #connectMs = 0;
  fatal: FatalReason | undefined;
  readonly #random: () => number;

  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  /** What the badge shows. */
  mode(now: number): LinkMode {
    if (this.#phase === "open") return "live";
    if (this.#phase === "fatal" || this.#phase === "stopped") return "offline";
    if (this.#polling && this.#pollOk) return "polling";
    if (this.#everLive && this.#pollOk === undefined && now < this.#downAt + timing.grace) return "live";
    return "offline";
  }

  /** Nothing has failed yet: the very first attempt is under way. */
  get starting(): boolean {
    return !this.#everLive && this.#pollOk === undefined && this.#attempt === 0 && !this.fatal;
  }

  get open(): boolean {
    return this.#phase === "open" || this.#phase === "joining";
  }

  /** A sign took so long to come back: the next one is given the time. */
  roundTrip(ms: number): void {
    this.#rttMs = ms;
  }

  /** A patience as the line has taught it. */
  #wait(ms: number): number {
    const learnt = Math.max(ms * this.#patience, 3 * this.#rttMs);
    return Math.min(learnt, ms * timing.mostPatience);
  }

  /** Silence after which the socket is given up. */
  get #silentMs(): number {
    const silent = timing.probe + this.#wait(timing.silent - timing.probe);
    // Signs of life queue up behind a part of a snapshot.
    return this.#phase === "joining" ? Math.max(silent, this.#wait(timing.join)) : silent;
  }

  /** What the newest socket took from the first step to the last answer. */
  #joinedAfter(now: number): number {
    return this.#connectMs + now - this.#phaseAt;
  }

  /** What was waited for did not come: on a slow line it would have, had it been waited for. */
  #learn(): void {
    this.#patience = Math.min(this.#patience * 2, timing.mostPatience);
  }

  /** No socket is there to bring changes. While one joins, a poll would race with it. */
  get #unheard(): boolean {
    return this.#phase === "connecting" || this.#phase === "waiting";
  }

  step(input: LinkInput, now: number): LinkCommand[] {
    if (this.#phase === "fatal") return [];
    switch (input.type) {
      case "start":
        return this.#start(now);
      case "stop":
        return this.#end("stopped");
      case "opened":
        this.#connectMs = now - this.#phaseAt;
        this.#enter("joining", now);
        this.#progressAt = now;
        this.#sign(now);
        // The socket now brings what is missing: two channels at once would race.
        return this.#polling ? ["unpoll"] : [];
      case "frame":
        this.#sign(now);
        return [];
      case "progress":
        this.#progressAt = now;
        return [];
      case "joined":
        return this.#joined(now);
      case "closed":
        return this.#closed(input.code, input.reason, now);
      case "polled":
        return this.#polled(input, now);
      case "wake":
        return this.#wake(now);
      case "tick":
        return this.#tick(now);
    }
  }

  /** When the next tick is due; undefined: never. */
  deadline(now: number): number | undefined {
    const due: number[] = [];
    switch (this.#phase) {
      case "stopped":
      case "fatal":
        return undefined;
      case "connecting":
        due.push(this.#phaseAt + this.#wait(timing.connect));
        break;
      case "joining":
        due.push(this.#progressAt + this.#wait(timing.join));
        break;
      case "waiting":
        due.push(this.#retryAt);
        break;
    }
    if (this.open) {
      due.push(this.#frameAt + (this.#probed ? this.#silentMs : timing.probe));
      if (this.#probeBy !== undefined) due.push(this.#probeBy);
    }
    if (this.#unheard && !this.#polling) due.push(this.#downAt + timing.pollAfter);
    if (this.#phase !== "open") {
      if (now < this.#downAt + timing.grace) due.push(this.#downAt + timing.grace);
    }
    this.#expected = Math.min(...due);
    return this.#expected;
  }

  #start(now: number): LinkCommand[] {
    if (this.#phase !== "stopped") return [];
    this.#downAt = now;
    this.#enter("connecting", now);
    return ["connect"];
  }

  #end(phase: "stopped" | "fatal"): LinkCommand[] {
    const wasPolling = this.#polling;
    this.#phase = phase;
    this.#polling = false;
    return wasPolling ? ["cut", "unpoll"] : ["cut"];
  }

  #joined(now: number): LinkCommand[] {
    if (this.#phase !== "joining") return [];
    // Patience that is no longer needed would be slow to notice the next dead line.
    if (this.#joinedAfter(now) < timing.join / 2) this.#patience = 1;
    this.#enter("open", now);
    this.#everLive = true;
    this.#polling = false;
    this.#pollOk = undefined;
    return [];
  }

  #closed(code: number, reason: string, now: number): LinkCommand[] {
    if (this.#phase === "stopped" || this.#phase === "waiting") return [];
    if (isFatal(code)) {
      this.fatal =
        code === Close.sessionEnded
          ? "session"
          : code === Close.forbidden
            ? "forbidden"
            : code === Close.superseded
              ? "superseded"
              : "protocol";
      return this.#end("fatal");
    }
    return this.#lost(now, retryAfterOf(reason));
  }

  /** The socket is gone: when to try again, and what meanwhile. */
  #lost(now: number, retryAfterMs?: number): LinkCommand[] {
    if (this.#phase === "open") {
      this.#downAt = now;
      if (now - this.#phaseAt >= timing.stable) this.#attempt = 0;
    }
    const ceiling = Math.min(timing.backoff * 2 ** this.#attempt, timing.backoffMax);
    this.#attempt++;
    this.#retryAt = now + (retryAfterMs ?? ceiling * (0.5 + 0.5 * this.#random()));
    const resume = this.#polling && this.#phase === "joining";
    this.#enter("waiting", now);
    return resume ? ["poll"] : [];
  }

  /** Gives up a socket that doesn't answer; polling need not wait after so long a silence. */
  #cut(now: number): LinkCommand[] {
    this.#learn();
    const commands: LinkCommand[] = ["cut", ...this.#lost(now)];
    // What is on the screen is seconds old already: no full grace for it.
    this.#downAt = Math.min(this.#downAt, now - timing.grace + timing.cutGrace);
    return this.#polling ? commands : [...commands, ...this.#poll()];
  }

  #poll(): LinkCommand[] {
    this.#polling = true;
    this.#pollOk = undefined;
    return ["poll"];
  }

  #polled(input: { ok: boolean; fatal?: FatalReason }, now: number): LinkCommand[] {
    if (!this.#polling) return [];
    if (input.fatal) {
      this.fatal = input.fatal;
      return this.#end("fatal");
    }
    const back = input.ok && this.#pollOk === false;
    this.#pollOk = input.ok;
    if (!back) return [];
    // The server answers again: a socket that was begun while it did not may never open.
    const stuck = this.#phase === "connecting" && now >= this.#phaseAt + timing.connect;
    const commands: LinkCommand[] = stuck ? ["cut", ...this.#lost(now)] : [];
    // No need to sit out a long backoff, but not all at once.
    if (this.#phase === "waiting") {
      this.#retryAt = Math.min(this.#retryAt, now + 1_000 * this.#random());
    }
    return commands;
  }

  #wake(now: number): LinkCommand[] {
    switch (this.#phase) {
      case "open":
      case "joining":
        if (this.#probeBy !== undefined) return [];
        this.#probeBy = now + this.#wait(timing.wakeProbe);
        return ["ping"];
      case "waiting":
        this.#attempt = 0;
        this.#retryAt = now + 200 * this.#random();
        return this.#polling ? ["poll"] : [];
      case "connecting":
        // Begun while there was no line, it may wait long for one that is there now.
        if (now < this.#phaseAt + timing.connect) return [];
        this.#attempt = 0;
        this.#enter("connecting", now);
        return this.#polling ? ["cut", "connect", "poll"] : ["cut", "connect"];
      default:
        return [];
    }
  }

  #tick(now: number): LinkCommand[] {
    const late = this.#expected !== undefined && now - this.#expected > timing.slept;
    this.#expected = undefined;
    // After a sleep the old deadlines say nothing of the line: ask it first.
    if (late && this.open) {
      this.#frameAt = Math.max(this.#frameAt, now - timing.probe);
      this.#probed = true;
      return this.#wake(now);
    }
    const commands: LinkCommand[] = [];
    if (this.#phase === "waiting" && now >= this.#retryAt) {
      this.#enter("connecting", now);
      commands.push("connect");
    } else if (this.#phase === "connecting" && now >= this.#phaseAt + this.#wait(timing.connect)) {
      this.#learn();
      commands.push("cut", ...this.#lost(now));
    } else if (this.#phase === "joining" && now >= this.#progressAt + this.#wait(timing.join)) {
      commands.push(...this.#cut(now));
    } else if (this.open) {
      commands.push(...this.#listen(now));
    }
    if (this.#unheard && !this.#polling && now >= this.#downAt + timing.pollAfter) {
      commands.push(...this.#poll());
    }
    return commands;
  }

  #listen(now: number): LinkCommand[] {
    const overdue = this.#probeBy !== undefined && now >= this.#probeBy;
    if (overdue || now >= this.#frameAt + this.#silentMs) return this.#cut(now);
    if (!this.#probed && now >= this.#frameAt + timing.probe) {
      this.#probed = true;
      return ["ping"];
    }
    return [];
  }

  /** The server gave a sign of life. */
  #sign(now: number): void {
    this.#frameAt = now;
    this.#probed = false;
    this.#probeBy = undefined;
  }

  #enter(phase: Phase, now: number): void {
    this.#phase = phase;
    this.#phaseAt = now;
  }
}
