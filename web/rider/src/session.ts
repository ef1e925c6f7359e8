import { Api, type Center, Problem, Rest, type Rider, type User } from "@bros/sdk";
import { language } from "@bros/ui";
import type { Store } from "./store.ts";

export const api = new Api(new Rest({ language }));

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
    const user = await api.me();
    if (!user.riderId) return { kind: "other" };
    const rider = await api.rider(user.riderId);
    const center = await api.center(rider.centerId);
    const session = { user, rider, center };
    await store.keepSession(session);
    return { kind: "in", session };
  } catch (error) {
    if (error instanceof Problem && error.status === 401) return { kind: "out" };
    return { kind: "away", error };
  }
}

/** Ends the login and forgets what the phone knows of customers; what waits to be sent stays. Throws without signal. */
export async function leave(store: Store, userId: string): Promise<void> {
  await api.logout().catch((error) => {
    if (!(error instanceof Problem) || error.status !== 401) throw error;
  });
  await store.keepSession(undefined);
  await store.keepPicture(userId, undefined);
}
