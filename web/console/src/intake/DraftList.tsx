import { normalizePhone } from "@bros/sdk";
import { ago, phone as grouped, Kbd, now, t } from "@bros/ui";
import { For, Show } from "solid-js";
import type { Drafts, Held } from "./drafts.ts";

/** The phone orders in work: the open one, and those that were put aside. */
export function DraftList(props: { drafts: Drafts }) {
  const shown = () => props.drafts.list().filter((held) => held.draft.dirty());
  const aside = () => shown().filter((held) => held.id !== props.drafts.open()?.id);
  const words = ({ draft }: Held) => {
    const { phone, name, shopText, items } = draft.fields;
    const known = normalizePhone(phone);
    const what = items.filter((item) => item.name).map((item) => item.name);
    return [known ? grouped(known) : phone, name, shopText, what.join(", ")].filter(Boolean).join(" · ");
  };
  return (
    <Show when={aside().length > 0}>
      <section class="draft-list" aria-label={t("phone.inWork")} data-testid="drafts">
        <h2 class="small muted">
          {t("phone.inWork")} <b>{aside().length}</b>
        </h2>
        <For each={aside()}>
          {(held, index) => (
            <button
              type="button"
              class="quiet draft-row"
              data-testid="draft"
              onClick={() => props.drafts.resume(held.id)}
            >
              <span aria-hidden="true">☎</span>
              <span class="grow cut">{words(held)}</span>
              <span class="muted small">{ago(now() - held.draft.since)}</span>
              <Show when={index() === aside().length - 1 && !props.drafts.open()}>
                <Kbd>N</Kbd>
              </Show>
            </button>
          )}
        </For>
      </section>
    </Show>
  );
}
