import type { View } from "@bros/ui/map";
import { type DoorOrder, paintDoors } from "./doorart.ts";

/** Where a picture lies: pixels of the whole world at a zoom. */
interface Frame {
  zoom: number;
  left: number;
  top: number;
  width: number;
  height: number;
}

/**
 * Has doors painted by a worker and shows the newest picture there is, where it belongs on the
 * map of this moment: while the map moves, the picture moves along until the next one is here.
 */
export class DoorPainter {
  readonly #ready: () => void;
  #worker: Worker | undefined;
  #wanted: DoorOrder | undefined;
  #wantedAt: Frame | undefined;
  /** Being painted; what is wanted meanwhile waits, and only the newest of it. */
  #underWay: Frame | undefined;
  #waiting = false;
  #shown: { picture: ImageBitmap; frame: Frame } | undefined;

  /** `ready` is called when there is another picture to show. */
  constructor(ready: () => void) {
    this.#ready = ready;
    if (typeof Worker === "undefined" || typeof OffscreenCanvas === "undefined") return;
    const worker = new Worker(new URL("./doors.worker.ts", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }: MessageEvent<ImageBitmap>) => this.#painted(data);
    worker.onerror = () => {
      this.#worker = undefined; // painted here from now on
      this.#ready();
    };
    this.#worker = worker;
  }

  /** Shows the doors as the order has them, at once or a moment later. */
  paint(ctx: CanvasRenderingContext2D, view: View, order: DoorOrder): void {
    const frame = frameOf(view);
    if (!this.#worker) {
      paintDoors(ctx, order);
      return;
    }
    if (!this.#wanted || !sameFrame(frame, this.#wantedAt) || !sameOrder(order, this.#wanted)) {
      this.#wanted = order;
      this.#wantedAt = frame;
      this.#waiting = true;
      this.#ask();
    }
    if (!this.#shown) return;
    const { picture, frame: of } = this.#shown;
    const scale = 2 ** (view.zoom - of.zoom);
    const x = view.snap(of.left * scale - frame.left);
    const y = view.snap(of.top * scale - frame.top);
    ctx.drawImage(picture, x, y, of.width * scale, of.height * scale);
  }

  stop(): void {
    this.#worker?.terminate();
    this.#shown?.picture.close();
    this.#shown = undefined;
  }

  #ask(): void {
    if (this.#underWay || !this.#waiting || !this.#wanted) return;
    this.#waiting = false;
    this.#underWay = this.#wantedAt;
    this.#worker?.postMessage(this.#wanted);
  }

  #painted(picture: ImageBitmap): void {
    const frame = this.#underWay;
    this.#underWay = undefined;
    this.#shown?.picture.close();
    this.#shown = frame && { picture, frame };
    this.#ask();
    this.#ready();
  }
}

function frameOf(view: View): Frame {
  const { zoom, width, height } = view;
  const corner = { x: 0, y: 0 };
  return { zoom, width, height, left: -view.x(corner), top: -view.y(corner) };
}

function sameFrame(a: Frame, b: Frame | undefined): boolean {
  if (!b || a.zoom !== b.zoom || a.left !== b.left || a.top !== b.top) return false;
  return a.width === b.width && a.height === b.height;
}

function sameOrder(a: DoorOrder, b: DoorOrder): boolean {
  if (a.ratio !== b.ratio || a.surface !== b.surface || a.doors.length !== b.doors.length) return false;
  const look = ({ color, full }: DoorOrder["looks"][number]) => `${color} ${full}`;
  if (a.looks.map(look).join() !== b.looks.map(look).join()) return false;
  return a.doors.every((value, i) => value === b.doors[i]);
}
