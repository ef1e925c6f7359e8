import {
  control,
  type GridLayer,
  LatLngBounds,
  Map as LeafletMap,
  type LeafletMouseEvent,
  Point,
  TileLayer,
} from "leaflet";
import "leaflet/dist/leaflet.css";
import { t } from "../i18n.ts";
import { type Place, type World, world } from "./geo.ts";
import { Ground, paintRings } from "./ground.ts";
import type { GroundSource } from "./index.ts";
import { label } from "./label.ts";
import "./map.css";
import { paintNames } from "./names.ts";
import { isDark, onTheme, type Palette, readPalette } from "./palette.ts";
import { Picture } from "./picture.ts";
import { addPin, type Pin, type PinOptions } from "./pin.ts";
import { type Paint, Scene, type View, viewOf } from "./scene.ts";
import { Streets } from "./streets.ts";

export interface MapOptions {
  center: Place;
  /** 9 (a province) to 19 (a house); 14 when left out. */
  zoom?: number;
  ground: GroundSource;
  /** Places with names to find one's way by, on the plain ground above all: shops. */
  landmarks?: Landmark[];
  /** What a screen reader calls the map. */
  label?: string;
}

export interface Landmark {
  name: string;
  at: Place;
}

const panStep = 90;
/** Below this zoom the names of landmarks would lie upon each other. */
const namesFrom = 14;

/** How long a size must have stood before the map takes it. */
const resizeMs = 250;

/** A map that works without tiles, never takes the focus by itself, and obeys the keyboard. */
export class BaseMap {
  readonly leaflet: LeafletMap;
  /** Its colours now; read again when the page turns dark or light. */
  palette: Palette;
  readonly #element: HTMLElement;
  readonly #home: World;
  readonly #scene: Scene;
  readonly #ground: GridLayer;
  readonly #ends: (() => void)[] = [];
  #landmarks: { name: string; at: World }[] = [];

