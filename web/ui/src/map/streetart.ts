import type { Feature, Layer } from "./mvt.ts";
import type { Palette } from "./palette.ts";

/** What a feature of a tile is, whoever made the tiles. */
export type Look =
  | { kind: "green" | "water" | "house" }
  | { kind: "road"; rank: 0 | 1 | 2 | 3 }
  | { kind: "rail" };

const greens = new Set(
  (
    "park forest wood grass grassland meadow cemetery garden golf_course nature_reserve recreation_ground scrub " +
    "village_green pitch playground national_park protected_area"
  ).split(" "),
);
const ranks: Record<string, 0 | 1 | 2 | 3> = {
  highway: 3,
  motorway: 3,
  trunk: 3,
  major_road: 2,
  primary: 2,
  secondary: 2,
  medium_road: 1,
  tertiary: 1,
  minor_road: 1,
  minor: 1,
  residential: 1,
  unclassified: 1,
  living_street: 1,
  path: 0,
  service: 0,
  track: 0,
  pedestrian: 0,
};

/** The layers that are drawn: those of the Protomaps basemap, and of OpenMapTiles. */
export const drawn = new Set(
  "landuse landcover natural park water waterway buildings building roads transportation transportation_name places place".split(
    " ",
  ),
);

export function lookOf(layer: string, tags: Record<string, string>): Look | undefined {
  const kind = tags.kind ?? tags.class ?? tags["pmap:kind"] ?? "";
  switch (layer) {
    case "water":
    case "waterway":
      return { kind: "water" };
    case "building":
    case "buildings":
      return { kind: "house" };
    case "park":
      return { kind: "green" };
    case "landuse":
    case "landcover":
    case "natural":
      return greens.has(kind) ? { kind: "green" } : undefined;
    case "roads":
    case "transportation": {
      if (kind === "rail" || kind === "transit") return { kind: "rail" };
      const rank = ranks[kind];
      return rank === undefined ? undefined : { kind: "road", rank };
    }
  }
  return undefined;
}

const seenFrom = [15, 13, 10, 5] as const;
const widths = [1.6, 5, 9, 12] as const;

/** A road's width in pixels; 0: it is not drawn at this zoom. */
export function widthOf(rank: 0 | 1 | 2 | 3, zoom: number): number {
  if (zoom < seenFrom[rank]) return 0;
  const at15 = widths[rank];
  return Math.max(0.8, Math.min(40, at15 * 2 ** ((zoom - 15) * 0.72)));
}

/** Paints a tile of `size` pixels. */
export function paintTile(
  ctx: CanvasRenderingContext2D,
  layers: Layer[],
  zoom: number,
  size: number,
  colors: Palette,
): void {
  ctx.fillStyle = colors["map-land"];
  ctx.fillRect(0, 0, size, size);
  const roads: [Feature, number, number, number][] = []; // feature, scale, width, rank
  const rails: [Feature, number][] = [];
  for (const pass of ["green", "water", "house"] as const) {
    ctx.fillStyle = colors[`map-${pass}`];
    ctx.strokeStyle = colors[`map-${pass}`];
    for (const layer of layers) {
      const scale = size / layer.extent;
      for (const feature of layer.features) {
        const look = lookOf(layer.name, feature.tags);
        if (!look) continue;
        if (look.kind === "road" && pass === "green" && feature.type === 2) {
          const width = widthOf(look.rank, zoom);
          if (width > 0) roads.push([feature, scale, width, look.rank]);
        } else if (look.kind === "rail" && pass === "green" && feature.type === 2)
          rails.push([feature, scale]);
        if (look.kind !== pass) continue;
        ctx.beginPath();
        trace(ctx, feature, scale);
        if (feature.type === 3) ctx.fill("evenodd");
        else if (feature.type === 2) {
          ctx.lineWidth = Math.max(1, 2 ** ((zoom - 14) * 0.8) * 2);
          ctx.stroke();
        }
      }
    }
  }
  ctx.lineJoin = "round";
  ctx.lineCap = "round";
  roads.sort((a, b) => a[3] - b[3]);
  for (const edge of [true, false]) {
    for (const [feature, scale, width, rank] of roads) {
      if (edge && width < 3) continue;
      ctx.strokeStyle = colors[edge ? "map-kerb" : rank > 1 ? "map-avenue" : "map-road"];
      ctx.lineWidth = edge ? width + 1.5 : width;
      ctx.beginPath();
      trace(ctx, feature, scale);
      ctx.stroke();
    }
  }
  ctx.strokeStyle = colors["map-kerb"];
  ctx.lineWidth = 1.5;
  ctx.setLineDash([6, 3]);
  for (const [feature, scale] of zoom < 12 ? [] : rails) {
    ctx.beginPath();
    trace(ctx, feature, scale);
    ctx.stroke();
  }
  ctx.setLineDash([]);
}

function trace(ctx: CanvasRenderingContext2D, { type, parts }: Feature, scale: number): void {
  for (const part of parts) {
    ctx.moveTo((part[0] as number) * scale, (part[1] as number) * scale);
    for (let i = 2; i < part.length; i += 2)
      ctx.lineTo((part[i] as number) * scale, (part[i + 1] as number) * scale);
    if (type === 3) ctx.closePath();
  }
}
