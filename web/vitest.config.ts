import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{sdk,ui,console,rider,tracking}/test/**/*.test.ts"],
    environment: "node",
    setupFiles: process.env.BROS_TEST_DAYS_AHEAD ? ["./ahead.ts"] : [],
    testTimeout: 20_000,
    hookTimeout: 20_000,
  },
});
