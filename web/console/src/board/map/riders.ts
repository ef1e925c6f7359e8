import { type BaseMap, type Place, type View, type World, world } from "@bros/ui/map";
import { type Mark, Marks, markSize } from "./marks.ts";
import { type Motion, nextPaint } from "./motion.ts";
import type { PlaceScene } from "./places.ts";

/** A rider of the map. */
export interface MapRider extends Mark {
  id: string;
  name: string;
}

/** What else is to be seen beside the riders. */
export interface Attention {
  /** Under the pointer, or under what is dragged. */
  hovered: string | undefined;
  /** Chosen in the list. */
  chosen: string | undefined;
  /** Riders of the suggestions, best first: their numbers stand beside them. */
  suggested: string[];
  /** The selected delivery: who has it, from where, to where. */
  route:
    | { id: string; shopId: string; riderId?: string; shop?: Place; door?: Place; fetched: boolean }
    | undefined;
  /** Something waits for a rider: clicking one gives it. */
  aiming: boolean;
}

/** Where a line of text stands: its left end, its middle, its length. */
export interface TextPlace {
  x: number;
  y: number;
  width: number;
}

/** So many names are readable at once. */
const mostNames = 45;

/** Paints the riders and the selected route; remembers where, to find what is under the pointer. */
export class RiderScene {
  riders = new Map<string, MapRider>();
  attention: Attention = {
    hovered: undefined,
    chosen: undefined,
    suggested: [],
    route: undefined,
    aiming: false,
  };
  readonly #map: BaseMap;
  readonly #motion: Motion;
  #marks: Marks | undefined;
  #marksOf: object | undefined;
  #spots: { id: string; x: number; y: number }[] = [];

  readonly #places: PlaceScene;

  constructor(map: BaseMap, motion: Motion, places: PlaceScene) {
    this.#map = map;
    this.#places = places;
    this.#motion = motion;
  }

