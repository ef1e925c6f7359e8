import { expect, test } from "vitest";
import { addCorner, areaOf, cornersOf, dropCorner, type Shape, shapeOf } from "../src/settings/shape.ts";

const at = (lat: number, lng: number) => ({ lat, lng });

test("an area is drawn corner by corner, each on the side it is nearest to", () => {
  let shape: Shape = [];
  for (const place of [at(0, 0), at(0, 2), at(2, 2)]) shape = addCorner(shape, place).shape;
  const added = addCorner(shape, at(0, 1));
  expect(added.index).toBe(1);
  expect(areaOf(added.shape)).toEqual({
    type: "Polygon",
    coordinates: [
      [
        [0, 0],
        [1, 0],
        [2, 0],
        [2, 2],
        [0, 0],
      ],
    ],
  });
  const [first] = cornersOf(added.shape);
  if (!first) throw new Error("no corner");
  expect(cornersOf(dropCorner(added.shape, first))).toHaveLength(3);
  expect(cornersOf(addCorner(shape, at(5, 5), first).shape)[1]?.place).toEqual(at(5, 5));
  expect(areaOf([])).toBeUndefined();
});

test("what is read is what is written, holes and several polygons too", () => {
  const ring = (x: number) => [
    [x, 0],
    [x + 3, 0],
    [x + 3, 3],
    [x, 0],
  ];
  const one = { type: "Polygon", coordinates: [ring(0), ring(1)] } as const;
  const two = { type: "MultiPolygon", coordinates: [[ring(0)], [ring(10)]] } as const;
  expect(areaOf(shapeOf(one))).toEqual(one);
  expect(areaOf(shapeOf(two))).toEqual(two);
});
