import { describe, expect, test } from "vitest";
import { bearing, gridStep, metresPerWorld, world } from "../src/map/geo.ts";
import { isDark } from "../src/map/palette.ts";

const songpa = { lat: 37.5145, lng: 127.1059 };

describe("the world of web maps", () => {
  test("has its middle at 0, 0 and Songpa where tiles have it", () => {
    expect(world({ lat: 0, lng: 0 })).toEqual({ x: 0.5, y: 0.5 });
    const { x, y } = world(songpa);
    // Tile 14/13976/6347 of the usual scheme holds the place.
    expect(Math.floor(x * 2 ** 14)).toBe(13976);
    expect(Math.floor(y * 2 ** 14)).toBe(6347);
  });

  test("keeps distances near a place", () => {
    const a = world(songpa);
    const b = world({ lat: songpa.lat + 0.01, lng: songpa.lng });
    expect((a.y - b.y) * metresPerWorld(songpa.lat)).toBeCloseTo(1_113, -1);
  });

  test("knows directions", () => {
    const here = world(songpa);
    expect(bearing(here, world({ lat: 37.6, lng: songpa.lng }))).toBeCloseTo(0);
    expect(bearing(here, world({ lat: songpa.lat, lng: 127.2 }))).toBeCloseTo(90);
    expect(bearing(here, world({ lat: 37.4, lng: songpa.lng }))).toBeCloseTo(180);
  });
});

test("the grid is as fine as it can be read", () => {
  expect(gridStep(1, 44).metres).toBe(50);
  expect(gridStep(15, 44).metres).toBe(1_000);
  expect(gridStep(10_000, 44).metres).toBe(200_000);
});

test("dark is told from light however a colour is written", () => {
  expect(isDark("rgb(255, 255, 255)")).toBe(false);
  expect(isDark("rgb(21, 25, 31)")).toBe(true);
  expect(isDark("color(srgb 0.9 0.9 0.9)")).toBe(false);
  expect(isDark("color(srgb 0.1 0.1 0.12)")).toBe(true);
});
