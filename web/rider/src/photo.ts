/** The longest side of a proof photo in pixels: a house number stays readable. */
const longestSide = 1600;
/** What the server takes, less a margin. */
const mostBytes = 4_500_000;

/** Makes a camera's picture small: a JPEG of some hundred kilobytes, upright, without the place it was taken at. */
export async function shrink(picture: Blob): Promise<Blob> {
  const bitmap = await decode(picture);
  try {
    for (let side = longestSide, quality = 0.72; ; side *= 0.7, quality -= 0.1) {
      const small = await draw(bitmap, side, quality);
      if (small.size <= mostBytes || side < 300) return small;
    }
  } finally {
    bitmap.close();
  }
}

async function decode(picture: Blob): Promise<ImageBitmap> {
  try {
    return await createImageBitmap(picture, { imageOrientation: "from-image" });
  } catch (error) {
    throw new Error("no picture", { cause: error });
  }
}

async function draw(bitmap: ImageBitmap, side: number, quality: number): Promise<Blob> {
  const scale = Math.min(1, side / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  canvas.getContext("2d")?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no picture"))), "image/jpeg", quality),
  );
}
