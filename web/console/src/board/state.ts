import type { Delivery, DeliveryFilter, LiveView, Rider, ViewSpec } from "@bros/sdk";
import {
  followOpen,
  followRecord,
  followRecords,
  followView,
  type OpenDeliveries,
  type Records,
  type Viewed,
} from "@bros/ui";
import { type Accessor, createContext, createMemo, createSignal, onCleanup, useContext } from "solid-js";
import { useApp } from "../app.ts";
import { Fixes } from "./fixes.ts";
import { keepLook, keptLook } from "./kept.ts";
import type { Look } from "./model.ts";
import { followPlans, type Plans } from "./plan.ts";

/** What the parts of the board share. */
export interface BoardState {
  /** All the deliveries of the chosen centers as the filter and look want them: counts and shops. */
  all: Viewed<"delivery">;
  /** The spec of a list of these addresses. */
  spec(addresses: string[]): ViewSpec<"delivery">;
  /** Deliveries that aren't over, in few fields: loads by rider, drops for the map. */
  open: OpenDeliveries;
  /** What the engine means to do. */
  plans: Plans;
  riders: Records<Rider>;
  /** Where riders were last. */
  fixes: Fixes;
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
  /** Something is selected, and as far as is known it exists. */
  opened: Accessor<boolean>;
  select(id: string | undefined): void;
  /** All that are marked, the selected one among them. */
  marked: Accessor<ReadonlySet<string>>;
  /** Marks these; `at` is then the selected one. */
  mark(ids: Iterable<string>, at?: string): void;
  /** Says that a list is on the screen: its rows open without asking the worker. */
  shows(list: LiveView<"delivery">): void;
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
  const fixes = new Fixes();
  const riders = followRecords<Rider>(
    app.live,
    () => app.chosen().map((id) => `rider/${id}`),
    (moved) => fixes.take(moved),
  );
  const [filter, setFilter] = createSignal<DeliveryFilter>({});
  const [look, setLook] = createSignal(keptLook());
  const plans = followPlans(app);
  const spec = (of: string[]): ViewSpec<"delivery"> => {
    const { sort, desc, group } = look();
    return { kind: "delivery", addresses: of, filter: filter(), sort, desc, group, first: plans.due() };
  };
  const all = followView(app.live, () => spec(addresses()));
  const open = followOpen(app.live, addresses);

  const asked = new URLSearchParams(location.search).get("delivery") ?? undefined;
  const [choice, setChoice] = createSignal<{ id?: string; marked: ReadonlySet<string> }>({
    id: asked,
    marked: new Set(asked ? [asked] : []),
  });
  const selectedId = () => choice().id;
  const lists = new Set<LiveView<"delivery">>();
  const inSight = (id: string) => {
    for (const list of lists) {
      const record = list.get(id);
      if (record) return record;
    }
    return undefined;
  };
  const { record: selected, ready } = followRecord<"delivery">(app.live, addresses, selectedId, inSight);

  return {
    all,
    spec,
    open,
    plans,
    riders,
    fixes,
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
    opened: () => selectedId() !== undefined && (selected() !== undefined || !ready()),
    select: (id) => setChoice({ id, marked: new Set(id === undefined ? [] : [id]) }),
    marked: () => choice().marked,
    mark: (ids, at) => {
      const marked = new Set(ids);
      if (at !== undefined) marked.add(at);
      setChoice({ id: at, marked });
    },
    shows(list) {
      lists.add(list);
      onCleanup(() => lists.delete(list));
    },
  };
}
