import type { Hours } from "@bros/sdk";
import { language, t } from "@bros/ui";
import { For, Index } from "solid-js";

const week = [1, 2, 3, 4, 5, 6, 7];

/** Monday is 1. */
function dayName(day: number, form: "short" | "long"): string {
  // 2024-01-01 was a Monday.
  const at = new Date(Date.UTC(2024, 0, day));
  return at.toLocaleDateString(language(), { weekday: form, timeZone: "UTC" });
}

/** `9`, `930`, `9:30` and `09:30` as `09:30`; what is no time stays as it was typed. */
export function typedTime(text: string): string {
  const [, hour, minute] = /^\s*(\d{1,2})(?:[:.]?(\d{2}))?\s*$/.exec(text) ?? [];
  return hour === undefined ? text.trim() : `${hour.padStart(2, "0")}:${minute ?? "00"}`;
}

/** A shop's hours: days and from when to when, over midnight as 26:00; all by keys. */
export function HoursField(props: {
  value: Hours[];
  wrong: (field: string) => string | undefined;
  onInput: (value: Hours[]) => void;
}) {
  const change = (index: number, part: Partial<Hours>) =>
    props.onInput(props.value.map((one, i) => (i === index ? { ...one, ...part } : one)));
  const toggle = (index: number, day: number, on: boolean) => {
    const days = (props.value[index]?.days ?? []).filter((other) => other !== day);
    change(index, { days: on ? [...days, day].sort() : days });
  };
  const time = (index: number, end: "from" | "to") => (
    <input
      class="hours-time"
      name={`hours.${index}.${end}`}
      inputmode="numeric"
      autocomplete="off"
      aria-label={t(end === "from" ? "set.hoursFrom" : "set.hoursTo")}
      aria-invalid={props.wrong(`hours[${index}].${end}`) !== undefined}
      value={props.value[index]?.[end] ?? ""}
      onChange={(event) => change(index, { [end]: typedTime(event.currentTarget.value) })}
    />
  );
  return (
    <fieldset class="field" data-testid="hours">
      <legend class="small muted">{t("set.hours")}</legend>
      <Index each={props.value} fallback={<p class="small muted">{t("set.hoursAlways")}</p>}>
        {(one, index) => (
          <div class="hours-row" data-testid="hours-row">
            <span class="line wrap hours-days">
              <For each={week}>
                {(day) => (
                  <label class="hours-day small" title={dayName(day, "long")}>
                    <input
                      type="checkbox"
                      aria-label={dayName(day, "long")}
                      checked={one().days.includes(day)}
                      onChange={(event) => toggle(index, day, event.currentTarget.checked)}
                    />
                    <span aria-hidden="true">{dayName(day, "short")}</span>
                  </label>
                )}
              </For>
            </span>
            <span class="line">
              {time(index, "from")} – {time(index, "to")}
              <button
                type="button"
                class="quiet small"
                onClick={() => props.onInput(props.value.filter((_, i) => i !== index))}
              >
                {t("set.hoursRemove")}
              </button>
            </span>
            <For each={["days", "from", "to"]}>
              {(part) => <small class="field-error">{props.wrong(`hours[${index}].${part}`)}</small>}
            </For>
          </div>
        )}
      </Index>
      <p class="small muted">{t("set.hoursHelp")}</p>
      <button
        type="button"
        class="small"
        onClick={() => props.onInput([...props.value, { days: [...week], from: "10:00", to: "22:00" }])}
      >
        {t("set.hoursAdd")}
      </button>
    </fieldset>
  );
}
