import { bearing, type World } from "@bros/ui/map";

/** One rider between two fixes. */
interface Move {
  from: World;
  to: World;
  begun: number;
  ends: number;
  /** When its last fix came. */
  heard: number;
  /** Degrees; undefined while it has not moved and said nothing. */
  heading: number | undefined;
}

const shortest = 300;
const longest = 5_000;
/** A jump of a fifty-thousandth of the world, some 650 m in Korea, is no ride between two fixes. */
const jump = 2e-5;
/** Below some 3 m a move is the noise of the receiver, and says nothing of the direction. */
const noise = 1e-7;

/**
 * Where riders are between their fixes. A rider glides to a new fix in the time that passed
 * since the one before, so with regular fixes it never stops and is one interval behind.
 * Times are performance.now().
 */
export class Motion {
  readonly #moves = new Map<string, Move>();
  /** No gliding: for people who asked for less motion. */
  still = false;

  set(id: string, to: World, now: number, heading?: number): void {
    const move = this.#moves.get(id);
    if (!move) {
      this.#moves.set(id, { from: to, to, begun: now, ends: now, heard: now, heading });
      return;
    }
    const here = placeOf(move, now);
    const far = Math.hypot(to.x - here.x, to.y - here.y);
    const glides = !this.still && far < jump;
    if (heading !== undefined) move.heading = heading;
    else if (far > noise) move.heading = bearing(here, to);
    move.from = glides ? here : to;
    move.to = to;
    move.begun = now;
    move.ends = glides ? now + Math.min(longest, Math.max(shortest, now - move.heard)) : now;
    move.heard = now;
  }

  remove(id: string): void {
    this.#moves.delete(id);
  }

  place(id: string, now: number): World | undefined {
    const move = this.#moves.get(id);
    return move && placeOf(move, now);
  }

  heading(id: string): number | undefined {
    return this.#moves.get(id)?.heading;
  }

  /** How fast it crosses the world now, per millisecond; 0 when it stands. */
  speed(id: string, now: number): number {
    const move = this.#moves.get(id);
    if (!move || now >= move.ends) return 0;
    return Math.hypot(move.to.x - move.from.x, move.to.y - move.from.y) / (move.ends - move.begun);
  }
}

function placeOf(move: Move, now: number): World {
  if (now >= move.ends) return move.to;
  const part = Math.max(0, (now - move.begun) / (move.ends - move.begun));
  return {
    x: move.from.x + (move.to.x - move.from.x) * part,
    y: move.from.y + (move.to.y - move.from.y) * part,
  };
}

/** A picture that moved by this many pixels is worth painting again. */
const seen = 0.34;

/** Milliseconds until the fastest of what is painted has moved visibly; Infinity: nothing moves. */
export function nextPaint(pixelsPerMs: number): number {
  if (pixelsPerMs <= 0) return Number.POSITIVE_INFINITY;
  return Math.min(250, seen / pixelsPerMs);
}
