import { Problem } from "../rest/problem.ts";
import type { Rest } from "../rest/rest.ts";
import type { Refusal, Reply, Since, Volatile } from "./protocol.ts";

export type PollItem = Reply | Refusal | Volatile;

export interface PollerHost {
  rest: Rest;
  random(): number;
  setTimeout(fn: () => void, ms: number): unknown;
  clearTimeout(handle: unknown): void;
  now(): number;
  /** What to ask for; called for each poll, and followed by `answered` or `failed`. */
  asking(): { address: string; since?: Since }[];
  answered(items: PollItem[]): void;
  failed(problem: Problem): void;
}

/** Seconds the server may hold a poll: long enough to be cheap, short enough to notice a dead line. */
const holdSec = 10;
/** The first poll after a loss must say soon whether the server is there … */
const firstTimeoutMs = 2_000;
/** … but a whole snapshot may take its time. */
const snapshotTimeoutMs = 15_000;
const longestTimeoutMs = 60_000;
/** What the answer to a held poll may take beyond the time it is held. */
const marginMs = 3_000;
const mostPatience = 8;
/** Riders on the move would answer every poll at once. */
const shortestRoundMs = 500;
const longestPauseMs = 5_000;
/** With no address to ask for, only whether the server is there. */
const idlePauseMs = 5_000;

/** The fallback: POST /changes over and over, one at a time. */
export class Poller {
  readonly #host: PollerHost;
  #abort: AbortController | undefined;
  #timer: unknown;
  #failures = 0;
  #confirmed = false;
  /** Doubles when an answer was not waited for long enough: the line may be slow. */
  #patience = 1;

  constructor(host: PollerHost) {
    this.#host = host;
  }

  get running(): boolean {
    return this.#abort !== undefined || this.#timer !== undefined;
  }

  /** Starts, or drops what is under way and asks anew at once. */
  restart(): void {
    this.stop();
    this.#failures = 0;
    this.#confirmed = false;
    this.#poll();
  }

  stop(): void {
    this.#abort?.abort();
    this.#abort = undefined;
    this.#host.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  async #poll(): Promise<void> {
    const abort = new AbortController();
    this.#abort = abort;
    const startedAt = this.#host.now();
    const wait = this.#confirmed ? holdSec : 0;
    try {
      const addresses = this.#host.asking();
      const whole = addresses.some((asked) => !asked.since);
      const quick = Math.min((whole ? snapshotTimeoutMs : firstTimeoutMs) * this.#patience, longestTimeoutMs);
      const options = {
        signal: abort.signal,
        retries: 0,
        timeoutMs: this.#confirmed ? holdSec * 1_000 + marginMs * this.#patience : quick,
      };
      let replies: PollItem[] = [];
      if (addresses.length > 0) {
        const body = { addresses, wait };
        const answer = await this.#host.rest.request<{ replies: PollItem[] }>("POST", "/changes", {
          ...options,
          body,
          idempotencyKey: null,
        });
        replies = answer.data.replies;
      } else {
        await this.#host.rest.request("GET", "/me", options);
      }
      if (abort.signal.aborted) return;
      this.#confirmed = true;
      this.#failures = 0;
      if (wait === 0 && this.#host.now() - startedAt < firstTimeoutMs / 2) this.#patience = 1;
      this.#host.answered(replies);
      const round = addresses.length > 0 ? shortestRoundMs : idlePauseMs;
      this.#later(abort, Math.max(0, startedAt + round - this.#host.now()));
    } catch (error) {
      if (abort.signal.aborted) return;
      const problem = error instanceof Problem ? error : Problem.network(error);
      this.#confirmed = false;
      this.#failures++;
      const tookMs = this.#host.now() - startedAt;
      if (problem.code === "network" && tookMs >= firstTimeoutMs) {
        this.#patience = Math.min(this.#patience * 2, mostPatience);
      }
      this.#host.failed(problem);
      const pause = Math.min(500 * 2 ** this.#failures, longestPauseMs) * (0.5 + 0.5 * this.#host.random());
      this.#later(abort, problem.retryAfter === undefined ? pause : problem.retryAfter * 1_000 + pause / 4);
    }
  }

  /** Polls again after a pause, unless it has been stopped or restarted meanwhile. */
  #later(mine: AbortController, ms: number): void {
    if (this.#abort !== mine) return;
    this.#abort = undefined;
    this.#timer = this.#host.setTimeout(() => {
      this.#timer = undefined;
      this.#poll();
    }, ms);
  }
}
