import { age, composing, Given, language, now, t } from "@bros/ui";
import { createSignal, Show } from "solid-js";
import { Wrong } from "./fields.tsx";
import { addDays, daysBetween, instantOf, readWhen, wallOf } from "./when.ts";

/** An instant by the clock of a zone: `Today 18:30`, `Tue, Dec 1, 18:30`. */
export function whenText(at: number, zone: string, from = now()): string {
  const wall = wallOf(at, zone);
  const clock = `${String(Math.floor(wall.minute / 60)).padStart(2, "0")}:${String(wall.minute % 60).padStart(2, "0")}`;
  const days = daysBetween(wallOf(from, zone), wall);
  const named = days === 0 ? t("when.today") : days === 1 ? t("when.tomorrow") : "";
  const date = new Intl.DateTimeFormat(language() === "ko" ? "ko-KR" : "en-GB", {
    timeZone: "UTC",
    weekday: "short",
    month: "short",
    day: "numeric",
  }).format(Date.UTC(wall.year, wall.month - 1, wall.day));
  return `${[named, date].filter(Boolean).join(" ")} ${clock}`;
}

/**
 * When the food is wanted, typed: `1830`, `+90`, `내일 12`. The arrows move the day, Page up and
 * down a week; empty is as soon as it is ready.
 */
export function WhenField(props: {
  /** The time, as the record has it. */
  at?: string;
  zone: string;
  /** From how many minutes ahead on it is a pre-order. */
  preorderMinutes: number;
  onChange: (at: string | undefined) => void;
  onEnter: () => void;
  wrong?: string;
  label: string;
}) {
  /** What is typed, while it says something else than the time as it is. */
  const [typed, setTyped] = createSignal<{ text: string; at?: string }>();
  const text = () => {
    const own = typed();
    if (own && own.at === props.at) return own.text;
    return props.at ? clockOf(Date.parse(props.at)) : "";
  };
  const clockOf = (at: number) => {
    const { minute } = wallOf(at, props.zone);
    return `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
  };
  const put = (words: string, at: number | undefined) => {
    const next = at === undefined ? undefined : new Date(at).toISOString();
    setTyped({ text: words, at: next });
    props.onChange(next);
  };
  const move = (days: number) => {
    if (!props.at) return;
    const wall = wallOf(Date.parse(props.at), props.zone);
    const at = instantOf(addDays(wall, days), wall.minute, props.zone);
    if (at > now() - 60_000) put(clockOf(at), at);
  };
  const days: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: 7, PageUp: -7 };
  const ahead = () => (props.at ? Date.parse(props.at) - now() : 0);

  return (
    <label class="field phone-wide when">
      <span>
        {props.label} <span class="muted">{t("when.how")}</span>
      </span>
      <span class="when-line">
        <input
          name="when"
          autocomplete="off"
          maxlength="40"
          placeholder={t("when.soon")}
          aria-keyshortcuts="Alt+T"
          value={text()}
          aria-invalid={props.wrong !== undefined || (text().trim() !== "" && !props.at)}
          onInput={(event) => {
            const words = event.currentTarget.value;
            put(words, readWhen(words, now(), props.zone));
          }}
          onKeyDown={(event) => {
            if (composing(event) || event.ctrlKey || event.metaKey || event.altKey) return;
            const by = days[event.key];
            if (by !== undefined) {
              event.preventDefault();
              move(by);
            } else if (event.key === "Enter") {
              event.preventDefault();
              if (props.at || !text().trim()) props.onEnter();
            }
          }}
        />
        <span class="grow" aria-live="polite" data-testid="when">
          <Given
            when={props.at}
            fallback={
              <Show when={text().trim()}>
                <span class="field-error">{t("when.none")}</span>
              </Show>
            }
          >
            {(at) => (
              <>
                <b>{whenText(Date.parse(at()), props.zone)}</b>{" "}
                <span class="muted small">{t("when.in", { age: age(ahead()) })}</span>{" "}
                <Show when={ahead() > props.preorderMinutes * 60_000}>
                  <span class="tag-warn">{t("when.preorder")}</span>
                </Show>
              </>
            )}
          </Given>
        </span>
      </span>
      <Wrong text={props.wrong} />
    </label>
  );
}
