// How a door of the map looks, for the page and for the worker that paints thousands of them.

/** Either kind of canvas. */
export type Ink = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

/** What doors can look like; its index in the order is what a door has. */
export interface DoorLook {
  color: string;
  /** It is on its way. */
  full: boolean;
}

/** A picture of doors that is wanted; all sizes in CSS pixels. */
export interface DoorOrder {
  width: number;
  height: number;
  /** Pixels of the device to one of CSS. */
  ratio: number;
  surface: string;
  looks: DoorLook[];
  /** Of each door the middle's x and y, and the index of its look. */
  doors: Float32Array;
}

/** Pixels of a door's picture, its halo included. */
const doorSize = 18;

const pictures = new Map<string, OffscreenCanvas | HTMLCanvasElement>();
/** Themes and screens change seldom; more looks than this are of some that are over. */
const mostPictures = 64;

/** Draws each look once and copies it: thousands of paths would take many times as long. */
export function paintDoors(ctx: Ink, { ratio, surface, looks, doors }: DoorOrder): void {
  const known = looks.map((look) => picture(look, ratio, surface));
  // On whole pixels of the device they are copied, not resampled.
  const snap = (pixels: number) => Math.round(pixels * ratio) / ratio;
  for (let i = 0; i < doors.length; i += 3) {
    const [x = 0, y = 0, look = 0] = [doors[i], doors[i + 1], doors[i + 2]];
    const image = known[look];
    if (image) ctx.drawImage(image, snap(x - doorSize / 2), snap(y - doorSize / 2), doorSize, doorSize);
  }
}

/** A canvas that is not shown: the page's own kind where there is no other. */
function hidden(edge: number): OffscreenCanvas | HTMLCanvasElement {
  if (typeof OffscreenCanvas !== "undefined") return new OffscreenCanvas(edge, edge);
  return Object.assign(document.createElement("canvas"), { width: edge, height: edge });
}

function picture(
  { color, full }: DoorLook,
  ratio: number,
  surface: string,
): OffscreenCanvas | HTMLCanvasElement {
  const key = `${color} ${full} ${ratio} ${surface}`;
  const known = pictures.get(key);
  if (known) return known;
  if (pictures.size >= mostPictures) pictures.clear();
  const image = hidden(Math.ceil(doorSize * ratio));
  const ink = image.getContext("2d") as Ink | null;
  ink?.scale(ratio, ratio);
  if (ink) rhomb(ink, doorSize / 2, doorSize / 2, 5, color, full, surface);
  pictures.set(key, image);
  return image;
}

/** A door. Full when it is on its way. */
export function rhomb(
  ctx: Ink,
  x: number,
  y: number,
  edge: number,
  color: string,
  full: boolean,
  surface: string,
): void {
  const large = edge > 5;
  ctx.beginPath();
  ctx.moveTo(x, y - edge);
  ctx.lineTo(x + edge, y);
  ctx.lineTo(x, y + edge);
  ctx.lineTo(x - edge, y);
  ctx.closePath();
  ctx.strokeStyle = surface;
  ctx.lineWidth = large ? 6 : 4;
  ctx.stroke();
  ctx.fillStyle = full ? color : surface;
  ctx.fill();
  ctx.strokeStyle = color;
  ctx.lineWidth = large ? 3 : 1.8;
  ctx.stroke();
}
