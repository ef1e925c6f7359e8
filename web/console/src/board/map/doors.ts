import { type Frame, frameOf, type Picture, type View } from "@bros/ui/map";
import { type DoorOrder, paintDoors } from "./doorart.ts";

/** Has doors painted by a worker, one picture after the other, and shows the newest there is. */
export class DoorPainter {
  readonly #picture: Picture;
  #worker: Worker | undefined;
  #wanted: { order: DoorOrder; frame: Frame } | undefined;
  /** Being painted; of what is wanted meanwhile the newest comes next. */
  #underWay: Frame | undefined;
  #waiting = false;

  /** `failed` is called when the page has to paint by itself. */
  constructor(picture: Picture, failed: () => void) {
    this.#picture = picture;
    if (typeof Worker === "undefined" || typeof OffscreenCanvas === "undefined") return;
    const worker = new Worker(new URL("./doors.worker.ts", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }: MessageEvent<ImageBitmap>) => this.#painted(data);
    worker.onerror = () => {
      this.#worker = undefined;
      failed();
    };
    this.#worker = worker;
  }

  /** Shows the doors as the order has them a moment later; without a worker at once, in `ctx`. */
  paint(ctx: CanvasRenderingContext2D, view: View, order: DoorOrder): void {
    if (!this.#worker) {
      paintDoors(ctx, order);
      return;
    }
    const frame = frameOf(view);
    if (this.#wanted && sameFrame(frame, this.#wanted.frame) && sameOrder(order, this.#wanted.order)) return;
    this.#wanted = { order, frame };
    this.#waiting = true;
    this.#ask();
  }

  stop(): void {
    this.#worker?.terminate();
  }

  #ask(): void {
    if (this.#underWay || !this.#waiting || !this.#wanted) return;
    this.#waiting = false;
    this.#underWay = this.#wanted.frame;
    this.#worker?.postMessage(this.#wanted.order);
  }

  #painted(bitmap: ImageBitmap): void {
    if (this.#underWay) this.#picture.show(bitmap, this.#underWay);
    this.#underWay = undefined;
    this.#ask();
  }
}

function sameFrame(a: Frame, b: Frame): boolean {
  if (a.zoom !== b.zoom || a.left !== b.left || a.top !== b.top) return false;
  return a.width === b.width && a.height === b.height;
}

function sameOrder(a: DoorOrder, b: DoorOrder): boolean {
  if (a.ratio !== b.ratio || a.surface !== b.surface || a.doors.length !== b.doors.length) return false;
  const look = ({ color, full }: DoorOrder["looks"][number]) => `${color} ${full}`;
  if (a.looks.map(look).join() !== b.looks.map(look).join()) return false;
  return a.doors.every((value, i) => value === b.doors[i]);
}
