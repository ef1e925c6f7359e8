import { ago, phone as grouped, Kbd, now, t } from "@bros/ui";
import { For, Show } from "solid-js";
import { calls, endCall } from "../calls.ts";

/** The calls that wait, the oldest first: a key takes it, whatever is being typed. */
export function CallBar(props: { onTake: (phone: string) => void }) {
  return (
    <Show when={calls().length > 0}>
      <section class="panel call-bar" role="alert" data-testid="call" aria-label={t("intake.calls")}>
        <For each={calls()}>
          {(call, index) => (
            <p class="call-line" data-testid="call-line">
              <span aria-hidden="true">☎</span>
              <span class="grow">
                {t("intake.call")} <b>{grouped(call.phone)}</b>{" "}
                <span class="muted small" aria-hidden="true">
                  {ago(now() - call.at)}
                </span>
              </span>
              <button
                type="button"
                classList={{ primary: index() === 0 }}
                aria-keyshortcuts={index() === 0 ? "Alt+C" : undefined}
                onClick={() => props.onTake(call.phone)}
              >
                {t("intake.takeCall")}{" "}
                <Show when={index() === 0}>
                  <Kbd>Alt C</Kbd>
                </Show>
              </button>
              <button
                type="button"
                class="quiet"
                aria-label={t("intake.waveOff", { phone: grouped(call.phone) })}
                onClick={() => endCall(call.phone)}
              >
                ✕
              </button>
            </p>
          )}
        </For>
      </section>
    </Show>
  );
}
