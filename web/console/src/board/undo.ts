/** Something that was done and how to undo it. */
interface Deed {
  at: number;
  undo: () => void;
  /** Takes the offer to undo it off the screen. */
  dismiss?: () => void;
}

/** Longer than this after the deed, `u` would surprise more than help. */
const freshMs = 30_000;
const most = 20;

/** What can be undone, newest last; each once. */
export class Undos {
  readonly #now: () => number;
  #deeds: Deed[] = [];

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Remembers a deed; `offer` shows a button that undoes it and answers how it goes away again. */
  add(undo: () => void, offer: (run: () => void) => (() => void) | undefined): void {
    const deed: Deed = { at: this.#now(), undo };
    this.#deeds = [...this.#deeds, deed].slice(-most);
    deed.dismiss = offer(() => this.#run(deed));
  }

  /** Undoes the newest deed; false when there is none that is fresh. */
  last(): boolean {
    const deed = this.#deeds.at(-1);
    if (!deed || this.#now() - deed.at > freshMs) return false;
    this.#run(deed);
    return true;
  }

  #run(deed: Deed): void {
    if (!this.#deeds.includes(deed)) return;
    this.#deeds = this.#deeds.filter((other) => other !== deed);
    deed.dismiss?.();
    deed.undo();
  }
}
