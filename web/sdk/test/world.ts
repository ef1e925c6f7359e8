import type { SocketLike } from "../src/line/commands.ts";
import type { EngineEnv } from "../src/line/engine.ts";
import { Rest } from "../src/rest/rest.ts";

interface Timer {
  at: number;
  id: number;
  fn: () => void;
}

/** Lets everything that promises hold run, without any clock. */
async function settle(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** A clock of its own: time passes only by `advance`. */
export class Clock {
  now = Date.parse("2026-11-23T10:00:00.000Z");
  #timers: Timer[] = [];
  #lastId = 0;

  setTimeout = (fn: () => void, ms: number): number => {
    const id = ++this.#lastId;
    this.#timers.push({ at: this.now + Math.max(0, ms), id, fn });
    return id;
  };

  clearTimeout = (handle: unknown): void => {
    this.#timers = this.#timers.filter((timer) => timer.id !== handle);
  };

  /** Runs all that is due in the next so many milliseconds, in order. */
  async advance(ms: number): Promise<void> {
    const end = this.now + ms;
    await settle();
    for (;;) {
      const next = this.#timers.filter((t) => t.at <= end).sort((a, b) => a.at - b.at || a.id - b.id)[0];
      if (!next) break;
      this.clearTimeout(next.id);
      this.now = Math.max(this.now, next.at);
      next.fn();
      await settle();
    }
    this.now = end;
  }

  /** The machine sleeps: time passes and no timer runs until it wakes, then all late ones do. */
  async sleep(ms: number): Promise<void> {
    this.now += ms;
    await this.advance(0);
  }

  timeout = (ms: number): AbortSignal => {
    const abort = new AbortController();
    this.setTimeout(() => abort.abort(), ms);
    return abort.signal;
  };
}

/** What a fake server offers to a client. */
export interface Backend {
  /** A client connects: keep the socket and `open` or `lose` it. */
  connect(socket: FakeSocket): void;
  /** POST /changes; rejects when the server is away. */
  changes(body: ChangesBody, signal: AbortSignal): Promise<Response>;
}

export interface ChangesBody {
  addresses: { address: string; since?: { epoch: string; seq: number } }[];
  wait: number;
}

/** The client's end of a socket whose other end the test holds. */
export class FakeSocket implements SocketLike {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  onerror: ((event: unknown) => void) | null = null;
  closed = false;
  /** The server's ear. */
  hear: (command: Record<string, unknown>) => void = () => {};

  send(text: string): void {
    if (!this.closed) this.hear(JSON.parse(text));
  }

  close(): void {
    this.closed = true;
  }

  say(...messages: object[]): void {
    if (this.closed) return;
    this.onmessage?.({ data: JSON.stringify(messages.length === 1 ? messages[0] : messages) });
  }

  open(): void {
    if (!this.closed) this.onopen?.();
  }

  lose(code = 1006, reason = ""): void {
    if (this.closed) return;
    this.closed = true;
    this.onclose?.({ code, reason });
  }
}

/** An engine's world on a fake clock and a fake server. */
export function fakeEnv(clock: Clock, backend: Backend, random: () => number = () => 0.5): EngineEnv {
  const fakeFetch = (async (_url: unknown, init?: RequestInit) => {
    const signal = init?.signal ?? new AbortController().signal;
    return await Promise.race([
      backend.changes(JSON.parse(String(init?.body)) as ChangesBody, signal),
      new Promise<never>((_, reject) => {
        signal.addEventListener("abort", () => reject(new Error("aborted")));
      }),
    ]);
  }) as typeof fetch;
  return {
    rest: new Rest({ base: "http://bros.test", fetch: fakeFetch, timeout: clock.timeout }),
    socket: async () => {
      const socket = new FakeSocket();
      setImmediate(() => backend.connect(socket));
      return socket;
    },
    now: () => clock.now,
    random,
    setTimeout: clock.setTimeout,
    clearTimeout: clock.clearTimeout,
  };
}
