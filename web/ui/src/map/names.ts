import type { World } from "./geo.ts";
import { label } from "./label.ts";
import type { Layer } from "./mvt.ts";
import type { Palette } from "./palette.ts";
import type { View } from "./scene.ts";

/** A name that a tile has, and where. */
export interface Name {
  text: string;
  at: World;
  /** Along a street, in radians; always to be read from the left. */
  angle: number;
  /** How long the street is straight there, in units of the world; Infinity: a place. */
  room: number;
  rank: number;
  from: number;
}

const places: Record<string, [rank: number, from: number, to: number]> = {
  country: [9, 0, 6],
  region: [8, 5, 9],
  state: [8, 5, 9],
  locality: [7, 6, 14],
  city: [7, 6, 14],
  town: [6, 9, 15],
  borough: [6, 10, 14],
  macrohood: [6, 11, 14],
  suburb: [5, 12, 16],
  neighbourhood: [5, 12, 17],
  quarter: [5, 12, 17],
  village: [5, 11, 17],
};

/** A feature's name in the page's language, else as its people write it. */
export function nameOf(tags: Record<string, string>, lang: string): string {
  return tags[`name:${lang}`] || tags.name || tags["name:latin"] || "";
}

/** Gathers the names of a tile: of places, water, and of streets where they are straightest. */
export function namesOf(layers: Layer[], tile: { x: number; y: number; z: number }, lang: string): Name[] {
  const found: Name[] = [];
  const side = 2 ** tile.z;
  for (const layer of layers) {
    const world = (x: number, y: number): World => ({
      x: (tile.x + x / layer.extent) / side,
      y: (tile.y + y / layer.extent) / side,
    });
    for (const { type, tags, parts } of layer.features) {
      const text = nameOf(tags, lang);
      const first = parts[0];
      if (!text || !first) continue;
      const place = places[tags.kind_detail ?? ""] ?? places[tags.kind ?? tags.class ?? ""];
      if ((layer.name === "places" || layer.name === "place") && type === 1 && place) {
        const [rank, from] = place;
        found.push({
          text,
          at: world(first[0] as number, first[1] as number),
          angle: 0,
          room: Number.POSITIVE_INFINITY,
          rank,
          from,
        });
      } else if (type === 2 && /^(roads|transportation_name|waterway)$/.test(layer.name)) {
        const best = straightest(parts, layer.extent);
        if (!best) continue;
        const [x, y, length, angle] = best;
        const rank = /major|highway|primary|secondary|trunk|motorway/.test(tags.kind ?? tags.class ?? "")
          ? 3
          : 1;
        found.push({
          text,
          at: world(x, y),
          angle,
          room: length / layer.extent / side,
          rank,
          from: rank === 3 ? 13 : 15,
        });
      } else if (
        type === 3 &&
        (layer.name === "water" || layer.name === "landuse") &&
        tags.kind !== "building"
      ) {
        const [x, y, wide] = middle(first);
        if (x < 0 || y < 0 || x >= layer.extent || y >= layer.extent) continue;
        found.push({ text, at: world(x, y), angle: 0, room: wide / layer.extent / side, rank: 2, from: 13 });
      }
    }
  }
  return found;
}

/** The longest piece of a line inside of its tile that hardly bends: its middle, length and angle. */
function straightest(parts: Int32Array[], extent: number): [number, number, number, number] | undefined {
  let best: [number, number, number, number] | undefined;
  const consider = (x0: number, y0: number, x1: number, y1: number) => {
    const length = Math.hypot(x1 - x0, y1 - y0);
    if (length <= (best?.[2] ?? 0)) return;
    let angle = Math.atan2(y1 - y0, x1 - x0);
    if (angle > Math.PI / 2) angle -= Math.PI;
    else if (angle <= -Math.PI / 2) angle += Math.PI;
    best = [(x0 + x1) / 2, (y0 + y1) / 2, length, angle];
  };
  for (const part of parts) {
    let begun = 0;
    for (let i = 2; i < part.length; i += 2) {
      const bent = i + 3 < part.length && bend(part, begun, i, i + 2) > 0.14;
      const left =
        Math.abs((part[i] as number) - extent / 2) > extent / 2 ||
        Math.abs((part[i + 1] as number) - extent / 2) > extent / 2;
      if (!bent && !left && i + 2 < part.length) continue;
      consider(part[begun] as number, part[begun + 1] as number, part[i] as number, part[i + 1] as number);
      begun = i;
    }
  }
  return best;
}

function bend(part: Int32Array, from: number, by: number, to: number): number {
  const a = Math.atan2(
    (part[by + 1] as number) - (part[from + 1] as number),
    (part[by] as number) - (part[from] as number),
  );
  const b = Math.atan2(
    (part[to + 1] as number) - (part[by + 1] as number),
    (part[to] as number) - (part[by] as number),
  );
  return Math.abs(((b - a + 3 * Math.PI) % (2 * Math.PI)) - Math.PI);
}

function middle(ring: Int32Array): [number, number, number] {
  let [west, north, east, south] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < ring.length; i += 2) {
    west = Math.min(west, ring[i] as number);
    east = Math.max(east, ring[i] as number);
    north = Math.min(north, ring[i + 1] as number);
    south = Math.max(south, ring[i + 1] as number);
  }
  return [(west + east) / 2, (north + south) / 2, east - west];
}

/** Paints names, the important ones first, none upon another and none twice nearby. */
export function paintNames(ctx: CanvasRenderingContext2D, view: View, names: Name[], colors: Palette): void {
  const taken: [x: number, y: number, half: number, high: number, text: string][] = [];
  const font = getComputedStyle(ctx.canvas).fontFamily;
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  for (const name of [...names].sort((a, b) => b.rank - a.rank || b.room - a.room)) {
    if (view.zoom < name.from) continue;
    const x = view.x(name.at);
    const y = view.y(name.at);
    if (x < -60 || y < -20 || x > view.width + 60 || y > view.height + 20) continue;
    const place = name.room === Number.POSITIVE_INFINITY;
    ctx.font = place ? `600 13px ${font}` : `500 11px ${font}`;
    const wide = ctx.measureText(name.text).width;
    // What a unit of the world has in pixels, measured on the view itself.
    const room = place ? wide : view.x({ x: name.at.x + name.room, y: name.at.y }) - x;
    if (room < wide * 0.9) continue;
    const half = Math.abs(Math.cos(name.angle)) * (wide / 2) + 8;
    const high = Math.abs(Math.sin(name.angle)) * (wide / 2) + 9;
    const apart = place ? 0 : 190;
    if (
      taken.some(
        ([tx, ty, th, tv, text]) =>
          (Math.abs(tx - x) < th + half && Math.abs(ty - y) < tv + high) ||
          (text === name.text && Math.hypot(tx - x, ty - y) < apart),
      )
    )
      continue;
    taken.push([x, y, half, high, name.text]);
    ctx.save();
    ctx.translate(x, y);
    ctx.rotate(name.angle);
    ctx.globalAlpha = place ? 0.9 : 1;
    label(ctx, name.text, 0, 0, colors[name.rank === 2 ? "map-ink" : "map-name"], colors["map-halo"]);
    ctx.restore();
  }
}
