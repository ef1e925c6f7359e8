import { stateSign, t, tOr } from "@bros/ui";
import { createResource, For, Show } from "solid-js";
import { useDesk } from "./desk.ts";
import { inWords } from "./happened.ts";
import { useBoard } from "./state.ts";

/** Several deliveries at once: what they are, what can be done with all of them, and what was refused. */
export function BulkPanel() {
  const board = useBoard();
  const desk = useDesk();
  const [found] = createResource(
    () => ({ ids: desk.targets(), stirred: desk.stirred() }),
    ({ ids }) => desk.records(ids),
    { initialValue: [] },
  );
  const rows = () => found.latest;
  const refused = () => desk.actions.refused();
  const resultOf = (id: string) => refused()?.results.find(({ deliveryId }) => deliveryId === id);
  /** Those that would have gone. */
  const fine = () => {
    const all = refused();
    const ok = new Set(all?.results.filter(({ code }) => code === "ok").map((r) => r.deliveryId));
    return all?.deliveries.filter(({ id }) => ok.has(id)) ?? [];
  };
  const giveRest = () => {
    const last = refused();
    if (last) void desk.actions.give(fine(), last.taker);
  };

  return (
    <section
      class="panel delivery-panel"
      data-testid="bulk-panel"
      aria-label={t("board.several", { n: desk.targets().length })}
    >
      <header>
        <h2>{t("board.several", { n: desk.targets().length })}</h2>
        <span class="grow" />
        <button
          type="button"
          class="quiet"
          aria-label={t("app.close")}
          onClick={() => board.select(undefined)}
        >
          ✕
        </button>
      </header>
      <div class="panel-body">
        <Show when={refused()}>
          {(last) => (
            <div class="happened" role="status">
              <p>{t("board.noneGiven", { rider: last().taker.name })}</p>
              <Show when={fine().length > 0}>
                <button type="button" onClick={giveRest}>
                  {t("board.giveRest", { n: fine().length })}
                </button>
              </Show>
            </div>
          )}
        </Show>
        <Show when={desk.dispatcher}>
          <div class="line wrap bulk-deeds">
            <button
              type="button"
              class="primary"
              disabled={desk.actions.busy()}
              aria-keyshortcuts="a"
              onClick={() => desk.setPicking(true)}
            >
              {t("board.assignTo")} <kbd class="key-hint">a</kbd>
            </button>
            <Show when={rows().some(({ status }) => status === "assigned")}>
              <button
                type="button"
                disabled={desk.actions.busy()}
                onClick={() => void desk.actions.unassign(rows())}
              >
                {t("act.unassign")}
              </button>
            </Show>
            <span class="small muted">{t("board.orDrag")}</span>
          </div>
        </Show>
        <ul class="bulk-rows">
          <For each={rows()}>
            {(delivery) => (
              <li data-code={resultOf(delivery.id)?.code}>
                <span class="state" data-status={delivery.status} aria-hidden="true">
                  {stateSign(delivery.status)}
                </span>
                <span class="strong">{delivery.number}</span>
                <span class="cut grow">
                  {delivery.shop.name} <span class="muted">→ {delivery.customer.address}</span>
                </span>
                <span class="small muted">{delivery.riderName}</span>
                <Show when={resultOf(delivery.id)}>
                  {(result) => <span class="bulk-why small">{why(result().code, delivery.id)}</span>}
                </Show>
              </li>
            )}
          </For>
        </ul>
      </div>
    </section>
  );

  function why(code: string, id: string): string {
    if (code === "ok") return t("board.wouldGo");
    const happened = desk.actions.happened.get(id);
    return happened ? inWords(happened) : tOr(`error.${code}`, code);
  }
}
