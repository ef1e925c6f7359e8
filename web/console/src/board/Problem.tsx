import type { Delivery } from "@bros/sdk";
import { ago, now, stateSign, t } from "@bros/ui";
import { For, Show } from "solid-js";
import { decisions, writtenOffAs } from "./decisions.ts";
import { useDesk } from "./desk.ts";

/** What is wrong with a delivery, who says so, and what can be decided: a key each. */
export function Problem(props: { delivery: Delivery }) {
  const desk = useDesk();
  const problem = () => props.delivery.problem;
  const busy = () => desk.actions.busy(props.delivery.id);
  return (
    <Show when={problem()}>
      {(told) => (
        <section class="trouble" data-testid="problem-box" data-kind={told().kind} aria-live="assertive">
          <p class="line wrap">
            <b>
              <span aria-hidden="true">{stateSign("problem")} </span>
              {t(`problem.${told().kind}`)}
            </b>
            <span class="small">
              {told().by.name} · {ago(now() - Date.parse(told().at))}
            </span>
            <Show when={(props.delivery.attempt ?? 1) > 1}>
              <span class="small strong">{t("board.attempt", { n: props.delivery.attempt ?? 1 })}</span>
            </Show>
            <Show when={told().photoId}>
              {(id) => (
                <a class="small" href={`/api/v1/photos/${id()}`} target="_blank" rel="noreferrer">
                  {t("board.problemPhoto")}
                </a>
              )}
            </Show>
          </p>
          <Show when={told().note}>
            <p class="memo">{told().note}</p>
          </Show>
          <Show when={desk.dispatcher}>
            <div class="line wrap">
              <For each={decisions.filter((one) => one.in.includes(props.delivery.status))}>
                {({ action, key, text }) => (
                  <button
                    type="button"
                    class={action === "fail" ? "danger" : ""}
                    aria-keyshortcuts={key}
                    disabled={busy()}
                    onClick={() => {
                      const [seen] = desk.aim([props.delivery.id]);
                      // As the eye has it: not about a problem that came in this moment.
                      if (!seen?.trouble) return;
                      void desk.actions.resolve(seen, action, writtenOffAs(action, seen.trouble));
                    }}
                  >
                    {t(text)} <kbd class="key-hint">{key}</kbd>
                  </button>
                )}
              </For>
            </div>
          </Show>
        </section>
      )}
    </Show>
  );
}
