import { type Answer, type Delivery, type LogPoint, Problem } from "@bros/sdk";
import { complain, explain, t, tell } from "@bros/ui";
import { createSignal } from "solid-js";
import { type App, api } from "../app.ts";

/** What a dispatcher does to a delivery; each says what came of it. */
export interface Actions {
  busy: () => boolean;
  assign(delivery: Delivery, riderId: string, riderName: string, reason?: string): Promise<void>;
  unassign(delivery: Delivery): Promise<void>;
  cancel(delivery: Delivery, reason: string): Promise<void>;
  /** In the place of a rider whose phone is dead. */
  act(delivery: Delivery, what: "pickup" | "deliver", reason: string): Promise<void>;
}

export function createActions(app: App): Actions {
  const [busy, setBusy] = createSignal(false);

  /** Runs a write and waits until the live view shows it, so that the screen never goes back. */
  const run = async (delivery: Delivery, write: () => Promise<Answer<Delivery>>, done: () => void) => {
    setBusy(true);
    try {
      const answer = await write();
      await seen(delivery, answer.seq);
      done();
    } catch (error) {
      complain(whatHappened(delivery, error));
    } finally {
      setBusy(false);
    }
  };
  const seen = (delivery: Delivery, seq: LogPoint | undefined) =>
    app.live.caughtUp([`delivery/${delivery.centerId}`], seq);

  const actions: Actions = {
    busy,
    assign: (delivery, riderId, riderName, reason) =>
      run(
        delivery,
        () => {
          // From waiting, whoever comes first has it; else only if nothing has changed since.
          const version = delivery.status === "waiting" ? undefined : delivery.version;
          return api.assign(delivery.id, riderId, version, reason);
        },
        () => {
          const text = t("board.assigned", { number: delivery.number, rider: riderName });
          const undo = async () => {
            const current = await api.delivery(delivery.id).catch(() => undefined);
            if (!current) return;
            if (delivery.riderId && delivery.status === "assigned") {
              await actions.assign(current, delivery.riderId, delivery.riderName ?? "");
            } else await actions.unassign(current);
          };
          tell(text, delivery.status === "pickup" ? undefined : undo);
        },
      ),
    unassign: (delivery) =>
      run(
        delivery,
        () => api.unassign(delivery.id, t("reason.dispatch"), delivery.version),
        () => {
          const values = { number: delivery.number, rider: delivery.riderName ?? "" };
          const { riderId, riderName } = delivery;
          const undo = riderId
            ? async () => {
                const current = await api.delivery(delivery.id).catch(() => undefined);
                if (current) await actions.assign(current, riderId, riderName ?? "");
              }
            : undefined;
          tell(t("board.unassigned", values), undo);
        },
      ),
    cancel: (delivery, reason) =>
      run(
        delivery,
        () => api.cancelDelivery(delivery.id, reason),
        () => tell(t("board.cancelled", { number: delivery.number })),
      ),
    act: (delivery, what, reason) =>
      run(
        delivery,
        () => api.act(delivery.id, what, { reason, version: delivery.version }),
        () => {},
      ),
  };
  return actions;
}

/** Someone was faster: what happened, not that it failed. */
function whatHappened(delivery: Delivery, error: unknown): string {
  const stale =
    error instanceof Problem && (error.code === "conflict" || error.code === "illegal_transition");
  const current = stale ? (error.current as Delivery | undefined) : undefined;
  if (!current) return explain(error);
  if (current.status === "assigned" && current.riderName) {
    return t("board.faster", { number: delivery.number, rider: current.riderName });
  }
  return t("board.movedOn", { number: delivery.number, status: t(`status.${current.status}`) });
}
