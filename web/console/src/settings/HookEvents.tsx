import { t, tOr } from "@bros/ui";
import { For } from "solid-js";
import { webhookEvents } from "./entities.ts";

const kinds = ["order", "delivery"] as const;

/** What one event of a webhook is called, in the reader's language. */
export function hookEventWords(event: string): string {
  return tOr(`hook.all.${event}`, tOr(`hook.event.${event}`, tOr(`event.${event}`, event)));
}

/** The choice of what a webhook is told: all of a kind, or single events; nothing chosen is everything. */
export function HookEvents(props: { label: string; value: string[]; onInput: (events: string[]) => void }) {
  const has = (event: string) => props.value.includes(event);
  const toggle = (event: string, on: boolean) => {
    // All of a kind takes the place of its single events.
    const rest = props.value.filter((other) => other !== event && !(on && other.startsWith(`${event}:`)));
    props.onInput(on ? [...rest, event] : rest);
  };
  const box = (event: string, covered: () => boolean) => (
    <label class="line">
      <input
        type="checkbox"
        name="events"
        value={event}
        disabled={covered()}
        checked={has(event) || covered()}
        onChange={(change) => toggle(event, change.currentTarget.checked)}
      />
      {hookEventWords(event)}
      <code class="muted small">{event}</code>
    </label>
  );
  return (
    <fieldset class="field hook-events">
      <legend class="small muted">{props.label}</legend>
      <p class="small muted">{t(props.value.length === 0 ? "hook.everything" : "hook.chosen")}</p>
      <For each={kinds}>
        {(kind) => (
          <>
            {box(kind, () => false)}
            <div class="hook-single">
              <For each={webhookEvents[kind]}>{(act) => box(`${kind}:${act}`, () => has(kind))}</For>
            </div>
          </>
        )}
      </For>
    </fieldset>
  );
}