  readonly paint = (ctx: CanvasRenderingContext2D, view: View, now: number): number => {
    const { palette } = this.#map;
    const font = getComputedStyle(ctx.canvas).fontFamily;
    if (this.#marksOf !== palette) {
      this.#marks = new Marks(palette, window.devicePixelRatio || 1, font);
      this.#marksOf = palette;
    }
    const named = this.#route(ctx, view, now);
    const spots: { id: string; x: number; y: number }[] = [];
    let fastest = 0;
    const half = markSize / 2;
    for (const rider of this.riders.values()) {
      const at = this.#motion.place(rider.id, now);
      if (!at) continue;
      const x = view.x(at);
      const y = view.y(at);
      if (x < -half || y < -half || x > view.width + half || y > view.height + half) continue;
      fastest = Math.max(fastest, this.#motion.speed(rider.id, now));
      const picture = this.#marks?.picture(rider, this.#motion.heading(rider.id));
      if (picture) ctx.drawImage(picture, view.snap(x - half), view.snap(y - half), markSize, markSize);
      spots.push({ id: rider.id, x, y });
    }
    this.#spots = spots;
    this.#names(ctx, font, named);
    const pixelsPerWorld = 256 * 2 ** view.zoom;
    return nextPaint(fastest * pixelsPerWorld);
  };

  /** The rider at a point of the map; the nearest of several. */
  find(x: number, y: number, within = 18): string | undefined {
    let best: string | undefined;
    let least = within;
    for (const spot of this.#spots) {
      const far = Math.hypot(spot.x - x, spot.y - y);
      if (far < least) {
        least = far;
        best = spot.id;
      }
    }
    return best;
  }

  spot(id: string): { x: number; y: number } | undefined {
    return this.#spots.find((spot) => spot.id === id);
  }

  /** The way of the selected delivery; where its shop's name stands. */
  #route(ctx: CanvasRenderingContext2D, view: View, now: number): TextPlace | undefined {
    const { route } = this.attention;
    if (!route) return undefined;
    const rider = route.riderId ? this.#motion.place(route.riderId, now) : undefined;
    const shop = route.shop && world(route.shop);
    const door = route.door && world(route.door);
    const ways: [World | undefined, World | undefined, boolean][] = route.fetched
      ? [[rider, door, false]]
      : [
          [rider, shop, true],
          [shop, door, false],
        ];
    for (const [from, to, dashed] of ways) {
      if (!from || !to) continue;
      ctx.lineCap = "round";
      for (const [color, width] of [
        [this.#map.palette.surface, 6],
        [this.#map.palette.accent, 3],
      ] as const) {
        ctx.beginPath();
        ctx.setLineDash(dashed ? [1, 7] : []);
        ctx.moveTo(view.x(from), view.y(from));
        ctx.lineTo(view.x(to), view.y(to));
        ctx.strokeStyle = color;
        ctx.lineWidth = width;
        ctx.stroke();
      }
    }
    ctx.setLineDash([]);
    ctx.lineCap = "butt";
    return this.#places.paintChosen(ctx, view, route);
  }

  #names(ctx: CanvasRenderingContext2D, font: string, named: TextPlace | undefined): void {
    const { hovered, chosen, suggested, route } = this.attention;
    const { palette } = this.#map;
    const special = new Set([hovered, chosen, route?.riderId, ...suggested]);
    const all = this.#spots.length <= mostNames;
    const taken: TextPlace[] = named ? [named] : [];
    ctx.textBaseline = "middle";
    // Those that matter now first: of names that would lie upon each other the later is left out.
    const order = [...this.#spots].sort((a, b) => Number(special.has(b.id)) - Number(special.has(a.id)));
    for (const { id, x, y } of order) {
      const marked = special.has(id);
      if (id === hovered || id === chosen || id === route?.riderId) {
        ctx.beginPath();
        ctx.arc(x, y, 16, 0, 2 * Math.PI);
        ctx.strokeStyle = palette.accent;
        ctx.lineWidth = id === hovered ? 3.5 : 2.5;
        ctx.stroke();
      }
      if (!all && !marked) continue;
      ctx.textAlign = "center";
      ctx.font = `${marked ? 700 : 550} 11.5px ${font}`;
      const name = this.riders.get(id)?.name ?? "";
      const width = ctx.measureText(name).width;
      const place = { x: x - width / 2, y: y + 23, width };
      if (id !== hovered && taken.some((other) => overlaps(other, place))) continue;
      taken.push(place);
      ctx.strokeStyle = palette["map-halo"];
      ctx.lineWidth = 3.5;
      ctx.lineJoin = "round";
      ctx.strokeText(name, x, y + 23);
      ctx.fillStyle = palette.text;
      ctx.fillText(name, x, y + 23);
    }
    suggested.forEach((id, index) => {
      const spot = this.spot(id);
      if (spot)
        badge(ctx, String(index + 1), spot.x + 12, spot.y - 12, palette.accent, palette.surface, font);
    });
  }
}

/** Whether two lines of text would touch. */
export function overlaps(a: TextPlace, b: TextPlace): boolean {
  return Math.abs(a.y - b.y) < 14 && a.x < b.x + b.width + 4 && b.x < a.x + a.width + 4;
}

/** A number on a disc. */
export function badge(
  ctx: CanvasRenderingContext2D,
  text: string,
  x: number,
  y: number,
  color: string,
  ink: string,
  font: string,
): void {
  ctx.beginPath();
  ctx.arc(x, y, 8, 0, 2 * Math.PI);
  ctx.fillStyle = color;
  ctx.fill();
  ctx.strokeStyle = ink;
  ctx.lineWidth = 1.5;
  ctx.stroke();
  ctx.fillStyle = ink;
  ctx.font = `700 10.5px ${font}`;
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  ctx.fillText(text, x, y + 0.5);
}
