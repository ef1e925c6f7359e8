import type { View } from "./scene.ts";

/** A place in WGS 84 degrees. */
export interface Place {
  lat: number;
  lng: number;
}

/** A place in the square world of web maps: both 0–1, y from north to south. */
export interface World {
  x: number;
  y: number;
}

const earth = 40_075_016.686;
const rad = Math.PI / 180;

/** The web map's (Mercator) place: linear on the screen, so movement is interpolated here. */
export function world(at: Place): World {
  const sin = Math.sin(Math.max(-85, Math.min(85, at.lat)) * rad);
  return { x: at.lng / 360 + 0.5, y: 0.5 - Math.log((1 + sin) / (1 - sin)) / (4 * Math.PI) };
}

/** Metres on the ground of one unit of the world, at a latitude. */
export function metresPerWorld(lat: number): number {
  return earth * Math.cos(lat * rad);
}

/** Direction from one place to another in degrees, clockwise from north. */
export function bearing(from: World, to: World): number {
  return (Math.atan2(to.x - from.x, from.y - to.y) / rad + 360) % 360;
}

/** Steps of the plain ground in metres, and how many of them make a larger one. */
const steps: [metres: number, major: number][] = [
  [50, 5],
  [100, 5],
  [200, 5],
  [500, 4],
  [1_000, 5],
  [2_000, 5],
  [5_000, 4],
  [10_000, 5],
  [50_000, 4],
];

/** The finest step whose lines stay `least` pixels apart. */
export function gridStep(metresPerPixel: number, least: number): { metres: number; major: number } {
  const found = steps.find(([metres]) => metres / metresPerPixel >= least);
  const [metres, major] = found ?? [200_000, 5];
  return { metres, major };
}

/** Where a picture of the map lies: pixels of the whole world at a zoom. */
export interface Frame {
  zoom: number;
  left: number;
  top: number;
  width: number;
  height: number;
}

/** Where a view of the map lies. */
export function frameOf(view: View): Frame {
  const { zoom, width, height } = view;
  const corner = { x: 0, y: 0 };
  return { zoom, width, height, left: -view.x(corner), top: -view.y(corner) };
}
