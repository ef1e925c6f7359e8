import type { OpenDelivery } from "@bros/sdk";
import { now } from "@bros/ui";
import { type BaseMap, label, type Picture, type View, type World, world } from "@bros/ui/map";
import { type DoorLook, rhomb } from "./doorart.ts";
import { DoorPainter } from "./doors.ts";
import { badge, overlaps, type TextPlace } from "./riders.ts";

interface ShopSpot {
  id: string;
  name: string;
  at: World;
  /** Deliveries that wait there for a rider. */
  waiting: Set<string>;
}

interface DoorSpot {
  id: string;
  shopId: string;
  /** Undefined: nobody knows where. */
  at: World | undefined;
  status: OpenDelivery["status"];
  /** Milliseconds since 1970; Infinity: nothing is promised. */
  promisedAt: number;
}

/** What lies under the pointer. */
export type Found = { kind: "shop"; name: string; waiting: string[] } | { kind: "door"; deliveryId: string };

const namesFrom = 14;

/** Paints what stands still: shops with how many deliveries wait there, and doors. */
export class PlaceScene {
  readonly #map: BaseMap;
  readonly #shops = new Map<string, ShopSpot>();
  readonly #doors = new Map<string, DoorSpot>();
  #spots: { x: number; y: number; found: Found }[] = [];
  readonly #painter: DoorPainter;

  /** `doors` is where they are shown; `repaint` is called when that can't be. */
  constructor(map: BaseMap, doors: Picture, repaint: () => void) {
    this.#map = map;
    this.#painter = new DoorPainter(doors, repaint);
  }

  stop(): void {
    this.#painter.stop();
  }

  setShops(shops: { id: string; name: string; location?: { lat: number; lng: number } }[]): void {
    for (const { id, name, location } of shops) {
      if (!location) continue;
      const waiting = this.#shops.get(id)?.waiting ?? new Set();
      this.#shops.set(id, { id, name, at: world(location), waiting });
    }
  }

  /** Takes what changed among the open deliveries; `remove` are ids of those that are over. */
  change(set: readonly OpenDelivery[], remove: readonly string[]): void {
    for (const delivery of set) {
      const { id, status, promisedAt, shop, shopId, drop } = delivery;
      this.#forget(id);
      const at = drop && world(drop);
      this.#doors.set(id, { id, shopId, at, status, promisedAt: time(promisedAt) });
      let spot = this.#shops.get(shopId);
      if (!spot && shop) {
        spot = { id: shopId, name: delivery.shopName, at: world(shop), waiting: new Set() };
        this.#shops.set(shopId, spot);
      }
      if (status === "waiting") spot?.waiting.add(id);
    }
    for (const id of remove) this.#forget(id);
  }

