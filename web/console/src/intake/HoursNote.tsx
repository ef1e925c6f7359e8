import type { Shop } from "@bros/sdk";
import { Given, now, t } from "@bros/ui";
import { Show } from "solid-js";
import { cooksAt, hasHours, hoursOn, opensAt } from "./hours.ts";
import { whenText } from "./WhenField.tsx";

/** Whether the shop doesn't cook then, or, where no time is asked for, now. */
export function takesNone(shop: Shop, at: string | undefined, zone: string): boolean {
  return !cooksAt(shop, at ? Date.parse(at) : now(), zone);
}

/** A shop's hours of the day, and when it opens where it is closed then. */
export function HoursNote(props: { shop?: Shop; at?: string; zone: string }) {
  const then = () => (props.at ? Date.parse(props.at) : now());
  const closed = (shop: Shop) => takesNone(shop, props.at, props.zone);
  const opens = (shop: Shop) => opensAt(shop, then(), props.zone);
  return (
    <Given when={props.shop && hasHours(props.shop) ? props.shop : undefined}>
      {(shop) => (
        <small class="hours" data-testid="shop-hours" data-closed={closed(shop())}>
          <Show when={closed(shop())}>
            <b class="hours-closed">✕ {t(props.at ? "hours.closedThen" : "hours.closedNow")}</b>{" "}
            <Given when={opens(shop())}>
              {(at) => <span>{t("hours.opens", { time: whenText(at(), props.zone) })}</span>}
            </Given>{" "}
          </Show>
          <span class="muted">
            {hoursOn(shop(), then(), props.zone)
              ? t("hours.day", { hours: hoursOn(shop(), then(), props.zone) })
              : t("hours.none")}
          </span>
        </small>
      )}
    </Given>
  );
}
