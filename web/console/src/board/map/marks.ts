import type { Freshness } from "../fixes.ts";

/** How a rider is drawn: form says as much as colour. */
export interface Mark {
  /** Deliveries in hand. */
  load: number;
  full: boolean;
  resting: boolean;
  freshness: Freshness;
  /** Has a delivery past its promise. */
  late: boolean;
}

export interface MarkColors {
  surface: string;
  text: string;
  pickup: string;
  muted: string;
  late: string;
}

/** Edge of a picture of a mark, and where its middle is. */
export const markSize = 44;
const middle = markSize / 2;
const radius = 9.5;
const directions = 24;

/** Draws marks once and hands out the pictures: a thousand riders are a thousand copies. */
export class Marks {
  readonly #pictures = new Map<string, HTMLCanvasElement>();
  readonly #colors: MarkColors;
  readonly #ratio: number;
  readonly #font: string;

  constructor(colors: MarkColors, ratio: number, font: string) {
    this.#colors = colors;
    this.#ratio = ratio;
    this.#font = font;
  }

  picture(mark: Mark, heading: number | undefined): HTMLCanvasElement {
    const turned = heading !== undefined && mark.freshness === "fresh" && !mark.resting;
    const direction = turned ? Math.round((heading / 360) * directions) % directions : -1;
    const { load, full, resting, freshness, late } = mark;
    const key = `${load} ${full} ${resting} ${freshness} ${late} ${direction}`;
    let picture = this.#pictures.get(key);
    if (!picture) {
      picture = document.createElement("canvas");
      picture.width = markSize * this.#ratio;
      picture.height = markSize * this.#ratio;
      const ctx = picture.getContext("2d");
      if (ctx) {
        ctx.scale(this.#ratio, this.#ratio);
        ctx.translate(middle, middle);
        this.#draw(ctx, mark, direction < 0 ? undefined : (direction / directions) * 2 * Math.PI);
      }
      this.#pictures.set(key, picture);
    }
    return picture;
  }

  #draw(ctx: CanvasRenderingContext2D, mark: Mark, turn: number | undefined): void {
    const { surface, text, pickup, muted, late } = this.#colors;
    const lost = mark.freshness === "lost";
    const ink = mark.freshness === "fresh" ? (mark.full ? text : pickup) : muted;
    const filled = mark.load > 0 && !lost;
    ctx.beginPath();
    if (lost) ctx.roundRect(-radius, -radius, 2 * radius, 2 * radius, 4);
    else if (turn !== undefined) nose(ctx, turn);
    else ctx.arc(0, 0, radius, 0, 2 * Math.PI);
    // A rim in the ground's light keeps marks apart that lie upon each other.
    ctx.strokeStyle = surface;
    ctx.lineWidth = 5;
    ctx.stroke();
    ctx.fillStyle = filled ? ink : surface;
    ctx.fill();
    ctx.strokeStyle = ink;
    ctx.lineWidth = 2;
    if (mark.freshness !== "fresh") ctx.setLineDash([3, 2.4]);
    ctx.stroke();
    ctx.setLineDash([]);
    ctx.fillStyle = filled ? surface : ink;
    if (mark.resting && !lost) {
      ctx.fillRect(-3.4, -3.6, 2.4, 7.2);
      ctx.fillRect(1, -3.6, 2.4, 7.2);
    } else {
      ctx.font = `700 11px ${this.#font}`;
      ctx.textAlign = "center";
      ctx.textBaseline = "middle";
      const word = lost ? "?" : mark.load > 0 ? String(mark.load) : "";
      ctx.fillText(word, 0, 0.5);
    }
    if (mark.late) {
      ctx.beginPath();
      ctx.arc(radius - 1, -radius + 1, 4.5, 0, 2 * Math.PI);
      ctx.fillStyle = late;
      ctx.fill();
      ctx.strokeStyle = surface;
      ctx.lineWidth = 1.5;
      ctx.stroke();
    }
  }
}

/** A circle with a point towards where it rides. */
function nose(ctx: CanvasRenderingContext2D, turn: number): void {
  const up = turn - Math.PI / 2;
  const half = 0.62;
  ctx.arc(0, 0, radius, up + half, up - half + 2 * Math.PI);
  ctx.lineTo(Math.cos(up) * radius * 1.75, Math.sin(up) * radius * 1.75);
  ctx.closePath();
}
