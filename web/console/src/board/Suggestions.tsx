import type { Delivery, Suggestion } from "@bros/sdk";
import { age, distance, t } from "@bros/ui";
import { For, Show } from "solid-js";
import { taker, useDesk } from "./desk.ts";
import { useBoard } from "./state.ts";

/** Who could take the delivery, best first; a rider picked from the list joins as the last. */
export function Suggestions(props: { delivery: Delivery }) {
  const board = useBoard();
  const desk = useDesk();
  const items = () => desk.suggestions().slice(0, 5);
  const byHand = () => {
    const id = desk.riderId();
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
          <label
            class="suggestion"
            data-chosen={desk.riderId() === item.riderId}
            onDblClick={() =>
              void desk.give({ id: item.riderId, name: item.riderName }, desk.aim([props.delivery.id]))
            }
          >
            <input
              type="radio"
              name="rider"
              checked={desk.riderId() === item.riderId}
              onChange={() => desk.chooseRider(item.riderId)}
            />
            <kbd>{index() + 1}</kbd>
            <span class="suggestion-who">
              <span class="line">
                <span class="strong cut grow">{item.riderName}</span>
                <span class="small suggestion-when" title={distance(item.distance)}>
                  {t("board.eta", { pickup: eta(item.etaPickup), dropoff: eta(item.etaDropoff) })}
                </span>
              </span>
              <span class="line small">
                <span class="cut muted grow" title={item.reason}>
                  {item.reason}
                </span>
                <Effect suggestion={item} />
              </span>
            </span>
          </label>
        )}
      </For>
      <Show when={byHand()}>
        {(rider) => (
          <label class="suggestion" data-chosen="true">
            <input type="radio" name="rider" checked />
            <span class="strong">{taker(rider()).name}</span>
            <span class="muted small grow">{t("board.chosen")}</span>
          </label>
        )}
      </Show>
    </fieldset>
  );
}

/** What it does to the rider's other deliveries. */
function Effect(props: { suggestion: Suggestion }) {
  const late = () => props.suggestion.effect.late;
  const minutes = () => Math.round(props.suggestion.effect.delaySeconds / 60);
  return (
    <Show
      when={late() > 0}
      fallback={
        <Show when={minutes() > 0}>
          <span class="muted">{t("board.effect.delay", { n: minutes() })}</span>
        </Show>
      }
    >
      <span class="effect-late">{t("board.effect.late", { n: late() })}</span>
    </Show>
  );
}
