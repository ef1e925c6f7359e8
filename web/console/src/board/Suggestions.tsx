import type { Delivery } from "@bros/sdk";
import { age, distance, t } from "@bros/ui";
import { For, Show } from "solid-js";
import { useBoard } from "./state.ts";

/** Who could take the delivery, best first; a rider picked from the list joins as the last. */
export function Suggestions(props: { delivery: Delivery }) {
  const board = useBoard();
  const items = () =>
    board
      .suggestions()
      .filter((s) => s.riderId !== props.delivery.riderId)
      .slice(0, 5);
  const byHand = () => {
    const id = board.riderId();
    return id && !items().some((s) => s.riderId === id) ? board.riders.get(id) : undefined;
  };
  const eta = (seconds: number) => age(Math.max(60, seconds) * 1000);

  return (
    <fieldset class="suggestions">
      <legend class="small muted">{t("board.suggestions")}</legend>
      <For
        each={items()}
        fallback={
          <Show when={!byHand()}>
            <p class="muted small">{t("board.noSuggestion")}</p>
          </Show>
        }
      >
        {(item, index) => (
          <label class="suggestion" data-chosen={board.riderId() === item.riderId}>
            <input
              type="radio"
              name="rider"
              checked={board.riderId() === item.riderId}
              onChange={() => board.chooseRider(item.riderId)}
            />
            <kbd>{index() + 1}</kbd>
            <span class="strong">{item.riderName}</span>
            <span class="cut muted small grow" title={item.reason}>
              {item.reason}
            </span>
            <span class="small" title={distance(item.distance)}>
              {t("board.eta", { pickup: eta(item.etaPickup), dropoff: eta(item.etaDropoff) })}
            </span>
          </label>
        )}
      </For>
      <Show when={byHand()}>
        {(rider) => (
          <label class="suggestion" data-chosen="true">
            <input type="radio" name="rider" checked />
            <span class="strong">{rider().name}</span>
            <span class="muted small grow">{t("board.chosen")}</span>
          </label>
        )}
      </Show>
    </fieldset>
  );
}
