import { type Delivery, isOpen, type OpenDelivery, type Rider, type Suggestion } from "@bros/sdk";
import { now, t, tell } from "@bros/ui";
import {
  type Accessor,
  createContext,
  createEffect,
  createMemo,
  createResource,
  createSignal,
  on,
  onCleanup,
  untrack,
  useContext,
} from "solid-js";
import { api, atLeast, centerMode, useApp } from "../app.ts";
import { type Actions, createActions, type Taker, type Target } from "./actions.ts";
import type { Fixes } from "./fixes.ts";
import { type Hand, Hands, handOf } from "./hands.ts";
import type { Plans } from "./plan.ts";
import { SeenList, Sight } from "./sight.ts";
import type { BoardState } from "./state.ts";
import { followTroubles, ringForDue, ringForTroubles } from "./troubles.ts";

/** How much room the map has. */
export type MapSize = "normal" | "large" | "none";

/** What the dispatcher's hands work with: what is aimed at, who could take it, and the map. */
export interface Desk {
  actions: Actions;
  /** May give, take back, cancel. Agents only look. */
  dispatcher: boolean;
  fixes: Fixes;
  /** What a rider has in hand; follows every change. */
  hand(riderId: string): Hand;
  /** Ids of what an assignment would be about: the picked rows, else the selected one. */
  targets: Accessor<string[]>;
  /** The same by number: `0412`, `0412 +3`. */
  targetNames(ids?: readonly string[]): string;
  /** One of the targets can still be given to somebody. */
  canGive: Accessor<boolean>;
  /** Deliveries that aren't over, as the eye has seen them; what came a moment ago it has not. */
  aim(ids?: readonly string[]): Target[];
  /** Gives what has been aimed at (or is dropped) to a rider. */
  give(taker: Taker, aimed?: readonly Target[], reason?: string): Promise<void>;
  /** Each of the targets waits: a click may give them, nobody loses one by it. */
  waiting: Accessor<boolean>;
  /** What the engine means to do. */
  plans: Plans;
  /** Gives these, or the targets, to whom the plan means; `due`: all that must go now. */
  acceptPlan(ids?: readonly string[] | "due"): Promise<void>;
  /** Asks whom the targets are for, or lets go of the one that is told. */
  pin(): void;
  /** Deliveries with a problem that nobody has decided about, who waits longest first. */
  troubles: Accessor<readonly OpenDelivery[]>;
  /** Selects the next of them. */
  nextProblem(): void;
  /** Changes when one of the targets does. */
  stirred: Accessor<unknown>;

  /** For the selected delivery, best first, as the number keys have them; never who has it already. */
  suggestions: Accessor<Suggestion[]>;
  /** The same, as they have been on the screen long enough to be read. */
  seenSuggestions(): Suggestion[];
  /** The rider that Assign would give the selected delivery to. */
  riderId: Accessor<string | undefined>;
  chooseRider(id: string): void;
  /** The same as `riderId`, as it has been on the screen long enough to be read. */
  aimedRiderId(): string | undefined;
  /** A click on this rider gives the targets to it. */
  clickGives(rider: Rider): boolean;
  /** A click on a rider: gives what waits, chooses whom Reassign means, else looks for it. */
  clickRider(rider: Rider): void;

  /** The rider whose place is looked at. */
  followed: Accessor<string | undefined>;
  followRider(id: string | undefined): void;
  mapSize: Accessor<MapSize>;
  /** The next size of the map. */
  turnMap(): void;
  /** Everything on the map comes into sight. */
  fit(): void;
  fitAsked: Accessor<number>;
  /** A rider is being picked by typing. */
  picking: Accessor<boolean>;
  setPicking(on: boolean, purpose?: Purpose): void;
  /** What the rider is picked for. */
  purpose: Accessor<Purpose>;
  /** What the rider is picked for, as it was seen when the picking began. */
  pickedFor(): readonly Target[];
  history: Accessor<boolean>;
  setHistory(on: boolean): void;
  help: Accessor<boolean>;
  setHelp(on: boolean): void;
}

/** A rider is picked to have a delivery, to be the one that it is for, or not to be that. */
export type Purpose = "give" | "pin" | "avoid";

export const DeskContext = createContext<Desk>();

export function useDesk(): Desk {
  const desk = useContext(DeskContext);
  if (!desk) throw new Error("outside of the board");
  return desk;
}

const sizes: MapSize[] = ["normal", "large", "none"];
const refreshMs = 30_000;
/** Who steps through the list asks for the row where the steps end, not for each that is passed. */
const restMs = 100;
const sizeKey = "bros.board.map";

