import { Api, type Center, Problem, Rest, type Rider, type User } from "@bros/sdk";
import { keepLanguage, language } from "@bros/ui";

export const api = new Api(new Rest({ language }));

export interface Session {
  user: User;
  rider: Rider;
  center: Center;
}

const storageKey = "bros.rider";

/** Who rides; without signal, who rode last on this phone. */
export async function session(): Promise<Session | "not a rider" | undefined> {
  try {
    const user = await api.me();
    if (!user.riderId) return "not a rider";
    const rider = await api.rider(user.riderId);
    const center = await api.center(rider.centerId);
    const found = { user, rider, center };
    localStorage.setItem(storageKey, JSON.stringify(found));
    return found;
  } catch (error) {
    if (error instanceof Problem && error.status === 401) {
      location.replace(keepLanguage("/login?next=/rider"));
      return undefined;
    }
    const last = localStorage.getItem(storageKey);
    if (!last) throw error;
    return JSON.parse(last) as Session;
  }
}

export async function logout(): Promise<void> {
  await api.logout().catch(() => {});
  localStorage.removeItem(storageKey);
  location.replace(keepLanguage("/login?next=/rider"));
}
