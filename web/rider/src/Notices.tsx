import { type Delivery, phoneLink } from "@bros/sdk";
import { phone, t, time } from "@bros/ui";
import { For, type JSX, Show } from "solid-js";
import { causeOf } from "./model.ts";
import type { Sharing } from "./positions.ts";
import type { PushState } from "./push.ts";
import type { Refusal } from "./store.ts";

interface Props {
  riderId: string;
  refusals: Refusal[];
  onRead: (refusal: Refusal) => void;
  /** Cancelled, or written off. */
  ended: Delivery[];
  onSeen: (delivery: Delivery) => void;
  sharing: Sharing;
  onAllow: () => void;
  push: PushState;
  askPush: boolean;
  onPush: () => void;
  onLater: () => void;
}

/** What the rider has to know before going on, in plain words, each until it is read. */
export function Notices(props: Props) {
  return (
    <>
      <For each={props.refusals}>
        {(refusal) => (
          <Notice
            kind="bad"
            title={t(`rider.refused.${refusal.what}`, { number: refusal.number, shop: refusal.shop })}
            act={t("rider.read")}
            onAct={() => props.onRead(refusal)}
          >
            {why(refusal, props.riderId)}
          </Notice>
        )}
      </For>
      <For each={props.ended}>
        {(delivery) => {
          const failed = delivery.status === "failed";
          const values = { number: delivery.number, shop: delivery.shop.name };
          return (
            <Notice
              kind="bad"
              title={t(failed ? "rider.failed" : "rider.cancelled", values)}
              act={t("rider.read")}
              onAct={() => props.onSeen(delivery)}
            >
              {failed
                ? t("rider.failedDo")
                : [delivery.cancelReason, t("rider.cancelledDo")].filter(Boolean).join(" · ")}
              <Show when={delivery.pickedUpAt && delivery.shop.phone}>
                {" "}
                <a href={phoneLink(delivery.shop.phone)}>{phone(delivery.shop.phone)}</a>
              </Show>
            </Notice>
          );
        }}
      </For>
      <Show when={props.sharing === "denied"}>
        <Notice kind="warn" title={t("rider.place.denied")} act={t("app.retry")} onAct={props.onAllow}>
          {t("rider.place.deniedHow")}
        </Notice>
      </Show>
      <Show when={props.sharing === "none"}>
        <Notice kind="warn" title={t("rider.place.none")}>
          {t("rider.place.noneHow")}
        </Notice>
      </Show>
      <Show when={props.askPush && props.push === "off"}>
        <Notice
          kind="ask"
          title={t("rider.push.ask")}
          act={t("rider.push.yes")}
          onAct={props.onPush}
          other={t("rider.push.later")}
          onOther={props.onLater}
        >
          {t("rider.push.why")}
        </Notice>
      </Show>
    </>
  );
}

function why(refusal: Refusal, riderId: string): string {
  const cause = causeOf(refusal, riderId);
  const words = t(`rider.why.${cause}`, {
    name: refusal.current?.riderName ?? "",
    detail: refusal.detail || refusal.code,
  });
  return refusal.at ? `${t("rider.doneAt", { time: time(refusal.at) })} ${words}` : words;
}

function Notice(props: {
  kind: "bad" | "warn" | "ask";
  title: string;
  children: JSX.Element;
  act?: string;
  onAct?: () => void;
  other?: string;
  onOther?: () => void;
}) {
  return (
    <section class="notice" data-kind={props.kind} role={props.kind === "bad" ? "alert" : undefined}>
      <div class="notice-words">
        <b>{props.title}</b>
        <p>{props.children}</p>
      </div>
      <Show when={props.act || props.other}>
        <div class="notice-acts">
          <Show when={props.other}>
            <button type="button" class="quiet" onClick={() => props.onOther?.()}>
              {props.other}
            </button>
          </Show>
          <Show when={props.act}>
            <button type="button" class="primary" onClick={() => props.onAct?.()}>
              {props.act}
            </button>
          </Show>
        </div>
      </Show>
    </section>
  );
}
