import { type Coords, GridLayer } from "leaflet";
import { gridStep, metresPerWorld, type Place, type World, world } from "./geo.ts";
import { label } from "./label.ts";
import type { Palette } from "./palette.ts";
import type { View } from "./scene.ts";

const tile = 256;
const fineLines = 44;
const rings = [500, 1_000, 2_000, 3_000, 5_000, 10_000, 20_000];
/** Rings closer than this to the next are left out. */
const ringGap = 70;

/**
 * What lies under the map when there are no tiles: a grid of metres counted from the center,
 * the coarse lines broader. It claims no street, but shows scale, distance and direction.
 */
export class Ground extends GridLayer {
  declare home: World;
  declare unit: number;
  declare palette: () => Palette;

  constructor(home: Place, palette: () => Palette) {
    super({ tileSize: tile, maxZoom: 19, updateWhenZooming: false, keepBuffer: 1 });
    this.home = world(home);
    this.unit = metresPerWorld(home.lat);
    this.palette = palette;
  }

  override createTile(coords: Coords): HTMLElement {
    const canvas = document.createElement("canvas");
    const ratio = window.devicePixelRatio || 1;
    canvas.width = tile * ratio;
    canvas.height = tile * ratio;
    const ctx = canvas.getContext("2d");
    if (ctx) {
      ctx.scale(ratio, ratio);
      this.paint(ctx, coords);
    }
    return canvas;
  }

  private paint(ctx: CanvasRenderingContext2D, coords: Coords): void {
    const colors = this.palette();
    ctx.fillStyle = colors["map-ground"];
    ctx.fillRect(0, 0, tile, tile);
    const pixels = tile * 2 ** coords.z;
    const step = gridStep(this.unit / pixels, fineLines);
    const gap = (step.metres / this.unit) * pixels;
    // The place of line 0 within this tile.
    const x0 = this.home.x * pixels - coords.x * tile;
    const y0 = this.home.y * pixels - coords.y * tile;
    for (const major of [false, true]) {
      ctx.strokeStyle = colors[major ? "map-street" : "map-street-fine"];
      ctx.lineWidth = major ? 4 : 1;
      ctx.beginPath();
      lines(x0, gap, (at, n) => {
        if ((n % step.major === 0) !== major) return;
        ctx.moveTo(at, 0);
        ctx.lineTo(at, tile);
      });
      lines(y0, gap, (at, n) => {
        if ((n % step.major === 0) !== major) return;
        ctx.moveTo(0, at);
        ctx.lineTo(tile, at);
      });
      ctx.stroke();
    }
  }
}

function lines(zero: number, gap: number, draw: (at: number, n: number) => void): void {
  for (let n = Math.ceil((-4 - zero) / gap); ; n++) {
    const at = zero + n * gap;
    if (at > tile + 4) return;
    draw(crisp(at), n);
  }
}

/** Lines lie on whole pixels: sharp. */
function crisp(at: number): number {
  return Math.round(at) + 0.5;
}

/** Rings of distance around the center, each with its length. */
export function paintRings(ctx: CanvasRenderingContext2D, view: View, home: World, colors: Palette): void {
  const x = view.x(home);
  const y = view.y(home);
  let last = 0;
  ctx.font = `500 11px ${getComputedStyle(ctx.canvas).fontFamily}`;
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  for (const metres of rings) {
    const radius = metres / view.metresPerPixel;
    if (radius - last < ringGap) continue;
    last = radius;
    if (radius > 4_000) break;
    ctx.setLineDash([2, 5]);
    ctx.lineWidth = 1;
    ctx.strokeStyle = colors["map-ink"];
    ctx.globalAlpha = 0.75;
    ctx.beginPath();
    ctx.arc(x, y, radius, 0, 2 * Math.PI);
    ctx.stroke();
    ctx.setLineDash([]);
    ctx.globalAlpha = 1;
    const text = metres < 1_000 ? `${metres} m` : `${metres / 1_000} km`;
    for (const [dx, dy] of [
      [0, -1],
      [0, 1],
    ] as const) {
      label(ctx, text, x + dx * radius, y + dy * radius, colors["map-ink"], colors["map-ground"]);
    }
  }
}
