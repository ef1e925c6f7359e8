import { type Delivery, type HistoryEntry, Problem } from "@bros/sdk";
import { t, timeSeconds } from "@bros/ui/light";
import { createSignal } from "solid-js";

/** What somebody else did to a delivery while one was about to do something. */
export interface Happened {
  status: Delivery["status"];
  riderName?: string;
  /** Who did it; absent until the history has been asked. */
  by?: string;
  at?: string;
}

/** How long a row tells of it. */
const stayMs = 45_000;

/** The delivery as it stands now, when a write was refused because it has moved on. */
export function movedOn(error: unknown): Delivery | undefined {
  const stale =
    error instanceof Problem && (error.code === "conflict" || error.code === "illegal_transition");
  const current = stale ? (error.current as Delivery | undefined) : undefined;
  return current?.status ? current : undefined;
}

/** The step that brought a delivery to where it is; undefined when there is none. */
export function lastStep(steps: HistoryEntry[], status: Delivery["status"]): HistoryEntry | undefined {
  return steps.findLast((step) => step.to === status);
}

/** `이배달 · by 박관제 19:04:20`, or the status in the rider's place. */
export function inWords(happened: Happened): string {
  const held = happened.status === "assigned" || happened.status === "pickup";
  const what = held && happened.riderName ? happened.riderName : t(`status.${happened.status}`);
  const at = timeSeconds(happened.at);
  return happened.by ? t("board.happened", { what, by: happened.by, at }) : `${what} · ${at}`;
}

/** What happened to which delivery, as the rows and the panel tell it for a while. */
export function createHappenings(history: (id: string) => Promise<{ items: HistoryEntry[] }>) {
  const [all, setAll] = createSignal<ReadonlyMap<string, Happened>>(new Map());
  const put = (id: string, happened: Happened | undefined) => {
    const next = new Map(all());
    if (happened) next.set(id, happened);
    else next.delete(id);
    setAll(next);
  };
  return {
    get: (id: string): Happened | undefined => all().get(id),
    /** Notes what a delivery has become, and asks who did it. */
    async note(current: Delivery): Promise<void> {
      const { id, status, riderName } = current;
      const happened: Happened = { status, riderName, at: current.modifiedAt };
      put(id, happened);
      setTimeout(() => put(id, undefined), stayMs);
      try {
        const step = lastStep((await history(id)).items, status);
        if (step) put(id, { ...happened, by: step.actor.name, at: step.at });
      } catch {
        // What happened is said all the same, only not by whom.
      }
    },
    forget: (id: string) => put(id, undefined),
  };
}
