import { DivIcon, type LatLng, type Map as LeafletMap, Marker } from "leaflet";
import type { Place } from "./geo.ts";

export type PinKind = "door" | "shop" | "rider" | "corner";

export interface PinOptions {
  at: Place;
  /** What a screen reader says, and the tooltip; a name beside the pin when `named`. */
  label: string;
  kind?: PinKind;
  named?: boolean;
  /** Can be dragged, and moved by the arrow keys (Shift: finely) when focused. */
  draggable?: boolean;
  /** After a drag or a key; not after `moveTo`. */
  onMove?: (at: Place) => void;
  /** Another key on the focused pin; true: it is taken. */
  onKey?: (key: string) => boolean;
}

/** A pin on the map. */
export interface Pin {
  readonly at: Place;
  /** Puts it elsewhere, over `glideMs` if given. */
  moveTo(at: Place, glideMs?: number): void;
  /** Degrees clockwise from north; only riders show it. */
  turn(degrees: number | undefined): void;
  setLabel(text: string): void;
  /** Marks a place that is not delivered to: by a sign too, not by colour alone. */
  refuse(refused: boolean): void;
  focus(): void;
  remove(): void;
}

const drop = "M14 35C14 35 2.5 21.6 2.5 13.4a11.5 11.5 0 1 1 23 0C25.5 21.6 14 35 14 35z";
const signs: Record<PinKind, string> = {
  door: "M8.6 13.2 14 8.4l5.4 4.8v5.4h-3.6v-3.4h-3.6v3.4H8.6z",
  shop: "M9 10h10l.9 3.2a2 2 0 0 1-1.4 2v3.4h-9v-3.4a2 2 0 0 1-1.4-2z",
  rider: "",
  corner: "",
};
const steps: Record<string, [number, number]> = {
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
};

function svg(kind: PinKind): SVGElement {
  const ns = "http://www.w3.org/2000/svg";
  const root = document.createElementNS(ns, "svg");
  root.setAttribute("aria-hidden", "true");
  const path = (d: string, part: string) => {
    const node = document.createElementNS(ns, "path");
    node.setAttribute("d", d);
    node.setAttribute("class", part);
    root.append(node);
  };
  if (kind === "corner") {
    root.setAttribute("viewBox", "-9 -9 18 18");
    path("M-6 0a6 6 0 1 0 12 0a6 6 0 1 0 -12 0", "map-pin-body");
  } else if (kind === "rider") {
    root.setAttribute("viewBox", "-18 -18 36 36");
    path("M0 -17 6.5 -8.5A10.5 10.5 0 1 1 -6.5 -8.5z", "map-pin-body map-pin-arrow");
    path("M-10.5 0a10.5 10.5 0 1 0 21 0a10.5 10.5 0 1 0 -21 0", "map-pin-body map-pin-round");
    path("M-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0", "map-pin-sign");
  } else {
    root.setAttribute("viewBox", "0 0 28 36");
    path(drop, "map-pin-body");
    path(signs[kind], "map-pin-sign");
  }
  return root;
}

/** Puts a pin on a map. */
export function addPin(map: LeafletMap, options: PinOptions): Pin {
  const kind = options.kind ?? "door";
  const body = document.createElement("div");
  body.append(svg(kind));
  const name = document.createElement("span");
  name.className = "map-pin-name";
  body.append(name);
  const marker = new Marker(options.at, {
    icon: new DivIcon({
      className: `map-pin map-pin-${kind}`,
      html: body,
      iconSize: kind === "rider" ? [36, 36] : kind === "corner" ? [18, 18] : [28, 36],
      iconAnchor: kind === "rider" ? [18, 18] : kind === "corner" ? [9, 9] : [14, 35],
    }),
    draggable: options.draggable ?? false,
    autoPan: true,
    keyboard: options.draggable ?? false,
    interactive: options.draggable ?? false,
    zIndexOffset: kind === "rider" ? 1_000 : 0,
  }).addTo(map);
  const element = marker.getElement();
  const place = (): Place => {
    const { lat, lng }: LatLng = marker.getLatLng();
    return { lat: round(lat), lng: round(lng) };
  };
  const setLabel = (text: string) => {
    element?.setAttribute("aria-label", text);
    if (element) element.title = text;
    name.textContent = options.named ? text : "";
  };
  setLabel(options.label);
  if (!options.draggable) element?.setAttribute("role", "img");
  const onKey = (event: KeyboardEvent) => {
    const step = steps[event.key];
    if (!step) {
      if (!options.onKey?.(event.key)) return;
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    const by = event.shiftKey ? 1 : 12;
    const at = map.latLngToContainerPoint(marker.getLatLng()).add([step[0] * by, step[1] * by]);
    marker.setLatLng(map.containerPointToLatLng(at));
    map.panInside(marker.getLatLng(), { padding: [40, 40] });
    options.onMove?.(place());
  };
  if (options.draggable) {
    element?.addEventListener("keydown", onKey);
    marker.on("dragend", () => options.onMove?.(place()));
  }

  let frame = 0;
  const glide = (to: Place, ms: number) => {
    const from = marker.getLatLng();
    const begun = performance.now();
    const step = () => {
      const part = Math.min(1, (performance.now() - begun) / ms);
      marker.setLatLng([from.lat + (to.lat - from.lat) * part, from.lng + (to.lng - from.lng) * part]);
      frame = part < 1 ? requestAnimationFrame(step) : 0;
    };
    step();
  };
  return {
    get at() {
      return place();
    },
    moveTo(at, glideMs = 0) {
      cancelAnimationFrame(frame);
      if (glideMs > 0 && !window.matchMedia("(prefers-reduced-motion: reduce)").matches) glide(at, glideMs);
      else marker.setLatLng(at);
    },
    turn(degrees) {
      element?.style.setProperty("--map-turn", `${degrees ?? 0}deg`);
      element?.toggleAttribute("data-turned", degrees !== undefined);
    },
    setLabel,
    refuse: (refused) => element?.toggleAttribute("data-refused", refused),
    focus: () => element?.focus(),
    remove() {
      cancelAnimationFrame(frame);
      marker.remove();
    },
  };
}

/** A tenth of a metre is enough. */
function round(degrees: number): number {
  return Math.round(degrees * 1e6) / 1e6;
}