function keptSize(): MapSize {
  const kept = localStorage.getItem(sizeKey) as MapSize | null;
  return kept && sizes.includes(kept) ? kept : "normal";
}

/** How often what riders have in hand is counted again, at most. */
const handsEveryMs = 200;

export function createDesk(board: BoardState): Desk {
  const app = useApp();
  const actions = createActions(app, (riderId) => board.riders.get(riderId)?.name ?? "");
  const dispatcher = atLeast(app.user.role, "dispatcher");
  const { open } = board;

  const [hands, setHands] = createSignal<ReadonlyMap<string, Hand>>(new Map());
  // Many changes make the hands once.
  createEffect(() => {
    const kept = new Hands();
    let due: ReturnType<typeof setTimeout> | undefined;
    let madeAt = Number.NEGATIVE_INFINITY;
    const make = () => {
      due = undefined;
      madeAt = performance.now();
      setHands(kept.make());
    };
    const stop = open.onChange((set, remove) => {
      kept.change(set, remove);
      due ??= setTimeout(make, Math.max(0, madeAt + handsEveryMs - performance.now()));
    });
    onCleanup(() => {
      clearTimeout(due);
      stop();
    });
  });

  const found = createSuggestions(board.selected);
  const read = new SeenList<Suggestion>();
  createEffect(() => read.note(board.selectedId(), found()));
  const [chosen, setChosen] = createSignal<string | undefined>();
  createEffect(on(board.selectedId, () => setChosen(undefined)));
  const riderId = () => chosen() ?? found()[0]?.riderId;

  const targets = createMemo<string[]>(() => {
    const marked = board.marked();
    const id = board.selectedId();
    return marked.size > 1 ? [...marked] : id ? [id] : [];
  });
  // What the eye has seen of the targets. An open delivery that isn't one costs a look into a map.
  const sight = new Sight<Target>();
  const [stirred, setStirred] = createSignal(0);
  createEffect(on(targets, (ids) => sight.aim(ids, open.get)));
  onCleanup(
    open.onChange((set, remove) => {
      let mine = false;
      for (const delivery of set) {
        if (!sight.has(delivery.id)) continue;
        sight.note(delivery.id, delivery);
        mine = true;
      }
      for (const id of remove) {
        if (!sight.has(id)) continue;
        sight.note(id, undefined);
        mine = true;
      }
      if (mine) setStirred((n) => n + 1);
    }),
  );
  // One that was aimed at before its room had come.
  createEffect(on(open.ready, () => sight.aim(untrack(targets), open.get), { defer: true }));
  const aim = (ids: readonly string[] = targets()) =>
    ids.flatMap((id) => (sight.has(id) ? sight.of(id) : open.get(id)) ?? []);
  // A key pressed twice, or held: the second one finds what the first has made.
  const ownEcho = ({ id }: Target) => {
    const unread = sight.unread(id);
    return unread !== undefined && unread.version === actions.made(id);
  };

  const give = async (to: Taker, aimed: readonly Target[] = aim(), reason?: string) => {
    const fresh = aimed.filter((target) => !ownEcho(target));
    if (aimed.length > 0 && fresh.length === 0) return;
    const load = handOf(hands(), to.id).deliveries.length;
    const capacity = board.riders.get(to.id)?.capacity ?? Number.POSITIVE_INFINITY;
    const more = fresh.filter(({ riderId }) => riderId !== to.id).length;
    const over = load + more > capacity;
    const note = over ? t("board.overCapacity", { n: load + more, of: capacity }) : undefined;
    await actions.give(fresh, to, { reason, note });
  };
  const waiting = createMemo(() => {
    stirred();
    const ids = targets();
    return ids.length > 0 && ids.every((id) => open.get(id)?.status === "waiting");
  });
  const canGive = createMemo(() => {
    stirred();
    open.ready();
    return dispatcher && targets().some((id) => open.get(id) !== undefined);
  });
  const clickGives = (rider: Rider) => rider.duty === "on" && canGive() && waiting();

  const troubles = followTroubles(open);
  if (dispatcher) ringForTroubles(troubles);

  const { plans } = board;
  if (dispatcher) ringForDue(plans.due, open, (id) => centerMode(app, id));
  const acceptPlan = async (wanted: readonly string[] | "due" = targets()) => {
    const ids = wanted === "due" ? plans.due() : wanted;
    const pairs = aim(ids).flatMap((delivery) => {
      // The plan obeys a pin, but a moment later.
      const riderId = delivery.pin ?? plans.seen(delivery.id)?.riderId;
      if (delivery.status !== "waiting" || delivery.heldUntil || !riderId || ownEcho(delivery)) return [];
      return [{ delivery, taker: { id: riderId, name: board.riders.get(riderId)?.name ?? "" } }];
    });
    if (pairs.length === 0) tell(t("plan.nothingDue"));
    else await actions.giveEach(pairs);
  };

  const [followed, setFollowed] = createSignal<string | undefined>();
  const [mapSize, setMapSize] = createSignal<MapSize>(keptSize());
  const [fitAsked, setFitAsked] = createSignal(0);
  const [picking, setPicking] = createSignal(false);
  const [purpose, setPurpose] = createSignal<Purpose>("give");
  let pickedFor: readonly Target[] = [];
  const [history, setHistory] = createSignal(false);
  const [help, setHelp] = createSignal(false);

  return {
    actions,
    dispatcher,
    fixes: board.fixes,
    hand: (id) => handOf(hands(), id),
    targets,
    targetNames(ids = targets()) {
      const [first] = ids;
      const number = (first && open.get(first)?.number) ?? "";
      return ids.length > 1 ? `${number} +${ids.length - 1}` : number;
    },
    canGive,
    aim,
    give,
    waiting,
    plans,
    acceptPlan,
    pin() {
      const seen = aim().filter(({ status }) => status === "waiting");
      if (seen.length === 0) return;
      if (seen.length === 1 && board.selected()?.pin) void actions.advise(seen, "pin", undefined);
      else {
        pickedFor = seen;
        setPurpose("pin");
        setPicking(true);
      }
    },
    troubles,
    nextProblem() {
      const list = troubles();
      const at = list.findIndex(({ id }) => id === board.selectedId());
      const next = list[(at + 1) % list.length];
      if (next) board.select(next.id);
      document.querySelector<HTMLElement>(".delivery-list")?.focus();
    },
    stirred,
    seenSuggestions: () => read.read(),
    suggestions: found,
    riderId,
    chooseRider: setChosen,
    aimedRiderId: () => chosen() ?? read.read()[0]?.riderId,
    clickGives,
    clickRider(rider) {
      if (clickGives(rider)) void give(taker(rider));
      else {
        if (dispatcher && rider.duty === "on" && targets().length === 1) setChosen(rider.id);
        setFollowed(rider.id);
      }
    },
    followed,
    followRider: setFollowed,
    mapSize,
    turnMap() {
      const next = sizes[(sizes.indexOf(mapSize()) + 1) % sizes.length] ?? "normal";
      localStorage.setItem(sizeKey, next);
      setMapSize(next);
    },
    fit: () => setFitAsked(fitAsked() + 1),
    fitAsked,
    picking,
    purpose,
    setPicking(on, why = "give") {
      if (on) {
        pickedFor = aim();
        setPurpose(why);
      }
      setPicking(on);
    },
    pickedFor: () => pickedFor,
    history,
    setHistory,
    help,
    setHelp,
  };
}