  #forget(id: string): void {
    const door = this.#doors.get(id);
    if (!door) return;
    this.#doors.delete(id);
    this.#shops.get(door.shopId)?.waiting.delete(id);
  }

  readonly paint = (ctx: CanvasRenderingContext2D, view: View): number => {
    this.#spots = [];
    const font = getComputedStyle(ctx.canvas).fontFamily;
    this.#paintDoors(ctx, view);
    this.#paintShops(ctx, view, font);
    return Number.POSITIVE_INFINITY;
  };

  find(x: number, y: number): Found | undefined {
    let best: Found | undefined;
    let least = 12;
    for (const spot of this.#spots) {
      const far = Math.hypot(spot.x - x, spot.y - y);
      if (far < least) {
        least = far;
        best = spot.found;
      }
    }
    return best;
  }

  #paintDoors(ctx: CanvasRenderingContext2D, view: View): void {
    const looks: DoorLook[] = [];
    const known = new Map<string, number>();
    const doors = new Float32Array(this.#doors.size * 3);
    let end = 0;
    for (const door of this.#doors.values()) {
      if (!door.at) continue;
      const x = view.x(door.at);
      const y = view.y(door.at);
      if (x < -12 || y < -12 || x > view.width + 12 || y > view.height + 12) continue;
      const look = { color: this.#color(door), full: door.status === "pickup" };
      const key = `${look.color} ${look.full}`;
      let index = known.get(key);
      if (index === undefined) {
        index = looks.push(look) - 1;
        known.set(key, index);
      }
      doors.set([x, y, index], end);
      end += 3;
      this.#spots.push({ x, y, found: { kind: "door", deliveryId: door.id } });
    }
    this.#painter.paint(ctx, view, {
      width: view.width,
      height: view.height,
      ratio: window.devicePixelRatio || 1,
      surface: this.#map.palette.surface,
      looks,
      doors: doors.subarray(0, end),
    });
  }

  /**
   * The shop and the door of what is selected, large: for the scene above, so that choosing another
   * need not paint them all. The answer is where the shop's name stands.
   */
  paintChosen(
    ctx: CanvasRenderingContext2D,
    view: View,
    { id, shopId }: { id: string; shopId: string },
  ): TextPlace | undefined {
    const { palette } = this.#map;
    const font = getComputedStyle(ctx.canvas).fontFamily;
    ctx.textAlign = "left";
    ctx.textBaseline = "middle";
    const shop = this.#shops.get(shopId);
    let named: TextPlace | undefined;
    if (shop) {
      const x = view.x(shop.at);
      const y = view.y(shop.at);
      const side = shopSide(view) + 3;
      square(ctx, x, y, side, palette.accent, palette.surface);
      ctx.font = `700 11.5px ${font}`;
      named = { x: x + side / 2 + 4, y, width: ctx.measureText(shop.name).width };
      label(ctx, shop.name, named.x, y, palette.text, palette["map-halo"]);
      this.#paintWaiting(ctx, x, y, shop, font);
    }
    const door = this.#doors.get(id);
    if (door?.at)
      rhomb(
        ctx,
        view.x(door.at),
        view.y(door.at),
        8,
        this.#color(door),
        door.status === "pickup",
        palette.surface,
      );
    return named;
  }

  #color({ promisedAt, status }: DoorSpot): string {
    return this.#map.palette[promisedAt < now() ? "late" : status];
  }

  #paintShops(ctx: CanvasRenderingContext2D, view: View, font: string): void {
    const { palette } = this.#map;
    const names: TextPlace[] = [];
    const side = shopSide(view);
    // Those where something waits win the room.
    const shops = [...this.#shops.values()].sort((a, b) => b.waiting.size - a.waiting.size);
    for (const shop of shops) {
      const x = view.x(shop.at);
      const y = view.y(shop.at);
      if (x < -120 || y < -20 || x > view.width + 20 || y > view.height + 20) continue;
      square(ctx, x, y, side, palette["map-ink"], palette.surface);
      this.#spots.push({ x, y, found: { kind: "shop", name: shop.name, waiting: [...shop.waiting] } });
      this.#paintWaiting(ctx, x, y, shop, font);
      if (view.zoom < namesFrom) continue;
      ctx.font = `550 11.5px ${font}`;
      const place = { x: x + side / 2 + 4, y, width: ctx.measureText(shop.name).width };
      if (names.some((other) => overlaps(other, place))) continue;
      names.push(place);
      ctx.textAlign = "left";
      ctx.textBaseline = "middle";
      label(ctx, shop.name, place.x, y, palette["map-ink"], palette["map-halo"]);
    }
  }

  #paintWaiting(ctx: CanvasRenderingContext2D, x: number, y: number, shop: ShopSpot, font: string): void {
    const { waiting, surface } = this.#map.palette;
    const count = shop.waiting.size;
    if (count > 0) badge(ctx, String(count), x, y - 10, waiting, surface, font);
  }
}

const time = (at: string | undefined) => (at ? Date.parse(at) : Number.POSITIVE_INFINITY);

/** Pixels. */
const shopSide = (view: View) => (view.zoom >= namesFrom ? 10 : 7);

/** A shop. */
function square(
  ctx: CanvasRenderingContext2D,
  x: number,
  y: number,
  edge: number,
  color: string,
  surface: string,
): void {
  ctx.beginPath();
  ctx.roundRect(x - edge / 2, y - edge / 2, edge, edge, 2.5);
  ctx.strokeStyle = surface;
  ctx.lineWidth = 3;
  ctx.stroke();
  ctx.fillStyle = color;
  ctx.fill();
}
