/** Looks that a worker may leave unanswered, one after the other, before it counts as dead. */
const mostUnanswered = 2;

/**
 * Whether a page's worker still answers. It counts looks and asks no clock: after a sleep of the
 * machine, or when somebody sets its clock, a worker that is well would seem silent for hours.
 */
export class Watch {
  #heard = -1;
  #unanswered = 0;

  /**
   * Looks once, before the worker is asked again; `heard` is how many messages have come of it so
   * far. True: it is dead. Looks of a page that nobody sees don't count.
   */
  look(heard: number, seen: boolean): boolean {
    if (heard !== this.#heard || !seen) {
      this.#heard = heard;
      this.#unanswered = 0;
      return false;
    }
    this.#unanswered++;
    if (this.#unanswered < mostUnanswered) return false;
    this.#unanswered = 0;
    return true;
  }
}
