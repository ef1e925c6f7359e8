import type { Delivery, Rider, Suggestion } from "@bros/sdk";
import { now } from "@bros/ui";
import {
  type Accessor,
  createContext,
  createEffect,
  createMemo,
  createResource,
  createSignal,
  on,
  onCleanup,
  useContext,
} from "solid-js";
import { api, atLeast, useApp } from "../app.ts";
import { type Actions, createActions, type Taker } from "./actions.ts";
import type { Fixes } from "./fixes.ts";
import { type Hand, Hands, handOf } from "./hands.ts";
import type { BoardState } from "./state.ts";

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
  /** Gives the targets (or what is dropped) to a rider. */
  give(taker: Taker, ids?: readonly string[], reason?: string): Promise<void>;
  /** Changes with every open delivery. */
  stirred: Accessor<unknown>;
  /** The records of ids as they are now. */
  records(ids: readonly string[]): Promise<Delivery[]>;

  /** For the selected delivery, best first, as the number keys have them; never who has it already. */
  suggestions: Accessor<Suggestion[]>;
  /** The rider that Assign would give the selected delivery to. */
  riderId: Accessor<string | undefined>;
  chooseRider(id: string): void;

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
  setPicking(on: boolean): void;
  history: Accessor<boolean>;
  setHistory(on: boolean): void;
  help: Accessor<boolean>;
  setHelp(on: boolean): void;
}

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
  const actions = createActions(app);
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
  const [chosen, setChosen] = createSignal<string | undefined>();
  createEffect(on(board.selectedId, () => setChosen(undefined)));
  const riderId = () => chosen() ?? found()[0]?.riderId;

  const targets = createMemo<string[]>(() => {
    const marked = board.marked();
    const id = board.selectedId();
    return marked.size > 1 ? [...marked] : id ? [id] : [];
  });
  const records = async (ids: readonly string[]) => {
    const known = board.selected();
    const all = await Promise.all(
      ids.map((id) => (known?.id === id ? known : api.delivery(id).catch(() => undefined))),
    );
    return all.flatMap((delivery) => delivery ?? []);
  };

  const [followed, setFollowed] = createSignal<string | undefined>();
  const [mapSize, setMapSize] = createSignal<MapSize>(keptSize());
  const [fitAsked, setFitAsked] = createSignal(0);
  const [picking, setPicking] = createSignal(false);
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
    canGive: createMemo(() => {
      hands();
      return dispatcher && targets().some((id) => open.get(id) !== undefined);
    }),
    async give(taker, ids = targets(), reason) {
      const seen = new Map(ids.map((id) => [id, open.get(id)]));
      const all = await records(ids);
      // What has moved on while it was read is told, never taken away from whoever was faster.
      const same = all.filter((delivery) => {
        const before = seen.get(delivery.id);
        if (before?.status === delivery.status && before.riderId === delivery.riderId) return true;
        void actions.happened.note(delivery);
        return false;
      });
      await actions.give(same, taker, reason);
    },
    records,
    stirred: hands,
    suggestions: found,
    riderId,
    chooseRider: setChosen,
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
    setPicking,
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
    const open = delivery && delivery.status !== "delivered" && delivery.status !== "cancelled";
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
