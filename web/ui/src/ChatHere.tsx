import type { Api, Person } from "@bros/sdk";
import { createEffect, createSignal, For, on, onCleanup, Show } from "solid-js";
import { t } from "./i18n.ts";

/** How often it is asked; who falls silent is gone from the list within 25 s. */
const everyMs = 5_000;

/** Who of a center is there; a press on somebody begins a private line. */
export function ChatHere(props: {
  api: Api;
  userId: string;
  center: string;
  onWhisper: (person: Person) => void;
}) {
  const [people, setPeople] = createSignal<Person[]>([]);
  createEffect(
    on(
      () => props.center,
      (center) => {
        let gone = false;
        const ask = () => {
          if (document.visibilityState !== "visible" || !center) return;
          props.api.people(center).then(
            (answer) => !gone && setPeople(answer.items),
            () => {}, // what was known stays for a moment; the badge tells that the server is away
          );
        };
        ask();
        const timer = setInterval(ask, everyMs);
        document.addEventListener("visibilitychange", ask);
        onCleanup(() => {
          gone = true;
          clearInterval(timer);
          document.removeEventListener("visibilitychange", ask);
        });
      },
    ),
  );
  return (
    <details class="chat-here" data-testid="chat-here" data-count={people().length}>
      <summary class="small">
        {t("chat.here", { n: people().length })}
        <span class="muted cut chat-here-names">
          {people()
            .map((person) => person.name)
            .join(", ")}
        </span>
      </summary>
      <ul>
        <For each={people()}>
          {(person) => (
            <li class="line small">
              <Show
                when={person.id !== props.userId}
                fallback={<span class="strong grow">{t("chat.you", { name: person.name })}</span>}
              >
                <button
                  type="button"
                  class="quiet chat-name grow"
                  title={t("chat.whisper", { name: person.name })}
                  onClick={() => props.onWhisper(person)}
                >
                  {person.name}
                </button>
              </Show>
              <span class="muted">{t(`role.${person.role}`)}</span>
            </li>
          )}
        </For>
      </ul>
    </details>
  );
}
