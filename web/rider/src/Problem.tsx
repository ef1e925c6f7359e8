import type { Delivery, ProblemKind } from "@bros/sdk";
import { type Key, t } from "@bros/ui";
import { createSignal, For, onMount, Show } from "solid-js";
import { Icon } from "./icons.tsx";
import { problemsOf } from "./model.ts";
import { PhotoButton } from "./Proof.tsx";

export interface Report {
  kind: ProblemKind;
  note?: string;
  photo?: Blob;
}

const giveReasons: Key[] = ["rider.give.far", "rider.give.end", "rider.give.other"];

interface Props {
  delivery: Delivery;
  /** The rider may give back what it has not picked up. */
  mayGiveBack: boolean;
  onReport: (report: Report) => void;
  onGiveBack: (reason: string) => void;
  onClose: () => void;
}

/** Why it does not go on: big reasons for a wet thumb, a photo and a note for who wants. */
export function ProblemSheet(props: Props) {
  const [kind, setKind] = createSignal<ProblemKind>();
  const [note, setNote] = createSignal("");
  const [photo, setPhoto] = createSignal<Blob>();
  let top!: HTMLHeadingElement;
  onMount(() => top.focus());
  const send = () => {
    const chosen = kind();
    if (!chosen) return;
    props.onReport({ kind: chosen, note: note().trim() || undefined, photo: photo() });
  };
  return (
    <section
      class="problem"
      data-testid="problem"
      role="dialog"
      aria-modal="true"
      aria-labelledby="problem-title"
      onKeyDown={(event) => event.key === "Escape" && props.onClose()}
    >
      <div class="problem-head">
        <h2 id="problem-title" class="grow" tabIndex={-1} ref={top}>
          {t("rider.problemTitle")} <span class="muted">{props.delivery.number}</span>
        </h2>
        <button
          type="button"
          class="problem-close"
          aria-label={t("app.close")}
          onClick={() => props.onClose()}
        >
          ✕
        </button>
      </div>
      <div class="problem-kinds">
        <For each={problemsOf(props.delivery.status)}>
          {(one) => (
            <button type="button" aria-pressed={kind() === one} onClick={() => setKind(one)}>
              {t(`rider.problem.${one}`)}
            </button>
          )}
        </For>
      </div>
      <Show when={props.delivery.status === "assigned" && props.mayGiveBack}>
        <fieldset class="problem-give">
          <legend>{t("rider.giveback")}</legend>
          <For each={giveReasons}>
            {(reason) => (
              <button type="button" onClick={() => props.onGiveBack(t(reason))}>
                {t(reason)}
              </button>
            )}
          </For>
        </fieldset>
      </Show>
      <div class="problem-more">
        <PhotoButton photo={photo()} onPhoto={setPhoto} />
        <input
          name="note"
          class="grow"
          maxLength={200}
          aria-label={t("rider.problemNote")}
          placeholder={t("rider.problemNote")}
          value={note()}
          onInput={(event) => setNote(event.currentTarget.value)}
        />
      </div>
      <button type="button" class="primary big problem-send" disabled={!kind()} onClick={send}>
        {t("rider.problemSend")}
      </button>
    </section>
  );
}

/** What the center has been told, calmly: it is for the center to decide now. */
export function ProblemNote(props: { delivery: Delivery; userId: string }) {
  return (
    <Show when={props.delivery.problem}>
      {(problem) => (
        <div class="trouble" data-testid="trouble" role="status">
          <Icon shape="flag" />
          <div>
            <b>
              {t(problem().by.id === props.userId ? "rider.problemTold" : "rider.problemFrom", {
                what: [t(`rider.problem.${problem().kind}`), problem().note].filter(Boolean).join(", "),
              })}
            </b>
            <p>{t("rider.problemWait")}</p>
          </div>
        </div>
      )}
    </Show>
  );
}
