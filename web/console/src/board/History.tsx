import type { Delivery, HistoryEntry } from "@bros/sdk";
import { t, time, timeSeconds, tOr } from "@bros/ui";
import { createResource, For, Show } from "solid-js";
import { api } from "../app.ts";
import { useBoard } from "./state.ts";

const muchMs = 60_000;

/** Every step in the life of a delivery: who, when, why. */
export function History(props: { delivery: Delivery }) {
  const board = useBoard();
  const [steps] = createResource(
    () => `${props.delivery.id} ${props.delivery.version}`,
    async (key): Promise<HistoryEntry[]> => {
      try {
        return (await api.history(key.split(" ")[0] ?? "")).items;
      } catch {
        return [];
      }
    },
  );
  const later = (step: HistoryEntry) =>
    step.deviceAt && step.at && Math.abs(Date.parse(step.at) - Date.parse(step.deviceAt)) > muchMs;

  return (
    <section class="history">
      <h3 class="small muted">{t("board.history")}</h3>
      <ol>
        <For each={steps.latest}>
          {(step) => (
            <li>
              <time class="muted">{timeSeconds(step.at)}</time>
              <span>
                {tOr(`event.${step.event}`, step.event)}
                <Show when={step.riderId && step.to === "assigned"}>
                  {" "}
                  → {board.riders.get(step.riderId)?.name}
                </Show>
                <Show when={step.reason}>
                  <span class="muted"> · {step.reason}</span>
                </Show>
                <Show when={later(step)}>
                  <span class="muted"> ({time(step.deviceAt)})</span>
                </Show>
              </span>
              <span class="muted small">{step.actor.name}</span>
            </li>
          )}
        </For>
      </ol>
    </section>
  );
}
