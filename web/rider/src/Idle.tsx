import type { Duty } from "@bros/sdk";
import { t } from "@bros/ui";
import { Show } from "solid-js";
import { Hold } from "./Sure.tsx";

interface IdleProps {
  duty: Duty;
  known: boolean;
  claims: boolean;
  offers: number;
  done: number;
  onDuty: () => void;
}

/** Nothing is to be done: what there is to wait for, and the way on duty under the thumb. */
export function Idle(props: IdleProps) {
  return (
    <section class="idle">
      <p class="idle-words">
        <Show when={props.known} fallback={t("app.loading")}>
          {props.duty === "off"
            ? t("rider.offDuty")
            : props.duty === "break"
              ? t("rider.onBreak")
              : props.claims && props.offers === 0
                ? t("rider.noOffers")
                : props.claims
                  ? t("rider.someOffers")
                  : t("rider.nothing")}
        </Show>
      </p>
      <Show when={props.done > 0}>
        <p class="muted">{t("rider.done", { n: props.done })}</p>
      </Show>
      <Show when={props.duty !== "on"}>
        <Hold class="idle-hold" label={t("act.onDuty")} onSure={() => props.onDuty()}>
          <span class="idle-on">{t("act.onDuty")}</span>
          <span class="idle-hint">{t("rider.hold")}</span>
        </Hold>
      </Show>
    </section>
  );
}
