import type { About, Tiles } from "@bros/sdk";
import type { BaseMap, MapOptions } from "./base.ts";

export type { BaseMap, Landmark, MapOptions } from "./base.ts";
export { bearing, type Frame, frameOf, type Place, type World, world } from "./geo.ts";
export { label } from "./label.ts";
export type { Picture } from "./picture.ts";
export type { Pin, PinOptions } from "./pin.ts";
export type { Paint, Scene, View } from "./scene.ts";

let asked: Promise<Tiles | null> | undefined;

/** Where this server has its map tiles from; null: none, or it can't be asked. Asked once a page. */
export function tileSource(): Promise<Tiles | null> {
  asked ??= fetch("/api/v1/about")
    .then(async (response) => ((await response.json()) as About).tiles ?? null)
    .catch(() => null);
  return asked;
}

/**
 * A map in an element that has a size. Leaflet and all of this folder are loaded by the first
 * call, so a page without a map never pays for it. `tiles` left out: what the server's setting
 * says; null: the plain ground. Call `destroy()` when the element goes.
 */
export async function createMap(
  element: HTMLElement,
  options: Omit<MapOptions, "tiles"> & { tiles?: Tiles | null },
): Promise<BaseMap> {
  const [base, tiles] = await Promise.all([
    import("./base.ts"),
    options.tiles === undefined ? tileSource() : options.tiles,
  ]);
  return new base.BaseMap(element, { ...options, tiles });
}
