import type { Area } from "@bros/sdk";
import type { Place } from "@bros/ui/map";

/** Polygons of rings of corners; a ring isn't closed here, the line back is meant. */
export type Shape = Place[][][];

/** A corner and where it stands. */
export interface Corner {
  place: Place;
  polygon: number;
  ring: number;
  at: number;
}

type Position = [number, number];

/** The corners of a GeoJSON geometry. */
export function shapeOf(area?: Area): Shape {
  if (!area) return [];
  const polygons = (area.type === "Polygon" ? [area.coordinates] : area.coordinates) as Position[][][];
  return polygons.map((rings) => rings.map((ring) => ring.slice(0, -1).map(([lng, lat]) => ({ lat, lng }))));
}

/** The geometry of what is drawn; undefined: nothing is. */
export function areaOf(shape: Shape): Area | undefined {
  const polygons = shape
    .map((rings) => rings.filter((ring) => ring.length > 0))
    .filter((rings) => rings.length > 0)
    .map((rings) => rings.map((ring) => [...ring, ring[0] as Place].map(({ lat, lng }) => [lng, lat])));
  if (polygons.length === 0) return undefined;
  return polygons.length === 1
    ? { type: "Polygon", coordinates: polygons[0] }
    : { type: "MultiPolygon", coordinates: polygons };
}

/** All corners in the order in which they are stepped through. */
export function cornersOf(shape: Shape): Corner[] {
  return shape.flatMap((rings, polygon) =>
    rings.flatMap((ring, r) => ring.map((place, at) => ({ place, polygon, ring: r, at }))),
  );
}

/**
 * A shape with one corner more, and that corner's number: behind another one, else on the side
 * that it is nearest to.
 */
export function addCorner(shape: Shape, place: Place, behind?: Corner): { shape: Shape; index: number } {
  const to = behind ?? nearestSide(shape, place);
  if (!to) return { shape: [[[place]]], index: 0 };
  const next = shape.map((rings, p) =>
    rings.map((ring, r) =>
      p === to.polygon && r === to.ring
        ? [...ring.slice(0, to.at + 1), place, ...ring.slice(to.at + 1)]
        : ring,
    ),
  );
  return { shape: next, index: cornersOf(next).findIndex((corner) => corner.place === place) };
}

/** A shape with one corner less; a ring that has none left goes. */
export function dropCorner(shape: Shape, corner: Corner): Shape {
  return shape
    .map((rings, p) =>
      rings
        .map((ring, r) =>
          p === corner.polygon && r === corner.ring ? ring.filter((_, i) => i !== corner.at) : ring,
        )
        .filter((ring) => ring.length > 0),
    )
    .filter((rings) => rings.length > 0);
}

/** The corner behind which a place belongs: a line that is still drawn goes on at its end. */
function nearestSide(shape: Shape, place: Place): Corner | undefined {
  let best: Corner | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const corner of cornersOf(shape)) {
    const ring = shape[corner.polygon]?.[corner.ring] ?? [];
    if (ring.length < 3 && corner.at < ring.length - 1) continue;
    const d = distance(place, corner.place, ring[(corner.at + 1) % ring.length] ?? corner.place);
    if (d < least) {
      least = d;
      best = corner;
    }
  }
  return best;
}

/** How far a place lies from a side, in degrees of latitude. */
function distance(place: Place, from: Place, to: Place): number {
  const wide = Math.cos((place.lat * Math.PI) / 180);
  const x = (to.lng - from.lng) * wide;
  const y = to.lat - from.lat;
  const px = (place.lng - from.lng) * wide;
  const py = place.lat - from.lat;
  const part = Math.max(0, Math.min(1, (px * x + py * y) / (x * x + y * y || 1)));
  return Math.hypot(px - part * x, py - part * y);
}
