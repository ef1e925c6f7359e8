import { crc32, deflateSync } from "node:zlib";
import type { Page } from "@playwright/test";

/** What a picture may weigh, in bytes. */
export const heaviest = 200 * 1024;

/**
 * A picture of the page as a PNG of at most 256 colours: a third of what the browser writes, and
 * to the eye the same, for a page has few colours and their edges.
 */
export async function picture(page: Page): Promise<Buffer> {
  const shot = (await page.screenshot()).toString("base64");
  // The browser decodes its own picture; the page's policy would not let it, an empty one does.
  const blank = await page.context().newPage();
  const { width, height, pixels } = await blank.evaluate(async (data) => {
    const blob = await (await fetch(`data:image/png;base64,${data}`)).blob();
    const bitmap = await createImageBitmap(blob);
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    const pen = canvas.getContext("2d");
    if (!pen) throw new Error("no canvas");
    pen.drawImage(bitmap, 0, 0);
    const { data: rgba } = pen.getImageData(0, 0, bitmap.width, bitmap.height);
    let text = "";
    for (let i = 0; i < rgba.length; i += 4) {
      text += String.fromCharCode(
        ((rgba[i] as number) << 8) | (rgba[i + 1] as number),
        rgba[i + 2] as number,
      );
    }
    return { width: bitmap.width, height: bitmap.height, pixels: text };
  }, shot);
  await blank.close();
  const colours = new Uint32Array(width * height);
  for (let i = 0; i < colours.length; i++) {
    colours[i] = (pixels.charCodeAt(2 * i) << 8) | pixels.charCodeAt(2 * i + 1);
  }
  return encode(width, height, colours);
}

/** Indexed PNG of pixels as 0xRRGGBB. */
function encode(width: number, height: number, colours: Uint32Array): Buffer {
  const palette = paletteOf(colours);
  const places = new Map<number, number>(palette.map((colour, i) => [colour, i]));
  const rows = Buffer.alloc((width + 1) * height);
  for (let i = 0; i < colours.length; i++) {
    const colour = colours[i] as number;
    let at = places.get(colour);
    if (at === undefined) {
      at = nearest(palette, colour);
      places.set(colour, at);
    }
    rows[i + Math.floor(i / width) + 1] = at;
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 3, 0, 0, 0], 8); // 8 bits a pixel, indexed
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const table = Buffer.from(palette.flatMap((colour) => [colour >> 16, (colour >> 8) & 255, colour & 255]));
  const image = deflateSync(rows, { level: 9, memLevel: 9 });
  return Buffer.concat([
    signature,
    chunk("IHDR", head),
    chunk("PLTE", table),
    chunk("IDAT", image),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

/** The most used colours, none of them all but the same as another. */
function paletteOf(colours: Uint32Array): number[] {
  const uses = new Map<number, number>();
  for (const colour of colours) uses.set(colour, (uses.get(colour) ?? 0) + 1);
  const palette: number[] = [];
  for (const [colour] of [...uses].sort((a, b) => b[1] - a[1])) {
    if (palette.length === 256) break;
    if (palette.every((other) => away(other, colour) > 60)) palette.push(colour);
  }
  return palette;
}

function nearest(palette: readonly number[], colour: number): number {
  let best = 0;
  for (let i = 1; i < palette.length; i++) {
    if (away(palette[i] as number, colour) < away(palette[best] as number, colour)) best = i;
  }
  return best;
}

/** Square of the distance between two colours, as eyes weigh them. */
function away(a: number, b: number): number {
  const red = (a >> 16) - (b >> 16);
  const green = ((a >> 8) & 255) - ((b >> 8) & 255);
  const blue = (a & 255) - (b & 255);
  return 2 * red * red + 4 * green * green + 3 * blue * blue;
}
