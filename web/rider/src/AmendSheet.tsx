import type { Delivery } from "@bros/sdk";
import { t, tOr } from "@bros/ui";
import { createSignal, For, onMount, Show } from "solid-js";
import { changesOf } from "./amend.ts";
import { settleMs } from "./OfferCards.tsx";
import type { Shown } from "./store.ts";

interface Props {
  /** What was corrected and not yet seen. */
  waiting: Delivery[];
  before: (id: string) => Shown | undefined;
  currency: string;
  onSee: (delivery: Delivery) => void;
}

/** A correction, loudly: what it was, what it is, and one big nod. */
export function AmendSheet(props: Props) {
  const first = () => props.waiting[0];
  return (
    <Show when={first() && `${first()?.id} ${first()?.amendment?.version}`} keyed>
      {(_name) => {
        const one = first() as Delivery;
        const [settled, setSettled] = createSignal(false);
        onMount(() => setTimeout(() => setSettled(true), settleMs));
        const changes = () => changesOf(one, props.before(one.id), props.currency);
        return (
          <section class="sheet amend" role="alert" data-testid="amendment" data-id={one.id}>
            <h2 class="amend-title">
              <span class="amend-sign" aria-hidden="true">
                !
              </span>
              <span class="grow">{t("rider.changed", { number: one.number })}</span>
              <Show when={props.waiting.length > 1}>
                <span class="muted">{t("rider.moreOffers", { n: props.waiting.length - 1 })}</span>
              </Show>
            </h2>
            <p class="muted">{one.shop.name}</p>
            <dl class="amend-changes">
              <For each={changes()}>
                {(change) => (
                  <div>
                    <dt>{tOr(`rider.field.${change.field}`, change.field)}</dt>
                    <Show when={change.from}>
                      <dd class="amend-was">
                        <span class="hidden-visually">{t("rider.changedWas")}: </span>
                        <del>{change.from}</del>
                      </dd>
                    </Show>
                    <dd class="amend-is">
                      <span class="hidden-visually">{t("rider.changedIs")}: </span>
                      {change.to}
                    </dd>
                  </div>
                )}
              </For>
            </dl>
            <button
              type="button"
              class="primary big amend-nod"
              disabled={!settled()}
              onClick={() => props.onSee(one)}
            >
              {t("rider.changedOk")}
            </button>
          </section>
        );
      }}
    </Show>
  );
}
