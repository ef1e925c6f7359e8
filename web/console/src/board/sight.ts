/** What must have been seen of a delivery by somebody who acts on it. */
export interface Glimpse {
  id: string;
  version: number;
}

/** What came to the screen so shortly before a key was not read by whoever pressed it. */
export const graceMs = 800;

interface Shown<G> {
  /** Undefined: it is over, and was taken off the screen. */
  is: G | undefined;
  at: number;
  /** What had been there long enough to be read when this came. */
  before: G | undefined;
}

/**
 * What the eye has seen of the deliveries that are aimed at. An act is about that and sends its
 * version, so what a colleague did in the moment before a key is never taken away: the server
 * refuses, and the screen tells who was faster.
 */
export class Sight<G extends Glimpse> {
  readonly #now: () => number;
  #shown = new Map<string, Shown<G>>();

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Aims at these alone. What stands there when it is aimed at is what the eye aimed by. */
  aim(ids: Iterable<string>, get: (id: string) => G | undefined): void {
    const next = new Map<string, Shown<G>>();
    for (const id of ids) {
      const is = get(id);
      const known = this.#shown.get(id);
      if (known) next.set(id, known);
      else if (is) next.set(id, { is, at: Number.NEGATIVE_INFINITY, before: undefined });
    }
    this.#shown = next;
  }

  has(id: string): boolean {
    return this.#shown.has(id);
  }

  /** One that is aimed at has come to look like this; undefined: it is over. */
  note(id: string, is: G | undefined): void {
    const known = this.#shown.get(id);
    if (!known || known.is?.version === is?.version) return;
    this.#shown.set(id, { is, at: this.#now(), before: this.#read(known) });
  }

  /** What has been seen of it; undefined when that is its end, or when it isn't aimed at. */
  of(id: string): G | undefined {
    const known = this.#shown.get(id);
    return known && this.#read(known);
  }

  /** What it has become too shortly ago to be seen. */
  unread(id: string): G | undefined {
    const known = this.#shown.get(id);
    return known && this.#isYoung(known) ? known.is : undefined;
  }

  #isYoung({ at }: Shown<G>): boolean {
    return this.#now() - at < graceMs;
  }

  #read(shown: Shown<G>): G | undefined {
    return this.#isYoung(shown) ? shown.before : shown.is;
  }
}

/** The list that a number key counts in: the one that has been there long enough to be read. */
export class SeenList<T> {
  readonly #now: () => number;
  #of: string | undefined;
  #items: T[] = [];
  #at = 0;
  #before: T[] = [];

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** The list of this delivery has come to the screen. */
  note(of: string | undefined, items: T[]): void {
    const same = of === this.#of && this.#items.length > 0;
    this.#before = same ? this.read() : items;
    this.#of = of;
    this.#items = items;
    this.#at = this.#now();
  }

  read(): T[] {
    return this.#now() - this.#at < graceMs ? this.#before : this.#items;
  }
}
