import { Problem } from "./problem.ts";

/** Where a write stands in its center's log: the header `BROS-Seq: EPOCH/SEQ`. */
export interface LogPoint {
  epoch: string;
  seq: number;
}

export interface Answer<T> {
  data: T;
  status: number;
  /** Only on a write that is in a log. */
  seq?: LogPoint;
}

export interface RestOptions {
  /** Origin of the server; empty: the page's own. */
  base?: string;
  /** A bearer token; without one the browser's cookie counts. */
  token?: () => string | undefined;
  language?: () => string;
  fetch?: typeof fetch;
  sleep?: (ms: number) => Promise<void>;
  random?: () => number;
  /** A signal that aborts after so many milliseconds. */
  timeout?: (ms: number) => AbortSignal;
  /** Whom the calls are made for: in another's session the server refuses them. */
  user?: () => string | undefined;
  /** The server's clock as an answer told it, and the own one in the middle of the call. */
  clock?: (server: number, own: number) => void;
  /** How often a 429, a 503 or a broken connection is tried again. */
  retries?: number;
}

export interface RequestOptions {
  query?: Record<string, string | number | undefined>;
  body?: unknown;
  /** Raw body (a photo) with its type, instead of `body`. */
  blob?: Blob;
  /**
   * Given by callers that resend over restarts (the rider's outbox); else one is made per call.
   * `null`: none, for a POST that changes nothing.
   */
  idempotencyKey?: string | null;
  signal?: AbortSignal;
  /** Milliseconds until an answer must have come; default 15,000. */
  timeoutMs?: number;
  retries?: number;
}

/** Longest wait that a Retry-After is obeyed for within one call; beyond it the caller is told. */
const patienceMs = 10_000;

/** A REST client of one server. Every failure is thrown as a Problem. */
export class Rest {
  readonly #options: RestOptions;
  readonly #fetch: typeof fetch;

  constructor(options: RestOptions = {}) {
    this.#options = options;
    this.#fetch = options.fetch ?? ((...args) => globalThis.fetch(...args));
  }

  async get<T>(path: string, query?: RequestOptions["query"], signal?: AbortSignal): Promise<T> {
    return (await this.request<T>("GET", path, { query, signal })).data;
  }

  post<T>(path: string, body: unknown = {}, options: RequestOptions = {}): Promise<Answer<T>> {
    return this.request<T>("POST", path, { ...options, body });
  }

  patch<T>(path: string, body: unknown): Promise<Answer<T>> {
    return this.request<T>("PATCH", path, { body });
  }

  put<T>(path: string, body: unknown): Promise<Answer<T>> {
    return this.request<T>("PUT", path, { body });
  }

  async delete(path: string): Promise<void> {
    await this.request("DELETE", path);
  }

  /**
   * One call, tried again while the server says "later" (429, 503) or, for reads and for
   * writes with an idempotency key, while no answer comes.
   */
  async request<T>(method: string, path: string, options: RequestOptions = {}): Promise<Answer<T>> {
    const key =
      method === "POST" && options.idempotencyKey !== null ? (options.idempotencyKey ?? newKey()) : null;
    const repeatable = method === "GET" || method === "POST";
    const retries = options.retries ?? this.#options.retries ?? 2;
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#once<T>(method, path, options, key);
      } catch (error) {
        if (!(error instanceof Problem) || options.signal?.aborted) throw error;
        const wait = this.#waitBefore(error, attempt, repeatable);
        if (attempt >= retries || wait === undefined) throw error;
        await (this.#options.sleep ?? sleep)(wait);
      }
    }
  }

  #waitBefore(problem: Problem, attempt: number, repeatable: boolean): number | undefined {
    const jitter = 0.5 + (this.#options.random ?? Math.random)();
    if (problem.status === 429 || problem.status === 503) {
      const wait = (problem.retryAfter ?? 2 ** attempt) * 1000;
      return wait <= patienceMs ? wait + jitter * 200 : undefined;
    }
    return problem.code === "network" && repeatable ? 300 * 2 ** attempt * jitter : undefined;
  }

  async #once<T>(
    method: string,
    path: string,
    options: RequestOptions,
    key: string | null,
  ): Promise<Answer<T>> {
    const headers: Record<string, string> = { Accept: "application/json", "X-BROS-Request": "1" };
    const token = this.#options.token?.();
    if (token) headers.Authorization = `Bearer ${token}`;
    const language = this.#options.language?.();
    if (language) headers["Accept-Language"] = language;
    const user = this.#options.user?.();
    if (user) headers["X-BROS-User"] = user;
    if (key) headers["Idempotency-Key"] = key;
    let body: BodyInit | undefined;
    if (options.blob) {
      body = options.blob;
      headers["Content-Type"] = options.blob.type;
    } else if (options.body !== undefined) {
      body = JSON.stringify(options.body);
      headers["Content-Type"] = "application/json";
    }
    const timeout = (this.#options.timeout ?? AbortSignal.timeout)(options.timeoutMs ?? 15_000);
    const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
    let response: Response;
    let text = "";
    const asked = Date.now();
    try {
      response = await this.#fetch(this.url(path, options.query), { method, headers, body, signal });
      this.#clock(response, asked);
      if (!response.ok) throw await Problem.of(response);
      text = await response.text();
    } catch (error) {
      throw error instanceof Problem ? error : Problem.network(error);
    }
    return {
      data: (text ? JSON.parse(text) : undefined) as T,
      status: response.status,
      seq: parseSeq(response.headers.get("BROS-Seq")),
    };
  }

  #clock(response: Response, asked: number): void {
    const server = Date.parse(response.headers.get("Date") ?? "");
    // The header has whole seconds: it is half a second more on the average.
    if (Number.isFinite(server)) this.#options.clock?.(server + 500, (asked + Date.now()) / 2);
  }

  /** The address of a route under /api/v1. */
  url(path: string, query: RequestOptions["query"] = {}): string {
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined && value !== "") search.set(name, String(value));
    }
    const tail = search.size > 0 ? `?${search}` : "";
    return `${this.#options.base ?? ""}/api/v1${path}${tail}`;
  }
}

/** Reads `EPOCH/SEQ`. */
export function parseSeq(header: string | null): LogPoint | undefined {
  if (!header) return undefined;
  const slash = header.lastIndexOf("/");
  const seq = Number(header.slice(slash + 1));
  if (slash < 1 || !Number.isSafeInteger(seq)) return undefined;
  return { epoch: header.slice(0, slash), seq };
}

/** A random key of 128 bits (crypto.randomUUID is missing outside of secure contexts). */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
