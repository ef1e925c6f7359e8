import {
  type Answer,
  type AssignManyAnswer,
  type Delivery,
  type Duty,
  type LogPoint,
  Problem,
  type ProblemKind,
  type ResolveAction,
  type Rider,
  type RowResult,
} from "@bros/sdk";
import { complain, explain, t, tell, time } from "@bros/ui";
import { type Accessor, createSignal } from "solid-js";
import { type App, api } from "../app.ts";
import { createHappenings, movedOn } from "./happened.ts";
import { Undos } from "./undo.ts";

/** Who gets a delivery. */
export interface Taker {
  id: string;
  name: string;
}

/** A delivery that is acted on, as whoever acts has seen it. */
export type Target = Pick<Delivery, "id" | "number" | "centerId" | "status" | "riderId" | "version"> & {
  riderName?: string;
  /** What is wrong with it, and when that was told. */
  trouble?: ProblemKind;
  troubleAt?: string;
  heldUntil?: string;
  pin?: string;
};

/** Several deliveries that were to go together and did not. */
export interface Refused {
  taker: Taker;
  deliveries: Target[];
  results: RowResult[];
}

/** What a dispatcher does to deliveries and riders; each says what came of it, and how to undo it. */
export interface Actions {
  /** A write on this delivery is under way. */
  busy(id?: string): boolean;
  /**
   * Gives deliveries to a rider: from waiting, from another rider, or, with a reason, out of
   * another one's bag. One at once, several all or none. `note` is said with what came of it.
   */
  give(deliveries: Target[], taker: Taker, how?: { reason?: string; note?: string }): Promise<void>;
  /** Gives each to a rider of its own, as the plan has it: those of a center all or none. */
  giveEach(pairs: { delivery: Target; taker: Taker }[]): Promise<void>;
  /** Tells the engine whom deliveries are for (nobody: as it likes), or not for. */
  advise(deliveries: Target[], how: "pin" | "avoid", taker: Taker | undefined): Promise<void>;
  unassign(deliveries: Target[]): Promise<void>;
  cancel(delivery: Target, reason: string): Promise<void>;
  /** In the place of a rider whose phone is dead. */
  act(delivery: Target, what: "pickup" | "deliver" | "returned", reason: string): Promise<void>;
  /** Decides about a problem; `kind` is what a delivery is written off as. */
  resolve(delivery: Target, action: ResolveAction, kind?: ProblemKind): Promise<void>;
  /** Takes back an end that was said wrongly. */
  reopen(delivery: Target, reason: string): Promise<void>;
  /** A held pre-order goes among those that wait. */
  release(delivery: Target): Promise<void>;
  duty(rider: Rider, duty: Duty): Promise<void>;
  /** The version that one's own newest write made of a delivery. */
  made(id: string): number | undefined;
  /** Undoes the newest deed of the last half minute. */
  undo(): void;
  happened: ReturnType<typeof createHappenings>;
  /** The last bulk assignment that was refused, row by row. */
  refused: Accessor<Refused | undefined>;
  dismissRefused(): void;
  /** What is to be handed over and still wants a reason. */
  asking: Accessor<{ deliveries: Target[]; taker: Taker } | undefined>;
  dismissAsking(): void;
}

/** Undoing hundreds is a few writes at a time. */
const atOnce = 8;

