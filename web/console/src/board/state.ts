import type { Delivery, Rider, RiderPlace, Suggestion } from "@bros/sdk";
import { followRecords, now, type Records } from "@bros/ui";
import {
  type Accessor,
  createContext,
  createEffect,
  createMemo,
  createResource,
  createSignal,
  on,
  useContext,
} from "solid-js";
import { api, useApp } from "../app.ts";
import { arrange, type Filter, loads, noFilter, type View } from "./model.ts";

/** What the parts of the board share. */
export interface BoardState {
  deliveries: Records<Delivery>;
  riders: Records<Rider>;
  places: Accessor<Map<string, RiderPlace>>;
  loads: Accessor<Map<string, Delivery[]>>;
  filter: Accessor<Filter>;
  setFilter(part: Partial<Filter>): void;
  view: Accessor<View>;
  selectedId: Accessor<string | undefined>;
  selected: Accessor<Delivery | undefined>;
  select(id: string | undefined): void;
  suggestions: Accessor<Suggestion[]>;
  /** The rider that Assign would give the selected delivery to. */
  riderId: Accessor<string | undefined>;
  chooseRider(id: string): void;
}

export const BoardContext = createContext<BoardState>();

export function useBoard(): BoardState {
  const board = useContext(BoardContext);
  if (!board) throw new Error("outside of the board");
  return board;
}

export function createBoard(): BoardState {
  const app = useApp();
  const [places, setPlaces] = createSignal(new Map<string, RiderPlace>(), { equals: false });
  const deliveries = followRecords<Delivery>(app.live, () => app.chosen().map((id) => `delivery/${id}`));
  const riders = followRecords<Rider>(
    app.live,
    () => app.chosen().map((id) => `rider/${id}`),
    (moved) => {
      const all = places();
      for (const place of moved) all.set(place.riderId, place);
      setPlaces(all);
    },
  );
  const [filter, setFilter] = createSignal<Filter>(noFilter);
  // Lateness need not be known to the second for a count and a filter.
  const clock = createMemo(() => new Date(Math.floor(now() / 5000) * 5000).toISOString());
  const view = createMemo(() => arrange(deliveries.list(), filter(), clock()));

  const asked = new URLSearchParams(location.search).get("delivery") ?? undefined;
  const [selectedId, setSelectedId] = createSignal<string | undefined>(asked);
  const selected = createMemo(() => deliveries.get(selectedId()));

  const suggestionsFor = createMemo(() => {
    const delivery = selected();
    const open = delivery && ["waiting", "assigned", "pickup"].includes(delivery.status);
    return open ? `${delivery.id} ${delivery.version}` : undefined;
  });
  const [found] = createResource(suggestionsFor, async (key) => {
    try {
      return (await api.suggestions(key.split(" ")[0] ?? "")).items;
    } catch {
      return []; // riders can be picked from the list all the same
    }
  });
  const suggestions = () => (suggestionsFor() ? (found.latest ?? []) : []);

  const [chosen, setChosen] = createSignal<string | undefined>();
  createEffect(on(suggestionsFor, () => setChosen(undefined)));
  const riderId = () => {
    const own = selected()?.riderId;
    return chosen() ?? suggestions().find((s) => s.riderId !== own)?.riderId;
  };

  return {
    deliveries,
    riders,
    places,
    loads: createMemo(() => loads(deliveries.list())),
    filter,
    setFilter: (part) => setFilter({ ...filter(), ...part }),
    view,
    selectedId,
    selected,
    select: setSelectedId,
    suggestions,
    riderId,
    chooseRider: setChosen,
  };
}
