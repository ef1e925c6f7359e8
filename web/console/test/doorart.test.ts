import { afterEach, expect, test, vi } from "vitest";
import { type DoorOrder, type Ink, paintDoors } from "../src/board/map/doorart.ts";

afterEach(() => vi.unstubAllGlobals());

/** A canvas that only counts what is asked of it. */
class Paper {
  width: number;
  height: number;
  readonly drawn: unknown[][] = [];
  filled = 0;

  constructor(width = 300, height = 150) {
    this.width = width;
    this.height = height;
  }

  getContext() {
    const nothing = () => {};
    return {
      drawImage: (...args: unknown[]) => this.drawn.push(args),
      fill: () => {
        this.filled++;
      },
      ...{ scale: nothing, beginPath: nothing, moveTo: nothing, lineTo: nothing, closePath: nothing },
      stroke: nothing,
    };
  }
}

/** Two doors of one look and one of another; looks are kept, so each test has colors of its own. */
function order(colors: [string, string]): DoorOrder {
  return {
    ...{ width: 100, height: 50, ratio: 2, surface: "white" },
    looks: colors.map((color, i) => ({ color, full: i === 1 })),
    doors: new Float32Array([20, 20, 0, 40, 20, 1, 60, 20, 0]),
  };
}

test("a door's look is drawn once on a canvas of no page, and copied", () => {
  const made: Paper[] = [];
  const Offscreen = class extends Paper {
    constructor(width: number, height: number) {
      super(width, height);
      made.push(this);
    }
  };
  vi.stubGlobal("OffscreenCanvas", Offscreen);
  const paper = new Paper();
  paintDoors(paper.getContext() as unknown as Ink, order(["red", "blue"]));
  expect(made.map(({ width, height, filled }) => [width, height, filled])).toEqual([
    [36, 36, 1],
    [36, 36, 1],
  ]);
  expect(paper.drawn.map(([image]) => image)).toEqual([made[0], made[1], made[0]]);
});

test("a browser without such canvases gets the same doors from the page's own kind", () => {
  vi.stubGlobal("OffscreenCanvas", undefined);
  const made: Paper[] = [];
  const createElement = vi.fn(() => {
    const canvas = new Paper();
    made.push(canvas);
    return canvas;
  });
  vi.stubGlobal("document", { createElement });
  const paper = new Paper();
  paintDoors(paper.getContext() as unknown as Ink, order(["green", "black"]));
  expect(createElement).toHaveBeenCalledTimes(2);
  expect(made.map(({ width, height, filled }) => [width, height, filled])).toEqual([
    [36, 36, 1],
    [36, 36, 1],
  ]);
  expect(paper.drawn.map(([image, x, y]) => [image, x, y])).toEqual([
    [made[0], 11, 11],
    [made[1], 31, 11],
    [made[0], 51, 11],
  ]);
});
