import { type Delivery, isOpen } from "@bros/sdk";
import { now, t, time, tOr } from "@bros/ui";
import { Show } from "solid-js";

/** A correction that the rider has not nodded to; undefined: there is none. */
export function unseenBy(delivery: Delivery): string | undefined {
  const { amendment, riderName } = delivery;
  return isOpen(delivery) && amendment && !amendment.seenAt ? riderName : undefined;
}

/** Several fields make one thing that people speak of. */
const units: Record<string, string> = {
  "customer.address": "door",
  "customer.addressDetail": "door",
  "customer.location": "door",
};

/** What a delivery's last correction changed, and whether its rider knows. */
export function Amended(props: { delivery: Delivery }) {
  const shown = () => (isOpen(props.delivery) ? props.delivery.amendment : undefined);
  const fields = (names: readonly string[]) => {
    const known = names.map((name) => units[name] ?? name.replace("customer.", ""));
    return [...new Set(known)].map((unit) => tOr(`unit.${unit}`, unit)).join(", ");
  };
  return (
    <Show when={shown()}>
      {(amendment) => (
        <p class="amended" data-testid="amended" data-seen={amendment().seenAt !== undefined}>
          <span aria-hidden="true">✎ </span>
          {t("board.amended", { fields: fields(amendment().fields), time: time(amendment().at) })}{" "}
          <Show when={props.delivery.riderName}>
            <b>
              {amendment().seenAt
                ? t("board.amendedSeen", { time: time(amendment().seenAt) })
                : t("board.amendedUnseen", {
                    rider: props.delivery.riderName ?? "",
                    minutes: String(Math.max(0, Math.floor((now() - Date.parse(amendment().at)) / 60_000))),
                  })}
            </b>
          </Show>
        </p>
      )}
    </Show>
  );
}
