import {
  type Answer,
  type Delivery,
  type Duty,
  type LogPoint,
  Problem,
  type Rider,
  type RowResult,
} from "@bros/sdk";
import { complain, explain, t, tell } from "@bros/ui";
import { type Accessor, createSignal } from "solid-js";
import { type App, api } from "../app.ts";
import { createHappenings, movedOn } from "./happened.ts";
import { Undos } from "./undo.ts";

/** Who gets a delivery. */
export interface Taker {
  id: string;
  name: string;
}

/** Several deliveries that were to go together and did not. */
export interface Refused {
  taker: Taker;
  deliveries: Delivery[];
  results: RowResult[];
}

/** What a dispatcher does to deliveries and riders; each says what came of it, and how to undo it. */
export interface Actions {
  /** A write on this delivery is under way. */
  busy(id?: string): boolean;
  /**
   * Gives deliveries to a rider: from waiting, from another rider, or, with a reason, out of
   * another one's bag. One at once, several all or none.
   */
  give(deliveries: Delivery[], taker: Taker, reason?: string): Promise<void>;
  unassign(deliveries: Delivery[]): Promise<void>;
  cancel(delivery: Delivery, reason: string): Promise<void>;
  /** In the place of a rider whose phone is dead. */
  act(delivery: Delivery, what: "pickup" | "deliver", reason: string): Promise<void>;
  duty(rider: Rider, duty: Duty): Promise<void>;
  /** Undoes the newest deed of the last half minute. */
  undo(): void;
  happened: ReturnType<typeof createHappenings>;
  /** The last bulk assignment that was refused, row by row. */
  refused: Accessor<Refused | undefined>;
  dismissRefused(): void;
  /** What is to be handed over and still wants a reason. */
  asking: Accessor<{ deliveries: Delivery[]; taker: Taker } | undefined>;
  dismissAsking(): void;
}

