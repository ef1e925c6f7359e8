import type { OpenDelivery } from "@bros/sdk";
import { now } from "@bros/ui";
import { type BaseMap, type View, type World, world } from "@bros/ui/map";
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
  promisedAt: string | undefined;
}

/** What lies under the pointer. */
export type Found = { kind: "shop"; name: string; waiting: string[] } | { kind: "door"; deliveryId: string };

const namesFrom = 14;

/** Paints what stands still: shops with how many deliveries wait there, and doors. */
export class PlaceScene {
  /** The selected delivery. */
  selected: OpenDelivery | undefined;
  readonly #map: BaseMap;
  readonly #shops = new Map<string, ShopSpot>();
  readonly #doors = new Map<string, DoorSpot>();
  #spots: { x: number; y: number; found: Found }[] = [];

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
      if (drop) this.#doors.set(id, { id, at: world(drop), status, promisedAt });
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
    const { palette } = this.#map;
    const clock = new Date(now()).toISOString();
    // All doors of one look are one path: thousands of single ones would cost a frame each time.
    const looks = new Map<string, { path: Path2D; color: string; full: boolean; chosen: boolean }>();
    for (const { id, at, status, promisedAt } of this.#doors.values()) {
      const x = view.x(at);
      const y = view.y(at);
      if (x < -12 || y < -12 || x > view.width + 12 || y > view.height + 12) continue;
      const chosen = id === this.selected?.id;
      const late = promisedAt !== undefined && promisedAt < clock;
      const full = status === "pickup";
      const key = `${late ? "late" : status} ${full} ${chosen}`;
      let look = looks.get(key);
      if (!look) {
        look = { path: new Path2D(), color: late ? palette.late : palette[status], full, chosen };
        looks.set(key, look);
      }
      // A rhomb: a door. Full when it is on its way.
      const edge = chosen ? 8 : 5;
      look.path.moveTo(x, y - edge);
      look.path.lineTo(x + edge, y);
      look.path.lineTo(x, y + edge);
      look.path.lineTo(x - edge, y);
      look.path.closePath();
      this.#spots.push({ x, y, found: { kind: "door", deliveryId: id } });
    }
    const order = [...looks.values()].sort((a, b) => Number(a.chosen) - Number(b.chosen));
    for (const { path, color, full, chosen } of order) {
      // Beside the one that is looked at, the others step back.
      ctx.globalAlpha = chosen || !this.selected ? 1 : 0.45;
      ctx.strokeStyle = palette.surface;
      ctx.lineWidth = chosen ? 6 : 4;
      ctx.stroke(path);
      ctx.fillStyle = full ? color : palette.surface;
      ctx.fill(path);
      ctx.strokeStyle = color;
      ctx.lineWidth = chosen ? 3 : 1.8;
      ctx.stroke(path);
    }
    ctx.globalAlpha = 1;
  }

  #paintShops(ctx: CanvasRenderingContext2D, view: View, font: string): void {
    const { palette } = this.#map;
    const side = view.zoom >= namesFrom ? 10 : 7;
    const names: { x: number; y: number; width: number }[] = [];
    const chosenShop = this.selected?.shopId;
    // The chosen shop's name first, then those where something waits: they win the room.
    const shops = [...this.#shops.values()].sort(
      (a, b) =>
        Number(b.id === chosenShop) - Number(a.id === chosenShop) || b.waiting.length - a.waiting.length,
    );
    for (const { id, name, at, waiting } of shops) {
      const x = view.x(at);
      const y = view.y(at);
      if (x < -120 || y < -20 || x > view.width + 20 || y > view.height + 20) continue;
      const chosen = id === chosenShop;
      const edge = chosen ? side + 3 : side;
      ctx.beginPath();
      ctx.roundRect(x - edge / 2, y - edge / 2, edge, edge, 2.5);
      ctx.strokeStyle = palette.surface;
      ctx.lineWidth = 3;
      ctx.stroke();
      ctx.fillStyle = chosen ? palette.accent : palette["map-ink"];
      ctx.fill();
      this.#spots.push({ x, y, found: { kind: "shop", name, waiting } });
      if (waiting.length > 0)
        badge(ctx, String(waiting.length), x, y - 10, palette.waiting, palette.surface, font);
      if (view.zoom < namesFrom && !chosen) continue;
      ctx.font = `${chosen ? 700 : 550} 11.5px ${font}`;
      const width = ctx.measureText(name).width;
      const place = { x: x + edge / 2 + 4, y, width };
      if (!chosen && names.some((other) => overlaps(other, place))) continue;
      names.push(place);
      ctx.textAlign = "left";
      ctx.textBaseline = "middle";
      ctx.strokeStyle = palette["map-halo"];
      ctx.lineWidth = 3.5;
      ctx.lineJoin = "round";
      ctx.strokeText(name, place.x, y);
      ctx.fillStyle = chosen ? palette.text : palette["map-ink"];
      ctx.fillText(name, place.x, y);
    }
  }
}
