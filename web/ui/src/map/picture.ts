import {
  DomUtil,
  Layer,
  type LeafletEventHandlerFn,
  type Map as LeafletMap,
  Util,
  type ZoomAnimEvent,
} from "leaflet";
import type { Frame } from "./geo.ts";
import type { Inner } from "./scene.ts";

/**
 * A picture that somebody else has painted, a worker say: it lies where it belongs and goes along
 * with the map until the next one is here. Showing one copies nothing.
 */
export class Picture extends Layer {
  declare canvas: HTMLCanvasElement;
  declare inner: Inner | undefined;
  declare frame: Frame | undefined;

  constructor(pane: string) {
    super();
    Util.setOptions(this, { pane });
  }

  override onAdd(map: LeafletMap): this {
    this.inner = map as Inner;
    this.canvas = DomUtil.create("canvas", "map-scene leaflet-zoom-animated", this.getPane());
    this.canvas.setAttribute("aria-hidden", "true");
    return this;
  }

  override onRemove(): this {
    this.inner = undefined; // a picture that comes later is not shown
    this.canvas.remove();
    return this;
  }

  override getEvents(): Record<string, LeafletEventHandlerFn> {
    return {
      viewreset: () => this.place(),
      zoomend: () => this.place(),
      zoomanim: (event) => {
        const { zoom, center } = event as ZoomAnimEvent;
        this.place(zoom, center);
      },
    };
  }

  /** Shows it from now on; the bitmap is used up. */
  show(bitmap: ImageBitmap, frame: Frame): void {
    if (!this.inner) {
      bitmap.close();
      return;
    }
    this.frame = frame;
    this.canvas.style.width = `${frame.width}px`;
    this.canvas.style.height = `${frame.height}px`;
    this.canvas.getContext("bitmaprenderer")?.transferFromImageBitmap(bitmap);
    this.place();
  }

  private place(zoom?: number, center?: unknown): void {
    const { inner: map, frame } = this;
    if (!map || !frame) return;
    const corner = map.unproject([frame.left, frame.top], frame.zoom);
    const to =
      zoom === undefined ? map.latLngToLayerPoint(corner) : map._latLngToNewLayerPoint(corner, zoom, center);
    const scale = map.getZoomScale(zoom ?? map.getZoom(), frame.zoom);
    DomUtil.setTransform(this.canvas, to as never, scale);
  }
}
