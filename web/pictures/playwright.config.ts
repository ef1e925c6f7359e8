import { defineConfig } from "@playwright/test";
import base from "../playwright.config.ts";

/** `make pictures`: the pictures of README and docs, of the demonstration as it is now. */
export default defineConfig({
  ...base,
  testDir: ".",
  testMatch: "*.pictures.ts",
  outputDir: "../test-results/pictures",
  reporter: "line",
  workers: 1,
  fullyParallel: false,
  timeout: 300_000,
  use: { ...base.use, trace: "off", screenshot: "off" },
});