/** Riders for the selected delivery, asked again when it changes. */
function createSuggestions(selected: Accessor<Delivery | undefined>): Accessor<Suggestion[]> {
  // Riders move on: what was a good suggestion half a minute ago need not be one now.
  const turn = createMemo(() => Math.floor(now() / refreshMs));
  const wanted = createMemo(() => {
    const delivery = selected();
    // What comes back is nobody else's to carry.
    const open = delivery && isOpen(delivery) && delivery.status !== "returning";
    return open ? `${delivery.id} ${delivery.version} ${turn()}` : undefined;
  });
  const [rested, setRested] = createSignal<string | undefined>();
  createEffect(() => {
    const key = wanted();
    const later = setTimeout(() => setRested(key), key === undefined ? 0 : restMs);
    onCleanup(() => clearTimeout(later));
  });
  const ask = async (key: string): Promise<{ id: string; items: Suggestion[] }> => {
    const id = key.split(" ")[0] ?? "";
    try {
      return { id, items: (await api.suggestions(id)).items };
    } catch {
      return { id, items: [] }; // riders can be picked from the list all the same
    }
  };
  // With a first value, or the page would be taken away (and the focus with it) until the answer.
  const [found] = createResource(rested, ask, { initialValue: { id: "", items: [] } });
  // Those of another delivery are never shown: a number key would give it to the wrong one.
  return createMemo(() => {
    const latest = wanted() ? found.latest : undefined;
    const delivery = selected();
    if (!latest || latest.id !== delivery?.id) return [];
    return latest.items.filter(({ riderId }) => riderId !== delivery.riderId).slice(0, 9);
  });
}

/** A rider as somebody who takes deliveries. */
export function taker(rider: Rider): Taker {
  return { id: rider.id, name: rider.name };
}