export function createActions(app: App, names: (riderId?: string) => string): Actions {
  const [pending, setPending] = createSignal<ReadonlySet<string>>(new Set());
  const [refused, setRefused] = createSignal<Refused | undefined>();
  const [asking, setAsking] = createSignal<{ deliveries: Target[]; taker: Taker } | undefined>();
  const happened = createHappenings((id) => api.history(id));
  const undos = new Undos();
  const made = new Map<string, number>();

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

  /**
   * Runs a write and waits until the live view shows it, so that the screen never goes back.
   * False: nothing came of it, and the reason is on the screen.
   */
  const run = async <T>(
    deliveries: Target[],
    write: () => Promise<Answer<T>>,
    done: (made: T) => void,
    failed?: (error: unknown) => boolean,
  ): Promise<boolean> => {
    const ids = deliveries.map(({ id }) => id);
    if (ids.some((id) => pending().has(id))) return false;
    mark(ids, true);
    try {
      const answer = await write();
      note(answer.data);
      await seen(deliveries[0]?.centerId ?? "", answer.seq);
      for (const id of ids) happened.forget(id);
      done(answer.data);
      return true;
    } catch (error) {
      const current = movedOn(error);
      // Someone was faster: that is no fault, and the row and the panel tell it.
      if (failed?.(error)) return false;
      if (current) await happened.note(current);
      else complain(explain(error));
      return false;
    } finally {
      mark(ids, false);
    }
  };
  const note = (answer: unknown) => {
    const all = (answer as Partial<AssignManyAnswer>).results ?? [{ delivery: answer as Delivery }];
    for (const { delivery } of all) made.set(delivery.id, delivery.version);
  };

  /**
   * Writes to what has been seen. When only something that the act is not about has changed since
   * (a note, a time), it is sent once more.
   */
  const aimed = async <T>(target: Target, write: (version: number) => Promise<T>): Promise<T> => {
    try {
      return await write(target.version);
    } catch (error) {
      const current = movedOn(error);
      if (!current || !stands(target, current)) throw error;
      return await write(current.version);
    }
  };

  /** Takes a delivery back to where it was before it was given, or taken from somebody. */
  const back = (before: Target, after: Delivery, say = true) => {
    const told = (text: string) => {
      if (say) tell(text);
    };
    const { riderId } = before;
    if (!riderId) {
      const write = (version: number) => api.unassign(after.id, t("reason.undo"), version);
      return run(
        [after],
        () => aimed(after, write),
        ({ number }) => told(t("board.waitsAgain", { number })),
      );
    }
    const reason = before.status === "pickup" ? t("reason.undo") : undefined;
    const write = (version: number) => api.assign(after.id, riderId, version, reason);
    return run(
      [after],
      () => aimed(after, write),
      ({ number }) => told(t("board.back", { number, rider: nameOf(before) })),
    );
  };
  /** Takes several back and says so once. */
  const backAll = async (pairs: { before: Target; after: Delivery }[]) => {
    const [only] = pairs;
    if (only && pairs.length === 1) {
      await back(only.before, only.after);
      return;
    }
    let n = 0;
    const rest = [...pairs];
    const work = async () => {
      for (let next = rest.shift(); next; next = rest.shift()) {
        if (await back(next.before, next.after, false)) n++;
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    tell(t("board.backMany", { n, of: pairs.length }));
  };
  const nameOf = ({ riderName, riderId }: Target) => riderName ?? names(riderId);
  const undoable = (pairs: { before: Target; after: Delivery }[], text: string) =>
    undos.add(
      () => void backAll(pairs),
      (undo) => tell(text, undo),
    );

  const giveOne = (delivery: Target, taker: Taker, reason: string | undefined, and: string) =>
    run(
      [delivery],
      () => aimed(delivery, (version) => api.assign(delivery.id, taker.id, version, reason)),
      (after) => {
        const text = t("board.assigned", { number: delivery.number, rider: taker.name });
        undoable([{ before: delivery, after }], text + and);
      },
    );

  const giveMany = (deliveries: Target[], taker: Taker, reason: string | undefined, and: string) => {
    const write = (version: (target: Target) => number) =>
      api.assignMany(
        deliveries.map((target) => ({ deliveryId: target.id, riderId: taker.id, version: version(target) })),
        reason,
      );
    const writeAgain = async () => {
      try {
        return await write(({ version }) => version);
      } catch (error) {
        const now = new Map<string, number>();
        for (const result of error instanceof Problem ? error.results : []) {
          const target = deliveries.find(({ id }) => id === result.deliveryId);
          const current = result.current as Delivery | undefined;
          if (target && result.code === "ok") now.set(target.id, target.version);
          if (target && current && stands(target, current)) now.set(target.id, current.version);
        }
        if (now.size < deliveries.length) throw error;
        return await write(({ id, version }) => now.get(id) ?? version);
      }
    };
    return run(
      deliveries,
      writeAgain,
      ({ results }) => {
        setRefused(undefined);
        const pairs = results.flatMap(({ deliveryId, delivery: after }) => {
          const before = deliveries.find(({ id }) => id === deliveryId);
          return before ? [{ before, after }] : [];
        });
        undoable(pairs, t("board.assignedMany", { n: results.length, rider: taker.name }) + and);
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
  };

  /** Those of the plan that are refused are left, and said; the rest goes once more. */
  const giveEachOf = async (pairs: { delivery: Target; taker: Taker }[]): Promise<void> => {
    const deliveries = pairs.map(({ delivery }) => delivery);
    const rows = pairs.map(({ delivery, taker }) => ({
      deliveryId: delivery.id,
      riderId: taker.id,
      version: delivery.version,
    }));
    let rest: typeof pairs = [];
    await run(
      deliveries,
      () => api.assignMany(rows),
      ({ results }) => {
        const made = results.flatMap(({ deliveryId, delivery: after }) => {
          const before = deliveries.find(({ id }) => id === deliveryId);
          return before ? [{ before, after }] : [];
        });
        undoable(made, t("plan.given", { n: results.length }));
      },
      (error) => {
        const results = error instanceof Problem ? error.results : [];
        const fine = new Set(results.flatMap(({ code, deliveryId }) => (code === "ok" ? [deliveryId] : [])));
        for (const { current } of results) if (current) void happened.note(current as Delivery);
        rest = pairs.filter(({ delivery }) => fine.has(delivery.id));
        return results.length > 0;
      },
    );
    if (rest.length > 0 && rest.length < pairs.length) await giveEachOf(rest);
  };

  const reopen = async (delivery: Target, reason: string) => {
    await run(
      [delivery],
      () => api.reopen(delivery.id, reason, delivery.version),
      ({ number }) => tell(t("board.reopened", { number })),
      (error) => {
        // It has not moved on: its time is over, its cash is settled, or its rider went home.
        if (movedOn(error)?.status !== delivery.status) return false;
        complain(t("board.reopenNot", { number: delivery.number }));
        return true;
      },
    );
  };

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
    made: (id) => made.get(id),
    async give(deliveries, taker, { reason, note } = {}) {
      const open = deliveries.filter(({ riderId }) => riderId !== taker.id);
      if (open.length === 0) {
        tell(t("board.noneToGive"));
        return;
      }
      if (!reason && open.some(({ status }) => status === "pickup")) {
        setAsking({ deliveries: open, taker });
        return;
      }
      setAsking(undefined);
      const [first] = open;
      const and = note ? ` · ${note}` : "";
      if (open.length === 1 && first) await giveOne(first, taker, reason, and);
      else await giveMany(open, taker, reason, and);
    },
    async giveEach(pairs) {
      const [only] = pairs;
      if (only && pairs.length === 1) {
        await giveOne(only.delivery, only.taker, undefined, "");
        return;
      }
      for (const centerId of new Set(pairs.map(({ delivery }) => delivery.centerId))) {
        await giveEachOf(pairs.filter(({ delivery }) => delivery.centerId === centerId));
      }
    },
    async advise(deliveries, how, taker) {
      for (const delivery of deliveries) {
        const { id, number } = delivery;
        await run(
          [delivery],
          () =>
            aimed(delivery, (version) => {
              if (!taker) return api.unpin(id);
              return how === "pin" ? api.pin(id, taker.id, version) : api.avoid(id, taker.id, version);
            }),
          () => {
            if (!taker) tell(t("plan.unpinned", { number }));
            else tell(t(how === "pin" ? "plan.pinned" : "plan.avoided", { number, rider: taker.name }));
          },
        );
      }
    },
    async unassign(deliveries) {
      const pairs: { before: Target; after: Delivery }[] = [];
      const rest = deliveries.filter(({ status }) => status === "assigned");
      const work = async () => {
        for (let next = rest.shift(); next; next = rest.shift()) {
          const before = next;
          const write = (version: number) => api.unassign(before.id, t("reason.dispatch"), version);
          await run(
            [before],
            () => aimed(before, write),
            (after) => pairs.push({ before, after }),
          );
        }
      };
      await Promise.all(Array.from({ length: atOnce }, work));
      const [only] = pairs;
      if (!only) return;
      const one = () => t("board.unassigned", { number: only.before.number, rider: nameOf(only.before) });
      undoable(pairs, pairs.length === 1 ? one() : t("board.unassignedMany", { n: pairs.length }));
    },
    cancel: async (delivery, reason) => {
      await run(
        [delivery],
        () => aimed(delivery, (version) => api.cancelDelivery(delivery.id, reason, version)),
        () => tell(t("board.cancelled", { number: delivery.number })),
      );
    },
    act: async (delivery, what, reason) => {
      await run(
        [delivery],
        () => aimed(delivery, (version) => api.act(delivery.id, what, { reason, version })),
        (after) => tell(t("board.now", { number: after.number, status: t(`status.${after.status}`) })),
      );
    },
    resolve: async (delivery, action, kind) => {
      const write = (version: number) => api.resolve(delivery.id, { action, version, reason: kind });
      await run(
        [delivery],
        () => aimed(delivery, write),
        (after) => {
          const { number } = after;
          if (action === "continue") tell(t("board.goesOn", { number }));
          else if (action === "retry")
            tell(t("board.triedAgain", { number, n: after.attempt ?? 1, time: time(after.promisedAt) }));
          else if (action === "return") tell(t("board.comesBack", { number }));
          else {
            undos.add(
              () => void reopen(after, t("reason.undo")),
              (undo) => tell(t("board.writtenOff", { number }), undo),
            );
          }
        },
      );
    },
    reopen,
    release: async (delivery) => {
      await run(
        [delivery],
        () => aimed(delivery, (version) => api.release(delivery.id, version)),
        ({ number }) => tell(t("board.releasedNow", { number })),
      );
    },
    async duty(rider, duty) {
      const before = rider.duty;
      const change = async (to: Duty) => {
        await api.duty(rider.id, to);
        return t("board.dutyNow", { rider: rider.name, duty: t(`duty.${to}`) });
      };
      try {
        const undo = () =>
          change(before).then(
            (text) => void tell(text),
            (error) => complain(explain(error)),
          );
        const text = await change(duty);
        undos.add(
          () => void undo(),
          (back) => tell(text, back),
        );
      } catch (error) {
        const inHand = error instanceof Problem && error.code === "illegal_transition";
        complain(inHand ? t("board.dutyInHand", { rider: rider.name }) : explain(error));
      }
    },
  };
}

/** Whether what an act is about is still as it was seen. */
function stands(target: Target, current: Delivery): boolean {
  return (
    current.status === target.status &&
    (current.riderId ?? "") === (target.riderId ?? "") &&
    current.problem?.at === target.troubleAt
  );
}
