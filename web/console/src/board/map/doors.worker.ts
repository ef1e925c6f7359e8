// Paints the doors of the map: a peak's thousands would hold the page up for two frames.
import { type DoorOrder, paintDoors } from "./doorart.ts";

interface Scope {
  onmessage: ((event: MessageEvent<DoorOrder>) => void) | null;
  postMessage(picture: ImageBitmap, transfer: Transferable[]): void;
}

const scope = self as unknown as Scope;
const canvas = new OffscreenCanvas(1, 1);

scope.onmessage = ({ data: order }) => {
  const width = Math.max(1, Math.round(order.width * order.ratio));
  const height = Math.max(1, Math.round(order.height * order.ratio));
  // Handing the picture on leaves the canvas blank.
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const ctx = canvas.getContext("2d");
  ctx?.setTransform(order.ratio, 0, 0, order.ratio, 0, 0);
  if (ctx) paintDoors(ctx, order);
  const picture = canvas.transferToImageBitmap();
  scope.postMessage(picture, [picture]);
};
