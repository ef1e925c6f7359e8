import type { Order } from "@bros/sdk";
import { Empty, followRecord, followView, Given, keyOf, now, t } from "@bros/ui";
import { createEffect, createMemo, createSignal, on, onCleanup, onMount, Show } from "solid-js";
import { useApp } from "../app.ts";
import { calls, endCall } from "../calls.ts";
import { createRing, notice, sound } from "./alerts.ts";
import { CallBar } from "./CallBar.tsx";
import { CustomerPanel } from "./CustomerPanel.tsx";
import { inHand } from "./correction.ts";
import { DraftList } from "./DraftList.tsx";
import { createDrafts } from "./drafts.ts";
import "./phone.css";
import "./intake.css";
import { OrderList } from "./OrderList.tsx";
import { OrderPanel } from "./OrderPanel.tsx";
import { PhoneOrder } from "./PhoneOrder.tsx";
import { createShops } from "./shops.ts";

/** An Enter that was meant for Accept must not wave a cancellation through. */
const readFirstMs = 800;

/** The call center's page: what came in, the order in hand, and orders by phone. */
export function Intake() {
  const app = useApp();
  const addresses = () => app.chosen().map((id) => `order/${id}`);
  const shops = createShops(app);
  const asked = new URLSearchParams(location.search).get("order") ?? undefined;
  const [selectedId, setSelectedId] = createSignal<string | undefined>(asked);
  const [search, setSearch] = createSignal("");
  const drafts = createDrafts(app, shops);

  const orders = followView<"order">(app.live, () => ({
    kind: "order",
    addresses: addresses(),
    filter: { text: search() },
    sort: "newest",
    group: "queue",
  }));
  // What waits for a person, oldest first, whatever is being searched for.
  const fresh = followView<"order">(app.live, () => ({
    kind: "order",
    addresses: addresses(),
    filter: { statuses: ["received"] },
    sort: "age",
    group: "none",
    arrivals: true,
  }));
  const oldest = () => {
    const line = fresh.line(0);
    return line?.kind === "row" ? line.record.createdAt : undefined;
  };
  const watched = followRecord<"order">(app.live, addresses, selectedId);
  // The panel stays with what it shows until the next order is there, so that it never blinks.
  const selected = createMemo<Order | undefined>((before) =>
    selectedId() === undefined ? undefined : (watched.record() ?? (watched.ready() ? undefined : before)),
  );

  const select = (id: string | undefined) => {
    drafts.aside();
    setSelectedId(id);
    const url = new URL(location.href);
    if (id) url.searchParams.set("order", id);
    else url.searchParams.delete("order");
    history.replaceState(null, "", url);
  };
  const next = async () => {
    const from = selectedId();
    const typing = drafts.open();
    const further = await fresh.list.step(from, 1);
    // The last one is followed by the first.
    const to = further?.id === from ? await fresh.list.step(undefined, 1) : further;
    // A call that came while the list was asked is not put aside for it.
    if (selectedId() === from && drafts.open() === typing) select(to?.id);
  };

  // The one that was put aside last, else a new one; again: another one.
  const phone = () => {
    if (drafts.open() || !drafts.resume()) drafts.begin();
  };

  // A call: its customer at once, unless an order is being typed. Then it waits for a key.
  const takeCall = (number = calls()[0]?.phone, popped = false) => {
    if (number === undefined) return;
    endCall(number);
    drafts.begin(number, popped);
  };
  let heard = 0;
  createEffect(
    on(calls, (waiting) => {
      if (waiting.length > heard) sound("call");
      heard = waiting.length;
      const first = waiting[0];
      if (first && (first.wanted || !(drafts.open()?.draft.dirty() || inHand())))
        takeCall(first.phone, !first.wanted);
    }),
  );

  // New orders call; what is there at the start does not.
  createEffect(
    on(
      fresh.tick,
      () => {
        const came = fresh.list.entered.filter((order) => order.status === "received");
        const last = came.at(-1);
        if (!last) return;
        sound("order");
        const title =
          came.length === 1
            ? t("intake.noticeOne", { number: last.number })
            : t("intake.notice", { n: came.length });
        notice(title, `${last.shop.name} · ${last.customer.address ?? ""}`, "order", () => select(last.id));
      },
      { defer: true },
    ),
  );

  // The oldest that nobody has in hand rings until somebody acts. What is open here is in hand for
  // a minute: who opens one and walks away is called back.
  const inHandMs = 60_000;
  let openedAt = 0;
  createEffect(
    on(selectedId, () => {
      openedAt = now();
    }),
  );
  createRing(() => {
    fresh.tick();
    const kept = now() - openedAt < inHandMs ? selectedId() : undefined;
    for (let i = 0; i < 2; i++) {
      const line = fresh.line(i);
      if (line?.kind === "row" && line.record.id !== kept) return Date.parse(line.record.createdAt ?? "");
    }
    return undefined;
  });

  // A cancellation of the order in hand is heard too.
  let cancelledAt = 0;
  createEffect(
    on(
      () => [selected()?.id, selected()?.status] as const,
      ([id, status], before) => {
        if (!before || before[0] !== id || before[1] === status || status !== "cancelled") return;
        cancelledAt = Date.now();
        sound("cancelled");
      },
    ),
  );

  const onKey = (event: KeyboardEvent) => {
    const target = event.target as HTMLElement;
    // Also while an input method composes: Alt and a letter are never its own.
    if (event.altKey && event.code === "KeyC" && calls().length > 0) {
      event.preventDefault();
      takeCall();
      return;
    }
    const key = keyOf(event);
    if (!key || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (target.closest("input, select, textarea, [role=menu], [role=dialog], .pin-map")) return;
    const free = !target.matches("button, a, summary");
    if (key === "Escape") drafts.aside();
    else if (key === "n") {
      event.preventDefault();
      phone();
    } else if (key === "/") {
      event.preventDefault();
      document.querySelector<HTMLInputElement>("input[name=search]")?.focus();
    } else if (key === "Enter" && free && !drafts.open() && selected()?.status !== "received") {
      event.preventDefault();
      if (Date.now() - cancelledAt > readFirstMs) void next();
    }
  };
  onMount(() => document.addEventListener("keydown", onKey));
  onCleanup(() => document.removeEventListener("keydown", onKey));

  return (
    <main class="intake" data-open={drafts.open() !== undefined || selected() !== undefined}>
      <OrderList
        orders={orders}
        oldest={oldest()}
        search={search()}
        onSearch={setSearch}
        selectedId={drafts.open() ? undefined : selectedId()}
        onSelect={select}
        onPhone={phone}
        drafts={<DraftList drafts={drafts} />}
      />
      <CallBar onTake={(number) => takeCall(number)} />
      <Show
        when={!drafts.open()}
        fallback={
          <Show when={drafts.open()} keyed>
            {(held) => (
              <PhoneOrder
                draft={held.draft}
                poppedAt={held.poppedAt}
                shops={shops}
                onClose={drafts.aside}
                onDrop={() => drafts.drop(held.id)}
                onPlaced={(orderId) => {
                  const inHand = drafts.open() === held;
                  drafts.placed(held.id);
                  if (inHand) select(orderId);
                }}
              />
            )}
          </Show>
        }
      >
        <Given
          when={selected()}
          fallback={
            <section class="panel intake-pick">
              <Empty sign="☎" title={t("intake.pick")}>
                <ul class="intake-keys small">
                  <li>
                    <kbd>N</kbd> {t("intake.newPhoneOrder")}
                  </li>
                  <li>
                    <kbd>⏎</kbd> {t("intake.next")}
                  </li>
                  <li>
                    <kbd>↑</kbd> <kbd>↓</kbd> {t("intake.keyMove")}
                  </li>
                  <li>
                    <kbd>/</kbd> {t("app.search")}
                  </li>
                </ul>
              </Empty>
            </section>
          }
        >
          {(order) => (
            <>
              <OrderPanel
                order={order()}
                shop={shops.get(order().shop.id)}
                shops={shops}
                onShop={shops.put}
                onNext={next}
                onClose={() => select(undefined)}
              />
              <CustomerPanel order={order()} />
            </>
          )}
        </Given>
      </Show>
    </main>
  );
}