  constructor(element: HTMLElement, options: MapOptions) {
    element.classList.add("map");
    element.setAttribute("role", "application");
    element.setAttribute("aria-label", options.label ?? t("map.label"));
    element.tabIndex = 0;
    this.#element = element;
    this.#home = world(options.center);
    this.palette = readPalette(element);
    const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.leaflet = new LeafletMap(element, {
      center: options.center,
      zoom: options.zoom ?? 14,
      minZoom: 9,
      maxZoom: 19,
      // The plain ground is sharp enough at any zoom, and what is fitted fills the map; tiles are made for whole ones.
      zoomSnap: options.ground.tiles || options.ground.vector ? 1 : 0.25,
      zoomControl: false,
      attributionControl: false,
      keyboard: false, // Leaflet's takes the focus on a click
      zoomAnimation: !still,
      fadeAnimation: !still,
      inertia: !still,
      wheelPxPerZoomLevel: 90,
    });
    control
      .zoom({ position: "topright", zoomInTitle: t("map.in"), zoomOutTitle: t("map.out") })
      .addTo(this.leaflet);
    control.scale({ imperial: false, position: "bottomright", maxWidth: 90 }).addTo(this.leaflet);
    const pane = this.leaflet.createPane("map-scene");
    pane.style.zIndex = "450";
    pane.style.pointerEvents = "none";

    this.#scene = this.addScene((ctx, view) => this.#paint(ctx, view));
    this.#ground = this.#addGround(options);
    this.setLandmarks(options.landmarks ?? []);
    const theme = () => {
      element.dataset.dark = String(isDark(readPalette(element).surface)); // map.css goes by it
      this.palette = readPalette(element);
      if (this.#ground instanceof Streets) this.#ground.recolour();
      else if (this.#ground instanceof Ground) this.#ground.redraw();
      this.leaflet.fire("viewreset");
    };
    theme();
    this.#ends.push(onTheme(theme));
    element.addEventListener("keydown", this.#onKey);
    element.addEventListener("mousedown", keepFocus, true);
    // Beside a panel that changes with every row looked at, the map follows when that has settled.
    let settled: ReturnType<typeof setTimeout> | undefined;
    const resized = new ResizeObserver(() => {
      clearTimeout(settled);
      settled = setTimeout(() => this.leaflet.invalidateSize({ pan: false }), resizeMs);
    });
    resized.observe(element);
    this.#ends.push(() => {
      clearTimeout(settled);
      resized.disconnect();
    });
  }

  #addGround({ center, ground: { tiles, vector } }: MapOptions): GridLayer {
    const attribution = (vector ?? tiles)?.attribution;
    if (attribution) {
      const who = document.createElement("span");
      who.textContent = attribution; // plain text, whatever it holds
      control.attribution({ prefix: false }).addAttribution(who.innerHTML).addTo(this.leaflet);
    }
    const palette = () => this.palette;
    if (vector) return new Streets(vector, palette, () => this.#scene.invalidate()).addTo(this.leaflet);
    if (tiles) return new TileLayer(tiles.url, { maxZoom: 19 }).addTo(this.leaflet);
    return new Ground(center, palette).addTo(this.leaflet);
  }

  /** The present view, to find what lies under the pointer. */
  get view(): View {
    return viewOf(this.leaflet);
  }

  /** Shows a place; at once, or gently. */
  show(at: Place, zoom = this.leaflet.getZoom(), gently = false): void {
    this.leaflet.setView(at, zoom, { animate: gently });
  }

  /** Shows all of the places, with room around them. */
  fit(places: Place[], options: { maxZoom?: number; padding?: number } = {}): void {
    if (places.length === 0) return;
    const padding = options.padding ?? 40;
    this.leaflet.fitBounds(boundsOf(places), {
      maxZoom: options.maxZoom ?? 16,
      padding: [padding, padding],
      animate: false,
    });
  }

  /** Moves gently until all of the places are seen; further out only where they can't be otherwise. */
  reach(places: Place[], padding = 40): void {
    if (places.length === 0) return;
    const bounds = boundsOf(places);
    const most = Math.floor(this.leaflet.getBoundsZoom(bounds, false, new Point(2 * padding, 2 * padding)));
    this.leaflet.setView(bounds.getCenter(), Math.min(this.leaflet.getZoom(), most), { animate: true });
  }

  pin(options: PinOptions): Pin {
    return addPin(this.leaflet, options);
  }

  setLandmarks(landmarks: Landmark[]): void {
    this.#landmarks = landmarks.map(({ name, at }) => ({ name, at: world(at) }));
    this.#scene.invalidate();
  }

  /** Where the map is clicked (not dragged); the answer ends it. */
  onPick(picked: (at: Place) => void): () => void {
    const clicked = (event: LeafletMouseEvent) => picked({ lat: event.latlng.lat, lng: event.latlng.lng });
    this.leaflet.on("click", clicked);
    return () => this.leaflet.off("click", clicked);
  }

  /** A canvas of one's own over the ground. */
  addScene(paint: Paint): Scene {
    return new Scene(paint, "map-scene").addTo(this.leaflet);
  }

  /** A place for pictures that are painted elsewhere; what is added later lies above it. */
  addPicture(): Picture {
    return new Picture("map-scene").addTo(this.leaflet);
  }

  destroy(): void {
    for (const end of this.#ends) end();
    this.#element.removeEventListener("keydown", this.#onKey);
    this.#element.removeEventListener("mousedown", keepFocus, true);
    // A zoom that is under way would end 250 ms after its map.
    Object.assign(this.leaflet, { _animatingZoom: false });
    this.leaflet.remove();
  }

  #paint(ctx: CanvasRenderingContext2D, view: View): number {
    if (this.#ground instanceof Ground) paintRings(ctx, view, this.#home, this.palette);
    if (this.#ground instanceof Streets) paintNames(ctx, view, this.#ground.names(), this.palette);
    paintLandmarks(ctx, view, this.#landmarks, this.palette);
    return Number.POSITIVE_INFINITY;
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    if (event.target !== this.#element || event.ctrlKey || event.metaKey || event.altKey) return;
    const pan: Record<string, [number, number]> = {
      ArrowUp: [0, -panStep],
      ArrowDown: [0, panStep],
      ArrowLeft: [-panStep, 0],
      ArrowRight: [panStep, 0],
    };
    const by = pan[event.key];
    if (by) this.leaflet.panBy(by, { animate: false });
    else if (event.key === "+" || event.key === "=") this.leaflet.zoomIn();
    else if (event.key === "-") this.leaflet.zoomOut();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
}

/** A press on the map leaves the focus where it was; its buttons and pins may have it. */
function keepFocus(event: MouseEvent): void {
  if (!(event.target as Element).closest("a, button, .map-pin")) event.preventDefault();
}

function paintLandmarks(
  ctx: CanvasRenderingContext2D,
  view: View,
  landmarks: { name: string; at: World }[],
  colors: Palette,
): void {
  const side = view.zoom >= namesFrom ? 9 : 6;
  ctx.font = `550 11.5px ${getComputedStyle(ctx.canvas).fontFamily}`;
  ctx.textAlign = "left";
  ctx.textBaseline = "middle";
  for (const { name, at } of landmarks) {
    const x = view.x(at);
    const y = view.y(at);
    if (x < -150 || y < -20 || x > view.width + 20 || y > view.height + 20) continue;
    ctx.fillStyle = colors["map-ink"];
    ctx.strokeStyle = colors["map-halo"];
    ctx.lineWidth = 2;
    ctx.beginPath();
    ctx.roundRect(x - side / 2, y - side / 2, side, side, 2);
    ctx.stroke();
    ctx.fill();
    if (view.zoom >= namesFrom) label(ctx, name, x + side / 2 + 4, y, colors["map-ink"], colors["map-halo"]);
  }
}

function boundsOf(places: Place[]): LatLngBounds {
  return new LatLngBounds(places.map(({ lat, lng }) => [lat, lng]));
}
