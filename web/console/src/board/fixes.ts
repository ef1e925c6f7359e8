import type { RiderPlace } from "@bros/sdk";

/** What a rider's last fix says about where it is now. */
export type Freshness = "fresh" | "stale" | "lost";

/** A place older than this is marked … */
const staleMs = 60_000;
/** … and one older than this says nothing: the rider can't be reached by the app either. */
const lostMs = 5 * 60_000;

/** Age of a fix in milliseconds of the server's clock; undefined: there is none. */
export function fixAge(place: RiderPlace | undefined, now: number): number | undefined {
  return place ? Math.max(0, now - Date.parse(place.at)) : undefined;
}

export function freshness(age: number | undefined): Freshness {
  if (age === undefined || age > lostMs) return "lost";
  return age > staleMs ? "stale" : "fresh";
}

/** The newest place of each rider, kept out of the signals: they come by the thousand. */
export class Fixes {
  readonly #places = new Map<string, RiderPlace>();
  readonly #listeners = new Set<(places: RiderPlace[]) => void>();

  get(riderId: string | undefined): RiderPlace | undefined {
    return riderId === undefined ? undefined : this.#places.get(riderId);
  }

  take(places: RiderPlace[]): void {
    for (const place of places) this.#places.set(place.riderId, place);
    for (const listener of this.#listeners) listener(places);
  }

  /** Calls back with places that are new, and at once with those that are known. */
  follow(listener: (places: RiderPlace[]) => void): () => void {
    this.#listeners.add(listener);
    listener([...this.#places.values()]);
    return () => this.#listeners.delete(listener);
  }

  clear(): void {
    this.#places.clear();
  }
}
