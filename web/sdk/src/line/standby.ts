import type { Rest } from "../rest/rest.ts";

/** The part of a WebSocket that is used here beside what the engine uses. */
export interface TicketSocket {
  addEventListener(type: "open" | "close", listener: () => void): void;
  addEventListener(type: "message", listener: (event: { data: unknown }) => void): void;
  send(text: string): void;
  close(): void;
}

export interface StandbyEnv<S extends TicketSocket> {
  rest: Rest;
  /** Origin of the server that the page came from. */
  home: string;
  /** Opens a socket to the realtime route of an origin, with a ticket or the cookie. */
  open(origin: string, ticket: string | undefined): S;
  now(): number;
  random(): number;
  setTimeout(fn: () => void, ms: number): unknown;
  clearTimeout(handle: unknown): void;
}

interface Ticket {
  ticket: string;
  expiresAt: string;
  peers?: string[];
}

/** Sockets to the own server that may fail in a row before another node is tried. */
const patience = 2;
/** A kept ticket is renewed when it is half as old as it may get. */
const renewMs = 5 * 60_000;
const firstTicketMs = 3_000;
/** How often the own server is looked for while another one serves. */
const lookHomeMs = 15_000;
/** Answers in a row that count as "back". */
const homeAnswers = 2;
/** The id of a ticket command: far from those that the engine counts. */
const ticketId = 2_000_000_000;

/**
 * Where the next socket goes: to the server that the page came from or, while that stays away,
 * to another node that it has named, with a ticket kept for this. One ticket opens one socket;
 * the next one comes over it. Without other nodes nothing here does anything.
 */
export class Standby<S extends TicketSocket> {
  readonly #env: StandbyEnv<S>;
  #kept: Ticket | undefined;
  #failures = 0;
  #turn = 0;
  #timer: unknown;
  #open: { socket: S; away: boolean } | undefined;
  #stopped = false;

  constructor(env: StandbyEnv<S>) {
    this.#env = env;
  }

  /** The socket in use leads to another node. */
  get away(): boolean {
    return this.#open?.away ?? false;
  }

  /** Opens the next socket. */
  connect(): S {
    const kept = this.#usable();
    const away = kept !== undefined && this.#failures >= patience;
    let origin = this.#env.home;
    if (kept?.peers && away) {
      origin = kept.peers[this.#turn++ % kept.peers.length] ?? origin;
      this.#kept = undefined; // it opens one socket
      this.#failures = 0; // if that one fails too, home comes first again
    } else {
      this.#failures++;
    }
    const socket = this.#env.open(origin, away ? kept?.ticket : undefined);
    socket.addEventListener("open", () => this.#opened(socket, away));
    socket.addEventListener("close", () => this.#closed(socket));
    return socket;
  }

  stop(): void {
    this.#stopped = true;
    this.#env.clearTimeout(this.#timer);
    this.#kept = undefined;
  }

  #usable(): Ticket | undefined {
    const kept = this.#kept;
    return kept && Date.parse(kept.expiresAt) > this.#env.now() + 1_000 ? kept : undefined;
  }

  #opened(socket: S, away: boolean): void {
    this.#failures = 0;
    this.#open = { socket, away };
    if (!away) {
      this.#later(firstTicketMs * (0.5 + this.#env.random()), () => this.#renewAtHome());
      return;
    }
    // Keep its answer for the next socket; nothing else of the traffic is looked at.
    socket.addEventListener("message", ({ data }) => {
      const text = String(data);
      if (!text.includes(`"id":${ticketId}`)) return;
      const found = [JSON.parse(text)].flat().find((message) => message.id === ticketId);
      if (found?.ticket) this.#kept = found as Ticket;
    });
    this.#askThere(socket);
    this.#lookHome(0);
  }

  #closed(socket: S): void {
    if (this.#open?.socket !== socket) return;
    this.#open = undefined;
    this.#env.clearTimeout(this.#timer);
  }

  async #renewAtHome(): Promise<void> {
    try {
      const options = { idempotencyKey: null, retries: 0 };
      const { data } = await this.#env.rest.post<Ticket>("/realtime/ticket", { standby: true }, options);
      // Without other nodes there is nothing to keep, and nothing to ask for again.
      if (!data.peers?.length || this.#stopped) return;
      this.#kept = data;
    } catch {
      // The one before may still do.
    }
    if (this.#open && !this.#open.away) this.#later(renewMs, () => this.#renewAtHome());
  }

  #askThere(socket: S): void {
    try {
      socket.send(JSON.stringify({ id: ticketId, cmd: "ticket" }));
    } catch {
      // A socket that is closing says so by itself.
    }
  }

  /** Goes back when the own server has answered some times. */
  #lookHome(answers: number, asked = this.#env.now()): void {
    this.#later(lookHomeMs * (0.8 + 0.4 * this.#env.random()), async () => {
      const { socket } = this.#open ?? {};
      if (!socket) return;
      const there = await this.#env.rest.request("GET", "/me", { retries: 0, timeoutMs: 3_000 }).then(
        () => true,
        (problem: { sessionEnded?: boolean }) => problem.sessionEnded === true,
      );
      if (this.#open?.socket !== socket) return;
      if (there && answers + 1 >= homeAnswers) {
        socket.close();
        return;
      }
      const old = this.#env.now() - asked >= renewMs;
      if (old) this.#askThere(socket);
      this.#lookHome(there ? answers + 1 : 0, old ? undefined : asked);
    });
  }

  #later(ms: number, act: () => void): void {
    this.#env.clearTimeout(this.#timer);
    if (!this.#stopped) this.#timer = this.#env.setTimeout(act, ms);
  }
}
