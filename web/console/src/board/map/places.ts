import type { OpenDelivery } from "@bros/sdk";
import { now } from "@bros/ui";
import { type BaseMap, label, type View, type World, world } from "@bros/ui/map";
import { badge, overlaps } from "./riders.ts";

interface ShopSpot {
  id: string;
  name: string;
  at: World;
  /** Deliveries that wait there for a rider. */
  waiting: string[];
}

interface DoorSpot {
  id: string;
  at: World;
  status: OpenDelivery["status"];
  /** Milliseconds since 1970; Infinity: nothing is promised. */
  promisedAt: number;
}

/** What lies under the pointer. */
export type Found = { kind: "shop"; name: string; waiting: string[] } | { kind: "door"; deliveryId: string };

const namesFrom = 14;
/** Pixels of a door's picture, its halo included. */
const doorSize = 18;

/** Paints what stands still: shops with how many deliveries wait there, and doors. */
export class PlaceScene {
  readonly #map: BaseMap;
  readonly #shops = new Map<string, ShopSpot>();
  readonly #doors = new Map<string, DoorSpot>();
  #spots: { x: number; y: number; found: Found }[] = [];
  readonly #pictures = new Map<string, HTMLCanvasElement>();
  #picturesOf: object | undefined;

  constructor(map: BaseMap) {
    this.#map = map;
  }

  setShops(shops: { id: string; name: string; location?: { lat: number; lng: number } }[]): void {
    for (const { id, name, location } of shops) {
      if (!location) continue;
      const waiting = this.#shops.get(id)?.waiting ?? [];
      this.#shops.set(id, { id, name, at: world(location), waiting });
    }
  }

  setOpen(deliveries: Iterable<OpenDelivery>): void {
    this.#doors.clear();
    for (const shop of this.#shops.values()) shop.waiting = [];
    for (const delivery of deliveries) {
      const { id, status, promisedAt, shop, drop } = delivery;
      if (drop) this.#doors.set(id, { id, at: world(drop), status, promisedAt: time(promisedAt) });
      if (!shop) continue;
      let spot = this.#shops.get(delivery.shopId);
      if (!spot) {
        spot = { id: delivery.shopId, name: delivery.shopName, at: world(shop), waiting: [] };
        this.#shops.set(delivery.shopId, spot);
      }
      if (status === "waiting") spot.waiting.push(id);
    }
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
    for (const door of this.#doors.values()) {
      const x = view.x(door.at);
      const y = view.y(door.at);
      if (x < -12 || y < -12 || x > view.width + 12 || y > view.height + 12) continue;
      const picture = this.#picture(this.#color(door), door.status === "pickup");
      ctx.drawImage(picture, view.snap(x - doorSize / 2), view.snap(y - doorSize / 2), doorSize, doorSize);
      this.#spots.push({ x, y, found: { kind: "door", deliveryId: door.id } });
    }
  }

  /**
   * The shop and the door of what is selected, large: for the scene above, so that choosing another
   * need not paint them all.
   */
  paintChosen(
    ctx: CanvasRenderingContext2D,
    view: View,
    { id, shopId }: { id: string; shopId: string },
  ): void {
    const { palette } = this.#map;
    const font = getComputedStyle(ctx.canvas).fontFamily;
    ctx.textAlign = "left";
    ctx.textBaseline = "middle";
    const shop = this.#shops.get(shopId);
    if (shop) {
      const x = view.x(shop.at);
      const y = view.y(shop.at);
      const side = shopSide(view) + 3;
      square(ctx, x, y, side, palette.accent, palette.surface);
      ctx.font = `700 11.5px ${font}`;
      label(ctx, shop.name, x + side / 2 + 4, y, palette.text, palette["map-halo"]);
      this.#paintWaiting(ctx, x, y, shop, font);
    }
    const door = this.#doors.get(id);
    if (door)
      rhomb(
        ctx,
        view.x(door.at),
        view.y(door.at),
        8,
        this.#color(door),
        door.status === "pickup",
        palette.surface,
      );
  }

  #color({ promisedAt, status }: DoorSpot): string {
    return this.#map.palette[promisedAt < now() ? "late" : status];
  }

  /** A door is drawn once: thousands of paths would cost a frame each time, their pictures don't. */
  #picture(color: string, full: boolean): HTMLCanvasElement {
    const { palette } = this.#map;
    if (this.#picturesOf !== palette) {
      this.#pictures.clear();
      this.#picturesOf = palette;
    }
    const key = `${color} ${full}`;
    let picture = this.#pictures.get(key);
    if (!picture) {
      const ratio = window.devicePixelRatio || 1;
      picture = document.createElement("canvas");
      picture.width = picture.height = Math.ceil(doorSize * ratio);
      const ctx = picture.getContext("2d");
      ctx?.scale(ratio, ratio);
      if (ctx) rhomb(ctx, doorSize / 2, doorSize / 2, 5, color, full, palette.surface);
      this.#pictures.set(key, picture);
    }
    return picture;
  }

  #paintShops(ctx: CanvasRenderingContext2D, view: View, font: string): void {
    const { palette } = this.#map;
    const names: { x: number; y: number; width: number }[] = [];
    const side = shopSide(view);
    // Those where something waits win the room.
    const shops = [...this.#shops.values()].sort((a, b) => b.waiting.length - a.waiting.length);
    for (const shop of shops) {
      const x = view.x(shop.at);
      const y = view.y(shop.at);
      if (x < -120 || y < -20 || x > view.width + 20 || y > view.height + 20) continue;
      square(ctx, x, y, side, palette["map-ink"], palette.surface);
      this.#spots.push({ x, y, found: { kind: "shop", name: shop.name, waiting: shop.waiting } });
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
    const count = shop.waiting.length;
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

/** A door. Full when it is on its way. */
function rhomb(
  ctx: CanvasRenderingContext2D,
  x: number,
  y: number,
  edge: number,
  color: string,
  full: boolean,
  surface: string,
): void {
  const large = edge > 5;
  ctx.beginPath();
  ctx.moveTo(x, y - edge);
  ctx.lineTo(x + edge, y);
  ctx.lineTo(x, y + edge);
  ctx.lineTo(x - edge, y);
  ctx.closePath();
  ctx.strokeStyle = surface;
  ctx.lineWidth = large ? 6 : 4;
  ctx.stroke();
  ctx.fillStyle = full ? color : surface;
  ctx.fill();
  ctx.strokeStyle = color;
  ctx.lineWidth = large ? 3 : 1.8;
  ctx.stroke();
}
