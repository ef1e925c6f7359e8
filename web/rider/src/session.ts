import { Api, type Center, Problem, Rest, type Rider, type User } from "@bros/sdk";
import { language } from "@bros/ui";
import { heardClock } from "./clock.ts";
import type { Store } from "./store.ts";

/** For whom the app's calls are made: a login of another in the same browser must not make them its own. */
let rider: string | undefined;

export function rideAs(userId: string): void {
  rider = userId;
}

export const api = new Api(new Rest({ language, clock: heardClock, user: () => rider }));

/** Calls as whoever is logged in. */
export const anyone = new Api(new Rest({ language, clock: heardClock }));

export interface Session {
  user: User;
  rider: Rider;
  center: Center;
}

/** How the app stands with the server: logged in, logged out, somebody who is no rider, or not to be reached. */
export type Standing =
  | { kind: "in"; session: Session }
  | { kind: "out" | "other" }
  | { kind: "away"; error: unknown };

/** Asks the server who rides, and keeps the answer for a start without signal. */
export async function ask(store: Store): Promise<Standing> {
  try {
    const user = await anyone.me();
    if (!user.riderId) return { kind: "other" };
    const rider = await anyone.rider(user.riderId);
    const center = await anyone.center(rider.centerId);
    const session = { user, rider, center };
    // A phone that keeps nothing can ride as long as there is signal.
    await store.keepSession(session).catch(() => {});
    return { kind: "in", session };
  } catch (error) {
    if (error instanceof Problem && error.sessionEnded) return { kind: "out" };
    return { kind: "away", error };
  }
}

/** Ends the login and forgets what the phone knows of customers; what waits to be sent stays. Throws without signal. */
export async function leave(store: Store, userId: string): Promise<void> {
  await api.logout().catch((error) => {
    if (!(error instanceof Problem) || !error.sessionEnded) throw error;
  });
  await forget(store, userId);
}

/** Forgets what the phone knows of customers; what waits to be sent stays. */
export async function forget(store: Store, userId: string): Promise<void> {
  await store.keepSession(undefined).catch(() => {});
  await store.keepPicture(userId, undefined).catch(() => {});
}
