import { type Duty, type Live, Problem } from "@bros/sdk";
import { complain, explain, followStatus, t, tell } from "@bros/ui";
import { type Accessor, createEffect, createMemo, createSignal, on, onCleanup } from "solid-js";
import { ring } from "./device.ts";
import { api, type Session } from "./session.ts";
import type { Store } from "./store.ts";

/** How often the rider's own duty is read: a dispatcher may change it. */
const rereadMs = 60_000;

/** What the server says of a rider's duty that has changed. */
interface DutyNotice {
  riderId: string;
  duty: Duty;
  version: number;
  by: { id: string; name: string };
}

interface Needs {
  session: Session;
  store: Store;
  live: Live;
  /** How many deliveries are in hand. */
  open: Accessor<number>;
  /** Sends what may still be taken back: the server must know of it first. */
  before: () => Promise<void>;
}

/** The rider's own record, and its duty, which needs signal to be changed. */
export function useDuty({ session, store, live, open, before }: Needs) {
  const { user, center } = session;
  const [rider, setRider] = createSignal(session.rider);
  const status = followStatus(live);
  const mode = createMemo(() => status().mode);
  const reread = async () => {
    try {
      const fresh = await api.rider(session.rider.id);
      setRider(fresh);
      store.keepSession({ user, center, rider: fresh }).catch(() => {});
    } catch {
      // Without signal the duty of before counts.
    }
  };
  const timer = setInterval(reread, rereadMs);
  onCleanup(() => clearInterval(timer));
  createEffect(on(mode, (mode) => mode === "live" && reread(), { defer: true }));
  // Who is off duty gets no work: somebody else has changed it.
  createEffect(on(open, (n) => n > 0 && rider().duty === "off" && reread(), { defer: true }));
  // A dispatcher has changed it: the live line says so at once.
  onCleanup(
    live.onEvent(({ event, data }) => {
      if (event !== "notice:duty") return;
      const { riderId, duty, version, by } = data as DutyNotice;
      if (riderId !== session.rider.id || version <= rider().version) return;
      setRider({ ...rider(), duty, version });
      store.keepSession({ user, center, rider: rider() }).catch(() => {});
      if (by.id === user.id) return;
      ring(duty === "on" ? "new" : "gone");
      // The server itself gives a break to who lets offers lapse.
      if (by.id === "system" && duty === "break") complain(t("rider.ask.break"));
      else tell(t("rider.dutyBy", { name: by.name, duty: t(`duty.${duty}`) }));
    }),
  );
  const set = async (duty: Duty) => {
    if (duty === "off" && open() > 0) {
      complain(t("rider.finishFirst", { n: open() }));
      return;
    }
    try {
      if (duty === "off") await before();
      const { data } = await api.duty("me", duty);
      setRider({ ...rider(), ...data });
      ring("done");
      store.keepSession({ user, center, rider: rider() }).catch(() => {});
    } catch (error) {
      complain(error instanceof Problem && error.status === 0 ? t("rider.dutySignal") : explain(error));
    }
  };
  return { rider, reread, set };
}
