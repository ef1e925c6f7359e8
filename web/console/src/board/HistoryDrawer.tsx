import type { Delivery, HistoryEntry } from "@bros/sdk";
import { age, keepLanguage, State, t, timeSeconds, tOr } from "@bros/ui";
import * as Dialog from "@kobalte/core/dialog";
import { createResource, For, Show } from "solid-js";
import { api, atLeast, useApp } from "../app.ts";
import { follow } from "../router.ts";
import { focusBefore } from "./before.ts";
import { useDesk } from "./desk.ts";
import { useBoard } from "./state.ts";

/** Everything that happened to a delivery: when, who, why, and what proves it. */
export function HistoryDrawer(props: { delivery: Delivery }) {
  const app = useApp();
  const board = useBoard();
  const desk = useDesk();
  const back = focusBefore(desk.history);
  const [steps] = createResource(
    () => desk.history() && `${props.delivery.id} ${props.delivery.version}`,
    async (key): Promise<HistoryEntry[]> => (await api.history(key.split(" ")[0] ?? "")).items,
    { initialValue: [] },
  );
  /** Time from the step before. */
  const took = (index: number): string => {
    const [from, to] = [steps.latest[index - 1]?.at, steps.latest[index]?.at];
    // As far apart as the times beside it, which are whole seconds.
    const seconds = from && to ? Math.floor(Date.parse(to) / 1000) - Math.floor(Date.parse(from) / 1000) : 0;
    if (seconds <= 0) return "";
    return `+${seconds < 100 ? t("time.seconds", { n: seconds }) : age(seconds * 1000)}`;
  };

  return (
    <Dialog.Root open={desk.history()} onOpenChange={desk.setHistory} preventScroll={false}>
      <Dialog.Portal>
        <Dialog.Overlay class="drawer-veil" />
        <Dialog.Content class="drawer" data-testid="history" onCloseAutoFocus={back}>
          <header>
            <Dialog.Title as="h2" class="grow">
              {props.delivery.number} · {t("board.history")}
            </Dialog.Title>
            <Dialog.CloseButton class="quiet" aria-label={t("app.close")}>
              ✕
            </Dialog.CloseButton>
          </header>
          <div class="drawer-body">
            <p class="muted">
              {props.delivery.shop.name} → {props.delivery.customer.address}
            </p>
            <Show when={!steps.error} fallback={<p class="empty">{t("error.network")}</p>}>
              <ol class="timeline history">
                <For each={steps.latest}>
                  {(step, index) => (
                    <li data-testid="history-step">
                      <time class="timeline-at">{timeSeconds(step.at)}</time>
                      <span class="timeline-took muted small">{took(index())}</span>
                      <div class="timeline-what">
                        <span class="line">
                          <Show when={step.to} fallback={<b>{tOr(`event.${step.event}`, step.event)}</b>}>
                            {(to) => (
                              <>
                                <State status={to()} bare />
                                <b>{tOr(`event.${step.event}`, step.event)}</b>
                              </>
                            )}
                          </Show>
                          <Show when={step.riderId}>
                            {(id) => <span class="cut">→ {board.riders.get(id())?.name ?? id()}</span>}
                          </Show>
                        </span>
                        <span class="muted small">
                          {step.actor.name || t(`role.${step.actor.role}`)} · {t(`role.${step.actor.role}`)}
                        </span>
                        <Show when={step.reason}>
                          <q class="timeline-why">{step.reason}</q>
                        </Show>
                        <Show when={step.deviceAt}>
                          <span class="small timeline-device">
                            {t("board.deviceTime", { time: timeSeconds(step.deviceAt) })}
                          </span>
                        </Show>
                      </div>
                    </li>
                  )}
                </For>
              </ol>
            </Show>
            <Show when={atLeast(app.user.role, "manager")}>
              <a href={keepLanguage(`/audit?kind=delivery&key=${props.delivery.id}`)} onClick={follow}>
                {t("audit.link")}
              </a>
            </Show>
            <Show when={props.delivery.receivedBy || props.delivery.note}>
              <p>
                {t("board.receivedBy", { who: props.delivery.receivedBy ?? "–" })}
                <Show when={props.delivery.note}> · {props.delivery.note}</Show>
              </p>
            </Show>
            <Show when={props.delivery.photoId}>
              {(id) => (
                <a href={`/api/v1/photos/${id()}`} target="_blank" rel="noreferrer">
                  <img class="proof" src={`/api/v1/photos/${id()}`} alt={t("board.photo")} />
                </a>
              )}
            </Show>
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
