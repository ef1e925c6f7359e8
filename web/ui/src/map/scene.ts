import {
  DomUtil,
  Layer,
  type LeafletEventHandlerFn,
  type Map as LeafletMap,
  Util,
  type ZoomAnimEvent,
} from "leaflet";
import type { World } from "./geo.ts";

/** How the world lies on the screen at one moment. */
export interface View {
  width: number;
  height: number;
  zoom: number;
  metresPerPixel: number;
  /** Pixels from the map's left edge. */
  x(at: World): number;
  /** Pixels from its upper edge. */
  y(at: World): number;
  /** The nearest edge of a device's pixel: pictures that begin there are copied, not resampled. */
  snap(pixels: number): number;
}

/**
 * Paints everything into a cleared canvas (CSS pixels). `now` is performance.now(). The answer is
 * in how many milliseconds the picture will have moved enough to be painted again; Infinity: not
 * before `invalidate()`.
 */
export type Paint = (ctx: CanvasRenderingContext2D, view: View, now: number) => number;

/** Milliseconds that a frame can spare for painting while the map moves. */
const cheapMs = 2;

// Leaflet uses this for its own overlays; its types leave it out.
export interface Inner extends LeafletMap {
  _latLngToNewLayerPoint(at: unknown, zoom: number, center: unknown): { x: number; y: number };
}

/** A canvas over the map that is painted only when something in it moves. */
export class Scene extends Layer {
  declare paint: Paint;
  /** The map it lies on now. */
  declare inner: Inner | undefined;
  declare canvas: HTMLCanvasElement;
  declare frame: number;
  declare timer: number;
  declare zooming: boolean;
  /** By performance.now(), and how many milliseconds it took. */
  declare paintedAt: number;
  declare cost: number;

  constructor(paint: Paint, pane: string) {
    super();
    Util.setOptions(this, { pane });
    this.paint = paint;
    this.frame = 0;
    this.timer = 0;
    this.zooming = false;
    this.paintedAt = 0;
    this.cost = 0;
  }

  override onAdd(map: LeafletMap): this {
    this.inner = map as Inner;
    this.canvas = DomUtil.create("canvas", "map-scene leaflet-zoom-animated", this.getPane());
    this.canvas.setAttribute("aria-hidden", "true");
    this.invalidate();
    return this;
  }

  override onRemove(): this {
    cancelAnimationFrame(this.frame);
    clearTimeout(this.timer);
    this.frame = 0;
    this.inner = undefined; // who invalidates a removed scene is not heard
    this.canvas.remove();
    return this;
  }

  override getEvents(): Record<string, LeafletEventHandlerFn> {
    return {
      move: () => this.moved(),
      moveend: () => this.invalidate(),
      resize: () => this.invalidate(),
      viewreset: () => this.draw(),
      zoomanim: (event) => this.scale(event as ZoomAnimEvent),
      zoomend: () => {
        this.zooming = false;
        this.draw();
      },
    };
  }

  /** Paints with the next frame. */
  invalidate(): void {
    clearTimeout(this.timer);
    this.timer = 0;
    if (this.frame === 0 && this.inner) {
      this.frame = requestAnimationFrame(() => {
        this.frame = 0;
        this.draw();
      });
    }
  }

  /** While Leaflet zooms, the picture that there is goes along. */
  private scale(event: ZoomAnimEvent): void {
    const map = this.inner;
    if (!map) return;
    this.zooming = true;
    const corner = map.containerPointToLatLng([0, 0]);
    const to = map._latLngToNewLayerPoint(corner, event.zoom, event.center);
    DomUtil.setTransform(this.canvas, to as never, map.getZoomScale(event.zoom, map.getZoom()));
  }

  /**
   * A picture goes along with its map; what it lacks at the edge is painted at once when that is
   * cheap, and else some times a second, so that a map of thousands can still be dragged.
   */
  private moved(): void {
    if (performance.now() >= this.paintedAt + (this.cost > cheapMs ? this.cost * 10 : 0)) this.draw();
  }

  private draw(): void {
    const map = this.inner;
    if (this.zooming || !map) return;
    const { x: width, y: height } = map.getSize();
    const ratio = window.devicePixelRatio || 1;
    const { canvas } = this;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
      canvas.style.width = `${width}px`;
      canvas.style.height = `${height}px`;
    }
    DomUtil.setPosition(canvas, map.containerPointToLayerPoint([0, 0]));
    const ctx = canvas.getContext("2d");
    if (!ctx || width === 0) return;
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    ctx.clearRect(0, 0, width, height);
    const startedAt = performance.now();
    const next = this.paint(ctx, viewOf(map), startedAt);
    this.paintedAt = performance.now();
    this.cost = this.paintedAt - startedAt;
    if (next <= 17) this.invalidate();
    else if (next < Number.POSITIVE_INFINITY && this.frame === 0) {
      clearTimeout(this.timer);
      this.timer = window.setTimeout(() => this.invalidate(), next - 8);
    }
  }
}

/** The map's present view. */
export function viewOf(map: LeafletMap): View {
  const zoom = map.getZoom();
  const size = 256 * 2 ** zoom;
  const { x: left, y: top } = map.getPixelBounds().min ?? { x: 0, y: 0 };
  const { x: width, y: height } = map.getSize();
  const ratio = window.devicePixelRatio || 1;
  const cos = Math.cos((map.getCenter().lat * Math.PI) / 180);
  return {
    width,
    height,
    zoom,
    metresPerPixel: (40_075_016.686 * cos) / size,
    x: (at) => at.x * size - left,
    y: (at) => at.y * size - top,
    snap: (pixels) => Math.round(pixels * ratio) / ratio,
  };
}
