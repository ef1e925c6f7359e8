import type { DeliveryStatus } from "@bros/sdk";
import { type Key, stateSign, t } from "@bros/ui";
import { createMemo, For, Show } from "solid-js";
import type { SortBy } from "./model.ts";
import { useBoard } from "./state.ts";

const statuses: DeliveryStatus[] = ["waiting", "assigned", "pickup", "delivered", "cancelled"];
const sorts: { by: SortBy; key: Key }[] = [
  { by: "promise", key: "board.sort.promise" },
  { by: "number", key: "board.sort.number" },
  { by: "created", key: "board.sort.created" },
  { by: "shop", key: "board.sort.shop" },
  { by: "rider", key: "board.sort.rider" },
];

function sameNames(a: Map<string, string>, b: Map<string, string>): boolean {
  if (a.size !== b.size) return false;
  for (const [id, name] of a) if (b.get(id) !== name) return false;
  return true;
}

/** Counts that filter when pressed, shops, riders, sort and search. */
export function Filters() {
  const board = useBoard();
  const shopNames = createMemo<Map<string, string>>(
    () => {
      const names = new Map<string, string>();
      for (const { shop } of board.deliveries.list()) names.set(shop.id, shop.name);
      return names;
    },
    new Map(),
    { equals: sameNames },
  );
  const shops = createMemo(() => [...shopNames()].sort((a, b) => a[1].localeCompare(b[1])));
  const riders = createMemo(() => [...board.riders.list()].sort((a, b) => a.name.localeCompare(b.name)));
  const toggle = (show: DeliveryStatus | "late" | "open") =>
    board.setFilter({ show: board.filter().show === show ? "" : show });
  const active = () => {
    const { text, show, shopId, riderId } = board.filter();
    return Boolean(text || show || shopId || riderId);
  };

  return (
    <div class="filters">
      <fieldset class="line filter-states">
        <legend class="hidden-visually">{t("set.status")}</legend>
        <For each={statuses}>
          {(status) => (
            <button
              type="button"
              class="filter-state"
              data-status={status}
              aria-pressed={board.filter().show === status}
              onClick={() => toggle(status)}
            >
              <span class="state" data-status={status}>
                <span aria-hidden="true">{stateSign(status)}</span>
              </span>
              {t(`status.${status}`)} <b>{board.view().counts[status]}</b>
            </button>
          )}
        </For>
        <button
          type="button"
          class="filter-state"
          aria-pressed={board.filter().show === "open"}
          onClick={() => toggle("open")}
        >
          {t("board.filter.open")}
        </button>
        <button
          type="button"
          class="filter-state"
          data-late={board.view().late > 0}
          aria-pressed={board.filter().show === "late"}
          onClick={() => toggle("late")}
        >
          {t("board.late", { n: board.view().late })}
        </button>
      </fieldset>
      <div class="line filter-more">
        <input
          class="grow filter-search"
          type="search"
          name="search"
          autocomplete="off"
          placeholder={t("board.search")}
          aria-label={t("app.search")}
          value={board.filter().text}
          onInput={(event) => board.setFilter({ text: event.currentTarget.value.trim() })}
        />
        <select
          aria-label={t("board.shop")}
          value={board.filter().shopId}
          onChange={(event) => board.setFilter({ shopId: event.currentTarget.value })}
        >
          <option value="">{t("board.allShops")}</option>
          <For each={shops()}>{([id, name]) => <option value={id}>{name}</option>}</For>
        </select>
        <select
          aria-label={t("board.rider")}
          value={board.filter().riderId}
          onChange={(event) => board.setFilter({ riderId: event.currentTarget.value })}
        >
          <option value="">{t("board.allRiders")}</option>
          <For each={riders()}>{(rider) => <option value={rider.id}>{rider.name}</option>}</For>
        </select>
        <label class="line small muted">
          {t("board.sort")}
          <select
            value={board.filter().sort}
            onChange={(event) => board.setFilter({ sort: event.currentTarget.value as SortBy })}
          >
            <For each={sorts}>{({ by, key }) => <option value={by}>{t(key)}</option>}</For>
          </select>
        </label>
        <Show when={active()}>
          <button
            type="button"
            class="quiet"
            onClick={() => board.setFilter({ text: "", show: "", shopId: "", riderId: "" })}
          >
            {t("board.clear")}
          </button>
        </Show>
      </div>
    </div>
  );
}
