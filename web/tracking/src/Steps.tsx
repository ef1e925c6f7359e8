import { t } from "@bros/ui/light";
import { For } from "solid-js";

/** The five steps of every order, as the customer sees them. */
export const steps = ["received", "accepted", "assigned", "pickup", "delivered"] as const;

/** Which of the five steps an order or delivery has come to. */
export function stepOf(status: string): number {
  if (status === "completed") return 4;
  const step = status === "waiting" ? "accepted" : status;
  return (steps as readonly string[]).indexOf(step);
}

const signs: Record<(typeof steps)[number], string> = {
  received: "M6 4h12v16l-3-2-3 2-3-2-3 2zM9 9h6M9 13h6",
  accepted: "M5 11h14a7 7 0 0 1-4 6.3V19H9v-1.7A7 7 0 0 1 5 11zM9 7c0-1.5 1-1.5 1-3M14 7c0-1.5 1-1.5 1-3",
  assigned: "M12 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20c0-4 3.5-6 7.5-6s7.5 2 7.5 6",
  pickup: "M6 17.500a2 2 0 1 0 0-.1M18 17.500a2 2 0 1 0 0-.1M8 17h8l1-6-3-4h-3M4 12h6l2 5",
  delivered: "M4 11.5 12 5l8 6.500M6.5 10v9h11v-9M9.5 14.500l2 2 3.5-4",
};

/** A line of five steps; what is done is filled, the present one named. */
export function Steps(props: { at: number }) {
  return (
    <ol class="track-steps">
      <For each={steps}>
        {(step, index) => (
          <li
            data-state={index() < props.at ? "done" : index() === props.at ? "now" : "next"}
            aria-current={index() === props.at ? "step" : undefined}
          >
            <span class="track-sign">
              <svg viewBox="0 0 24 24" aria-hidden="true">
                <path d={signs[step]} />
              </svg>
            </span>
            <span class="track-word">{t(`track.${step}`)}</span>
          </li>
        )}
      </For>
    </ol>
  );
}
