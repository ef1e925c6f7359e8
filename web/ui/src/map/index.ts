import type { About, Tiles, VectorTiles } from "@bros/sdk";
import type { BaseMap, MapOptions } from "./base.ts";

export type { BaseMap, Landmark, MapOptions } from "./base.ts";
export { bearing, type Frame, frameOf, type Place, type World, world } from "./geo.ts";
export { label } from "./label.ts";
export type { Picture } from "./picture.ts";
export type { Pin, PinOptions } from "./pin.ts";
export type { Paint, Scene, View } from "./scene.ts";

/** Where a map's ground comes from: tiles of this server or of another; null: neither. */
export interface GroundSource {
  tiles: Tiles | null;
  vector: VectorTiles | null;
}

let asked: Promise<GroundSource> | undefined;

/** What this server says of its maps; nothing, if it can't be asked. Asked once a page. */
function groundSource(): Promise<GroundSource> {
  asked ??= fetch("/api/v1/about")
    .then(async (response) => {
      const about = (await response.json()) as About;
      return { tiles: about.tiles ?? null, vector: about.ground ?? null };
    })
    .catch(() => ({ tiles: null, vector: null }));
  return asked;
}

/**
 * A map in an element that has a size. Leaflet and all of this folder are loaded by the first
 * call, so a page without a map never pays for it. `ground` left out: what the server's settings
 * say. Call `destroy()` when the element goes.
 */
export async function createMap(
  element: HTMLElement,
  options: Omit<MapOptions, "ground"> & { ground?: GroundSource },
): Promise<BaseMap> {
  const [base, ground] = await Promise.all([import("./base.ts"), options.ground ?? groundSource()]);
  return new base.BaseMap(element, { ...options, ground });
}
