import { defineConfig, devices } from "@playwright/test";

const ci = Boolean(process.env.CI);

// Debian's Chromium: Playwright's own download is not to be had everywhere.
const launchOptions = {
  executablePath: process.env.BROS_CHROMIUM ?? "/usr/bin/chromium",
  chromiumSandbox: process.getuid?.() !== 0,
  args: [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
  ],
};

export default defineConfig({
  testDir: "e2e",
  outputDir: "test-results",
  reporter: ci ? "line" : "list",
  // Each worker starts a server of its own; two cores carry two of them.
  workers: 2,
  fullyParallel: true,
  forbidOnly: ci,
  timeout: 120_000,
  expect: { timeout: 10_000 },
  use: {
    ...devices["Desktop Chrome"],
    viewport: { width: 1440, height: 900 },
    locale: "en-US",
    timezoneId: "Asia/Seoul",
    launchOptions,
    screenshot: "only-on-failure",
    trace: process.env.BROS_TRACE ? "on" : "off",
  },
});
