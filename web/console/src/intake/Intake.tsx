import type { Order, Shop } from "@bros/sdk";
import { followRecords, t } from "@bros/ui";
import { createMemo, createResource, createSignal, onCleanup, onMount, Show } from "solid-js";
import { api, useApp } from "../app.ts";
import { CustomerPanel } from "./CustomerPanel.tsx";
import "./intake.css";
import { OrderList } from "./OrderList.tsx";
import { OrderPanel } from "./OrderPanel.tsx";
import { PhoneOrder } from "./PhoneOrder.tsx";

/** The call center's page: what came in, the order in hand, and orders by phone. */
export function Intake() {
  const app = useApp();
  const orders = followRecords<Order>(app.live, () => app.chosen().map((id) => `order/${id}`));
  const [selectedId, setSelectedId] = createSignal<string>();
  const [phoning, setPhoning] = createSignal(false);
  const [search, setSearch] = createSignal("");

  const fresh = createMemo(() =>
    orders
      .list()
      .filter((order) => order.status === "received")
      .sort((a, b) => (a.createdAt ?? "").localeCompare(b.createdAt ?? "")),
  );
  const selected = createMemo(() => orders.get(selectedId()));

  const [shops] = createResource(
    () => app.chosen().join(),
    async (): Promise<Shop[]> => {
      const lists = await Promise.all(app.chosen().map((centerId) => api.shops({ centerId })));
      return lists.flatMap((page) => page.items).filter((shop) => shop.active);
    },
  );
  const shop = (id: string | undefined) => shops.latest?.find((candidate) => candidate.id === id);

  const next = () => {
    setPhoning(false);
    const list = fresh();
    const at = list.findIndex((order) => order.id === selectedId());
    setSelectedId((list[at + 1] ?? list[0])?.id);
  };
  const phone = () => {
    setPhoning(true);
    queueMicrotask(() => document.querySelector<HTMLInputElement>("input[name=phone]")?.focus());
  };

  const onKey = (event: KeyboardEvent) => {
    const target = event.target as HTMLElement;
    if (event.key === "Escape" && phoning()) setPhoning(false);
    if (target.matches("input, select, textarea, button, a, summary")) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "n" || event.key === "N") {
      event.preventDefault();
      phone();
    } else if (event.key === "Enter" && selected()?.status !== "received") {
      event.preventDefault();
      next();
    }
  };
  onMount(() => document.addEventListener("keydown", onKey));
  onCleanup(() => document.removeEventListener("keydown", onKey));

  return (
    <main class="intake" data-open={phoning() || selected() !== undefined}>
      <OrderList
        orders={orders}
        fresh={fresh()}
        search={search()}
        onSearch={setSearch}
        selectedId={phoning() ? undefined : selectedId()}
        onSelect={(id) => {
          setPhoning(false);
          setSelectedId(id);
        }}
        onPhone={phone}
      />
      <Show
        when={!phoning()}
        fallback={
          <PhoneOrder
            shops={shops.latest ?? []}
            onClose={() => setPhoning(false)}
            onPlaced={(id) => {
              setPhoning(false);
              setSelectedId(id);
            }}
          />
        }
      >
        <Show
          when={selected()}
          keyed={false}
          fallback={
            <section class="panel empty intake-pick">
              <p>{t("intake.pick")}</p>
            </section>
          }
        >
          {(order) => (
            <>
              <OrderPanel
                order={order()}
                shop={shop(order().shop.id)}
                onNext={next}
                onClose={() => setSelectedId(undefined)}
              />
              <CustomerPanel order={order()} />
            </>
          )}
        </Show>
      </Show>
    </main>
  );
}
