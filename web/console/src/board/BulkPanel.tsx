import { isOpen } from "@bros/sdk";
import { stateSign, t, tOr } from "@bros/ui";
import { createMemo, createResource, For, Show } from "solid-js";
import { useDesk } from "./desk.ts";
import { inWords } from "./happened.ts";
import { useBoard } from "./state.ts";

/** Several deliveries at once: what they are, what can be done with all of them, and what was refused. */
export function BulkPanel() {
  const board = useBoard();
  const desk = useDesk();
  // The worker has them all: no row is asked of the server, however many are marked.
  const [found] = createResource(
    () => ({ ids: desk.targets(), stirred: desk.stirred() }),
    ({ ids }) => board.all.list.records(ids),
    { initialValue: [] },
  );
  /** Never those of an earlier choice. */
  const rows = createMemo(() => {
    const wanted = new Set(desk.targets());
    return found.latest.filter(({ id }) => wanted.has(id));
  });
  const missing = () => (found.loading ? 0 : desk.targets().length - rows().length);
  const over = () => rows().filter((delivery) => !isOpen(delivery)).length;
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
    if (last) void desk.give(last.taker, fine());
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
                onClick={() => void desk.actions.unassign(desk.aim())}
              >
                {t("act.unassign")}
              </button>
            </Show>
            <span class="small muted">{t("board.orDrag")}</span>
          </div>
        </Show>
        <Show when={missing() > 0 || over() > 0}>
          <p class="small muted" role="status">
            {[
              over() > 0 && t("board.someOver", { n: over() }),
              missing() > 0 && t("board.someMissing", { n: missing() }),
            ]
              .filter(Boolean)
              .join(" · ")}
          </p>
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
