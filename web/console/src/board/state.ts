import type { Delivery, DeliveryFilter, Rider, RiderPlace, Suggestion, ViewSpec } from "@bros/sdk";
import {
  followOpen,
  followRecord,
  followRecords,
  followView,
  type OpenDeliveries,
  type Records,
  type Viewed,
} from "@bros/ui";
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
import { keepLook, keptLook } from "./kept.ts";
import type { Look } from "./model.ts";

/** What the parts of the board share. */
export interface BoardState {
  /** All the deliveries of the chosen centers as the filter and look want them: counts and shops. */
  all: Viewed<"delivery">;
  /** The spec of a list of these addresses. */
  spec(addresses: string[]): ViewSpec<"delivery">;
  /** Deliveries that aren't over, in few fields: loads by rider, drops for the map. */
  open: OpenDeliveries;
  riders: Records<Rider>;
  places: Accessor<Map<string, RiderPlace>>;
  filter: Accessor<DeliveryFilter>;
  /** Changes a part of the filter. */
  setFilter(part: DeliveryFilter): void;
  /** Puts another filter in its place. */
  resetFilter(filter: DeliveryFilter): void;
  look: Accessor<Look>;
  setLook(part: Partial<Look>): void;
  /** The delivery that the keyboard is at and the panel shows. */
  selectedId: Accessor<string | undefined>;
  selected: Accessor<Delivery | undefined>;
  select(id: string | undefined): void;
  /** All that are marked, the selected one among them. */
  marked: Accessor<ReadonlySet<string>>;
  /** Marks these; `at` is then the selected one. */
  mark(ids: Iterable<string>, at?: string): void;
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
  const addresses = createMemo(() => app.chosen().map((id) => `delivery/${id}`));
  const [places, setPlaces] = createSignal(new Map<string, RiderPlace>(), { equals: false });
  const riders = followRecords<Rider>(
    app.live,
    () => app.chosen().map((id) => `rider/${id}`),
    (moved) => {
      const all = places();
      for (const place of moved) all.set(place.riderId, place);
      setPlaces(all);
    },
  );
  const [filter, setFilter] = createSignal<DeliveryFilter>({});
  const [look, setLook] = createSignal(keptLook());
  const spec = (of: string[]): ViewSpec<"delivery"> => {
    const { sort, desc, group } = look();
    return { kind: "delivery", addresses: of, filter: filter(), sort, desc, group };
  };
  const all = followView(app.live, () => spec(addresses()));
  const open = followOpen(app.live, addresses);

  const asked = new URLSearchParams(location.search).get("delivery") ?? undefined;
  const [choice, setChoice] = createSignal<{ id?: string; marked: ReadonlySet<string> }>({
    id: asked,
    marked: new Set(asked ? [asked] : []),
  });
  const selectedId = () => choice().id;
  const selected = followRecord<"delivery">(app.live, addresses, selectedId).record;

  const suggestionsFor = createMemo(() => {
    const delivery = selected();
    const isOpen = delivery && ["waiting", "assigned", "pickup"].includes(delivery.status);
    return isOpen ? `${delivery.id} ${delivery.version}` : undefined;
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
    all,
    spec,
    open,
    riders,
    places,
    filter,
    setFilter: (part) => setFilter({ ...filter(), ...part }),
    resetFilter: setFilter,
    look,
    setLook: (part) => {
      setLook({ ...look(), ...part });
      keepLook(look());
    },
    selectedId,
    selected,
    select: (id) => setChoice({ id, marked: new Set(id === undefined ? [] : [id]) }),
    marked: () => choice().marked,
    mark: (ids, at) => {
      const marked = new Set(ids);
      if (at !== undefined) marked.add(at);
      setChoice({ id: at, marked });
    },
    suggestions,
    riderId,
    chooseRider: setChosen,
  };
}
