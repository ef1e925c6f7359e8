import type { Code, Field } from "../types.gen.ts";

/** One row of a refused bulk write. */
export interface RowResult {
  deliveryId: string;
  code: string;
  current?: unknown;
}

interface ProblemBody {
  code?: string;
  title?: string;
  detail?: string;
  requestId?: string;
  errors?: Field[];
  current?: unknown;
  results?: RowResult[];
}

/** `network`: no answer came at all; `http`: an answer that was no problem document. */
export type ProblemCode = Code | "network" | "http";

/** Every refusal of the server, as RFC 9457 says it; also what a failed connection is thrown as. */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly code: ProblemCode;
  /** HTTP status; 0 when no answer came. */
  readonly status: number;
  readonly detail: string;
  readonly requestId: string | undefined;
  readonly fields: Field[];
  /** The record as it stands, with `conflict` and `illegal_transition`. */
  readonly current: unknown;
  readonly results: RowResult[];
  /** Seconds after which the server wants to be asked again. */
  readonly retryAfter: number | undefined;

  constructor(code: ProblemCode, status: number, body: ProblemBody, retryAfter?: number) {
    super(body.detail || body.title || code);
    this.code = code;
    this.status = status;
    this.detail = body.detail ?? "";
    this.requestId = body.requestId;
    this.fields = body.errors ?? [];
    this.current = body.current;
    this.results = body.results ?? [];
    this.retryAfter = retryAfter;
  }

  /** What is wrong with one field of the form, or undefined. */
  field(name: string): Field | undefined {
    return this.fields.find((f) => f.field === name);
  }

  /** The server itself says that nobody is logged in; a bare 401 is a proxy's. */
  get sessionEnded(): boolean {
    return this.code === "unauthenticated";
  }

  static async of(response: Response): Promise<Problem> {
    let body: ProblemBody = {};
    try {
      const type = response.headers.get("Content-Type") ?? "";
      if (type.startsWith("application/problem+json")) body = (await response.json()) as ProblemBody;
    } catch {
      // A proxy's page in between is no problem document; the status says enough.
    }
    return new Problem(
      typeof body?.code === "string" ? (body.code as ProblemCode) : "http",
      response.status,
      body ?? {},
      retryAfter(response.headers.get("Retry-After")),
    );
  }

  static network(cause: unknown): Problem {
    return new Problem("network", 0, { detail: cause instanceof Error ? cause.message : String(cause) });
  }
}

function retryAfter(header: string | null): number | undefined {
  if (header === null) return undefined;
  const seconds = Number(header);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : undefined;
}
