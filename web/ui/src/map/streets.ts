import type { VectorTiles } from "@bros/sdk";
import { type Coords, type DoneCallback, GridLayer, LatLngBounds, Util } from "leaflet";
import { decode, type Layer } from "./mvt.ts";
import { type Name, namesOf } from "./names.ts";
import type { Palette } from "./palette.ts";
import { drawn, paintTile } from "./streetart.ts";

const side = 256;
/** So many tiles stay decoded. */
const mostKept = 96;

/** A tile of the archive. */
interface Source {
  z: number;
  x: number;
  y: number;
  layers: Layer[];
  names: Name[];
}

/**
 * The map's ground out of this server's own vector tiles, drawn in the page's colours. Beyond the
 * archive's last zoom parts of its tiles are drawn larger, as sharp as any.
 */
export class Streets extends GridLayer {
  declare source: VectorTiles;
  declare palette: () => Palette;
  declare changed: () => void;
  declare kept: Map<string, Promise<Source>>;
  declare shown: Map<HTMLElement, { coords: Coords; source: Source }>;

  constructor(source: VectorTiles, palette: () => Palette, changed: () => void) {
    const [west, south, east, north] = source.bounds as [number, number, number, number];
    super({
      tileSize: side,
      maxZoom: 19,
      minNativeZoom: source.minZoom,
      bounds: new LatLngBounds([south, west], [north, east]),
      updateWhenZooming: false,
      keepBuffer: 1,
    });
    this.source = source;
    this.palette = palette;
    this.changed = changed;
    this.kept = new Map();
    this.shown = new Map();
    this.on("tileunload", ({ tile }) => {
      this.shown.delete(tile);
      changed();
    });
  }

  override createTile(coords: Coords, done: DoneCallback): HTMLElement {
    const canvas = document.createElement("canvas");
    const over = Math.max(0, coords.z - this.source.maxZoom);
    this.load(coords.z - over, coords.x >> over, coords.y >> over)
      .then((source) => {
        const tile = { coords, source };
        this.shown.set(canvas, tile);
        this.paint(canvas, tile);
        done(undefined, canvas);
        this.changed();
      })
      .catch((cause) => done(cause instanceof Error ? cause : new Error(String(cause)), canvas));
    return canvas;
  }

  private load(z: number, x: number, y: number): Promise<Source> {
    const key = `${z}/${x}/${y}`;
    const there = this.kept.get(key);
    if (there) return there;
    const made = this.fetch(z, x, y);
    this.kept.set(key, made);
    made.catch(() => this.kept.delete(key)); // it is asked for again with the next look
    const oldest = this.kept.keys().next().value;
    if (this.kept.size > mostKept && oldest) this.kept.delete(oldest);
    return made;
  }

  private async fetch(z: number, x: number, y: number): Promise<Source> {
    const answer = await fetch(Util.template(this.source.url, { z, x, y }));
    if (!answer.ok) throw new Error(`a tile is answered with ${answer.status}`);
    const layers = answer.status === 204 ? [] : decode(await answer.arrayBuffer(), (name) => drawn.has(name));
    return { z, x, y, layers, names: namesOf(layers, { z, x, y }, document.documentElement.lang || "ko") };
  }

  private paint(canvas: HTMLCanvasElement, { coords, source }: { coords: Coords; source: Source }): void {
    const ratio = window.devicePixelRatio || 1;
    canvas.width = side * ratio;
    canvas.height = side * ratio;
    const ctx = canvas.getContext("2d");
    if (!ctx) return;
    ctx.scale(ratio, ratio);
    const parts = 2 ** (coords.z - source.z);
    ctx.translate((source.x * parts - coords.x) * side, (source.y * parts - coords.y) * side);
    paintTile(ctx, source.layers, coords.z, side * parts, this.palette());
  }

  /** Paints all tiles anew, in other colours; nothing is loaded again. */
  recolour(): void {
    for (const [canvas, tile] of this.shown) this.paint(canvas as HTMLCanvasElement, tile);
  }

  /** The names on the tiles that are there. */
  names(): Name[] {
    return [...new Set([...this.shown.values()].map(({ source }) => source))].flatMap(({ names }) => names);
  }
}
