import type { Delivery } from "@bros/sdk";
import { countdown, now, t, time } from "@bros/ui";
import { createMemo, Show } from "solid-js";
import { unseenBy } from "./Amended.tsx";
import { useDesk } from "./desk.ts";
import { useBoard } from "./state.ts";

/** Whom a delivery is for: the rider who has it, who is asked, or whom the plan means and when. */
export function Meant(props: { delivery: Delivery }) {
  const text = meantText(props);
  return (
    <Show when={text()} fallback={props.delivery.riderName}>
      {(shown) => (
        <span class="meant" data-meant={shown().kind} title={shown().title ?? shown().text}>
          <span aria-hidden="true">{shown().sign} </span>
          {shown().text}
        </span>
      )}
    </Show>
  );
}

/** The same as words. */
export function meantText(props: { delivery: Delivery }) {
  const board = useBoard();
  const desk = useDesk();
  const name = (id: string | undefined) => board.riders.get(id)?.name ?? "";
  return createMemo(() => {
    const { delivery } = props;
    const unseen = unseenBy(delivery);
    if (unseen)
      return { kind: "unseen", sign: "✎", text: unseen, title: t("board.unseen", { rider: unseen }) };
    if (delivery.status !== "waiting") return undefined;
    if (delivery.heldUntil)
      return { kind: "held", sign: "⋯", text: t("board.comesAt", { time: time(delivery.heldUntil) }) };
    const { offer } = delivery;
    if (offer) {
      const left = countdown(Math.max(0, Date.parse(offer.expiresAt) - now()));
      return { kind: "asked", sign: "?", text: t("plan.asking", { rider: offer.riderName, left }) };
    }
    const meant = desk.plans.of(delivery.id);
    const pinned = delivery.pin ? "⚑" : undefined;
    if (delivery.pin && meant?.riderId !== delivery.pin)
      return { kind: "later", sign: "⚑", text: name(delivery.pin) };
    if (meant?.riderId) {
      const rider = name(meant.riderId);
      if (meant.level === "go") return { kind: "go", sign: pinned ?? "▶", text: t("plan.go", { rider }) };
      const at = time(meant.until ?? meant.shopAt);
      return { kind: "later", sign: pinned ?? "▷", text: t("plan.later", { rider, time: at }) };
    }
    if (delivery.noRider) return { kind: "none", sign: "!", text: t("plan.nobodyTook") };
    if (meant?.why === "no_rider") return { kind: "none", sign: "–", text: t("plan.why.no_rider") };
    if (meant?.why === "better_later")
      return { kind: "later", sign: "▷", text: t("plan.why.better_later", { time: time(meant.until) }) };
    return undefined;
  });
}

/** What the panel says of it: the plan, the offers and what came of them, pin and avoid. */
export function Advice(props: { delivery: Delivery }) {
  const board = useBoard();
  const desk = useDesk();
  const text = meantText(props);
  const name = (id: string) => board.riders.get(id)?.name ?? id;
  const meant = () => desk.plans.of(props.delivery.id);
  const asked = () =>
    (props.delivery.asked ?? []).map(({ riderId, status }) => `${name(riderId)} ${t(`offer.${status}`)}`);
  const busy = () => desk.actions.busy(props.delivery.id);
  return (
    <Show when={props.delivery.status === "waiting"}>
      <div class="advice" data-testid="advice">
        <div class="line wrap">
          <Show when={text()} fallback={<span class="grow small muted">{t("plan.none")}</span>}>
            {(shown) => (
              <span class="grow meant" data-meant={shown().kind}>
                <span aria-hidden="true">{shown().sign} </span>
                {shown().text}
              </span>
            )}
          </Show>
          <Show when={desk.dispatcher && meant()?.riderId && !props.delivery.heldUntil}>
            <button
              type="button"
              aria-keyshortcuts="y"
              disabled={busy()}
              onClick={() => void desk.acceptPlan([props.delivery.id])}
            >
              {t("plan.accept")} <kbd class="key-hint">y</kbd>
            </button>
          </Show>
        </div>
        <Show when={asked().length > 0}>
          <p class="small muted">{t("plan.asked", { who: asked().join(", ") })}</p>
        </Show>
        <Show when={(props.delivery.avoid ?? []).length > 0}>
          <p class="small muted">
            <span aria-hidden="true">≠ </span>
            {t("plan.avoids", { who: (props.delivery.avoid ?? []).map(name).join(", ") })}
          </p>
        </Show>
        <Show when={desk.dispatcher}>
          <div class="line wrap">
            <button
              type="button"
              class="quiet small"
              aria-keyshortcuts="i"
              disabled={busy()}
              onClick={desk.pin}
            >
              {props.delivery.pin ? t("plan.unpin", { rider: name(props.delivery.pin) }) : t("plan.pin")}{" "}
              <kbd class="key-hint">i</kbd>
            </button>
            <button
              type="button"
              class="quiet small"
              aria-keyshortcuts="v"
              disabled={busy()}
              onClick={() => desk.setPicking(true, "avoid")}
            >
              {t("plan.avoid")} <kbd class="key-hint">v</kbd>
            </button>
          </div>
        </Show>
      </div>
    </Show>
  );
}
