import type { Item, Order, Shop } from "@bros/sdk";
import { type Accessor, createEffect, createSignal, on, onCleanup } from "solid-js";
import { type App, api } from "../app.ts";

/** The shops of the centers that are looked at, and what they sell. */
export interface Shops {
  list: Accessor<Shop[]>;
  get(id: string | undefined): Shop | undefined;
  put(shop: Shop): void;
  /** What the shop has sold, most often first, with its last price. */
  menu(shopId: string): Accessor<Item[]>;
}

/** Reads the shops and follows their states; a change that was missed comes with the next reading. */
export function createShops(app: App): Shops {
  const [list, setList] = createSignal<Shop[]>([]);
  const menus = new Map<string, Accessor<Item[]>>();
  const put = (shop: Shop) => {
    const rest = list().filter((other) => other.id !== shop.id);
    setList(shop.active ? [...rest, shop].sort(byName) : rest);
  };
  const read = async () => {
    try {
      const pages = await Promise.all(app.chosen().map((centerId) => api.shops({ centerId })));
      setList(
        pages
          .flatMap((page) => page.items)
          .filter((shop) => shop.active)
          .sort(byName),
      );
    } catch {
      // What was known stays; the badge tells that the server is away.
    }
  };
  createEffect(
    on(
      () => app.chosen().join(),
      () => void read(),
    ),
  );
  createEffect(
    on(
      () => app.chosen().join(),
      () => {
        const stops = app.chosen().map((id) => app.live.follow(`setup/${id}`, { changed: () => {} }));
        onCleanup(() => {
          for (const stop of stops) stop();
        });
      },
    ),
  );
  onCleanup(
    app.live.onEvent((event) => {
      if (event.event !== "setup:shop") return;
      const shop = event.data as Shop;
      if (event.address === `setup/${shop.centerId}`) put(shop);
    }),
  );
  let mode = app.live.status.mode;
  onCleanup(
    app.live.onStatus((status) => {
      if (status.mode === "live" && mode !== "live") void read();
      mode = status.mode;
    }),
  );

  return {
    list,
    put,
    get: (id) => list().find((shop) => shop.id === id),
    menu(shopId) {
      const known = menus.get(shopId);
      if (known) return known;
      const [items, setItems] = createSignal<Item[]>([]);
      menus.set(shopId, items);
      const shop = list().find((candidate) => candidate.id === shopId);
      if (shop) {
        api.rest
          .get<{ items: Order[] }>("/orders", { centerId: shop.centerId, q: shop.name, limit: 200 })
          .then((page) => setItems(menuOf(page.items.filter((order) => order.shop.id === shopId))))
          .catch(() => menus.delete(shopId)); // asked again next time
      }
      return items;
    },
  };
}

/** The items of orders (newest first), most often sold first, each at its newest price. */
export function menuOf(orders: Order[]): Item[] {
  const found = new Map<string, { item: Item; times: number }>();
  for (const item of orders.flatMap((order) => order.items)) {
    const known = found.get(item.name);
    if (known) known.times += item.quantity;
    else found.set(item.name, { item: { ...item, quantity: 1 }, times: item.quantity });
  }
  return [...found.values()].sort((a, b) => b.times - a.times).map(({ item }) => item);
}

function byName(a: Shop, b: Shop): number {
  return a.name.localeCompare(b.name, "ko");
}