export function createActions(app: App): Actions {
  const [pending, setPending] = createSignal<ReadonlySet<string>>(new Set());
  const [refused, setRefused] = createSignal<Refused | undefined>();
  const [asking, setAsking] = createSignal<{ deliveries: Delivery[]; taker: Taker } | undefined>();
  const happened = createHappenings((id) => api.history(id));
  const undos = new Undos();

  const mark = (ids: string[], on: boolean) => {
    const next = new Set(pending());
    for (const id of ids) {
      if (on) next.add(id);
      else next.delete(id);
    }
    setPending(next);
  };
  const seen = (centerId: string, seq: LogPoint | undefined) =>
    app.live.caughtUp([`delivery/${centerId}`], seq);

  /** Runs a write and waits until the live view shows it, so that the screen never goes back. */
  const run = async <T>(
    deliveries: Delivery[],
    write: () => Promise<Answer<T>>,
    done: (made: T) => void,
    failed?: (error: unknown) => boolean,
  ) => {
    const ids = deliveries.map(({ id }) => id);
    if (ids.some((id) => pending().has(id))) return;
    mark(ids, true);
    try {
      const answer = await write();
      await seen(deliveries[0]?.centerId ?? "", answer.seq);
      for (const id of ids) happened.forget(id);
      done(answer.data);
    } catch (error) {
      const current = movedOn(error);
      // Someone was faster: that is no fault, and the row and the panel tell it.
      if (current) await happened.note(current);
      else if (!failed?.(error)) complain(explain(error));
    } finally {
      mark(ids, false);
    }
  };

  /** Takes a delivery back to where it was before it was given. */
  const back = (before: Delivery, after: Delivery) => {
    if (before.riderId) {
      const reason = before.status === "pickup" ? t("reason.undo") : undefined;
      return run(
        [after],
        () => api.assign(after.id, before.riderId ?? "", after.version, reason),
        (made) => tell(t("board.back", { number: made.number, rider: before.riderName ?? "" })),
      );
    }
    return run(
      [after],
      () => api.unassign(after.id, t("reason.undo"), after.version),
      (made) => tell(t("board.waitsAgain", { number: made.number })),
    );
  };

  const giveOne = (delivery: Delivery, taker: Taker, reason?: string) =>
    run(
      [delivery],
      () => {
        // From waiting, whoever comes first has it; else only if nothing has changed since.
        const version = delivery.status === "waiting" ? undefined : delivery.version;
        return api.assign(delivery.id, taker.id, version, reason);
      },
      (made) => {
        const undo = undos.add(() => void back(delivery, made));
        tell(t("board.assigned", { number: delivery.number, rider: taker.name }), undo);
      },
    );

  const giveMany = (deliveries: Delivery[], taker: Taker, reason?: string) =>
    run(
      deliveries,
      () =>
        api.assignMany(
          deliveries.map(({ id, status, version }) => ({
            deliveryId: id,
            riderId: taker.id,
            version: status === "waiting" ? undefined : version,
          })),
          reason,
        ),
      ({ results }) => {
        setRefused(undefined);
        const undo = undos.add(() => {
          for (const { deliveryId, delivery } of results) {
            const before = deliveries.find(({ id }) => id === deliveryId);
            if (before) void back(before, delivery);
          }
        });
        tell(t("board.assignedMany", { n: results.length, rider: taker.name }), undo);
      },
      (error) => {
        if (!(error instanceof Problem) || error.results.length === 0) return false;
        setRefused({ taker, deliveries, results: error.results });
        for (const { current } of error.results) {
          if (current) void happened.note(current as Delivery);
        }
        return true;
      },
    );

  return {
    busy: (id) => (id === undefined ? pending().size > 0 : pending().has(id)),
    happened,
    refused,
    dismissRefused: () => setRefused(undefined),
    asking,
    dismissAsking: () => setAsking(undefined),
    undo() {
      if (!undos.last()) tell(t("board.nothingToUndo"));
    },
    async give(deliveries, taker, reason) {
      const open = deliveries.filter(
        ({ status, riderId }) => status !== "delivered" && status !== "cancelled" && riderId !== taker.id,
      );
      if (open.length === 0) return;
      if (!reason && open.some(({ status }) => status === "pickup")) {
        setAsking({ deliveries: open, taker });
        return;
      }
      setAsking(undefined);
      const [first] = open;
      if (open.length === 1 && first) await giveOne(first, taker, reason);
      else await giveMany(open, taker, reason);
    },
    async unassign(deliveries) {
      for (const delivery of deliveries.filter(({ status }) => status === "assigned")) {
        await run(
          [delivery],
          () => api.unassign(delivery.id, t("reason.dispatch"), delivery.version),
          (made) => {
            const { number, riderName = "" } = delivery;
            const undo = undos.add(() => void back(delivery, made));
            tell(t("board.unassigned", { number, rider: riderName }), undo);
          },
        );
      }
    },
    cancel: (delivery, reason) =>
      run(
        [delivery],
        () => api.cancelDelivery(delivery.id, reason, delivery.version),
        () => tell(t("board.cancelled", { number: delivery.number })),
      ),
    act: (delivery, what, reason) =>
      run(
        [delivery],
        () => api.act(delivery.id, what, { reason, version: delivery.version }),
        (made) => tell(t("board.now", { number: made.number, status: t(`status.${made.status}`) })),
      ),
    async duty(rider, duty) {
      const before = rider.duty;
      const change = async (to: Duty) => {
        await api.duty(rider.id, to);
        return t("board.dutyNow", { rider: rider.name, duty: t(`duty.${to}`) });
      };
      try {
        const undo = () => change(before).then(tell, (error) => complain(explain(error)));
        tell(
          await change(duty),
          undos.add(() => void undo()),
        );
      } catch (error) {
        const inHand = error instanceof Problem && error.code === "illegal_transition";
        complain(inHand ? t("board.dutyInHand", { rider: rider.name }) : explain(error));
      }
    },
  };
}
