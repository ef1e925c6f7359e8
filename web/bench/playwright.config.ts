import { defineConfig } from "@playwright/test";
import base from "../playwright.config.ts";

/** `make bench-web`: one scenario after the other, nothing beside them. */
export default defineConfig({
  ...base,
  testDir: ".",
  testMatch: "*.bench.ts",
  outputDir: "../test-results/bench",
  reporter: "line",
  workers: 1,
  fullyParallel: false,
  timeout: 900_000,
  use: { ...base.use, trace: "off", screenshot: "off" },
});
