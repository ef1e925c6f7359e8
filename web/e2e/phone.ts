import type { Browser, BrowserContext, Locator, Page } from "@playwright/test";
import { live, logIn } from "./fixtures.ts";

export interface PhoneOptions {
  lang?: "ko" | "en";
  width?: number;
  height?: number;
  dark?: boolean;
  permissions?: string[];
}

/** A phone with a finger: a browser of its own at 360 × 640. */
export function newPhone(browser: Browser, url: string, options: PhoneOptions = {}): Promise<BrowserContext> {
  return browser.newContext({
    baseURL: url,
    viewport: { width: options.width ?? 360, height: options.height ?? 640 },
    hasTouch: true,
    isMobile: true,
    deviceScaleFactor: 2,
    colorScheme: options.dark ? "dark" : "light",
    permissions: options.permissions ?? ["geolocation"],
    geolocation: { latitude: 37.5151, longitude: 127.1071 },
    locale: "en-US",
    timezoneId: "Asia/Seoul",
  });
}

/** Opens the rider's app and logs in there. */
export async function rideAs(context: BrowserContext, login: string, lang = "en"): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`/rider?lang=${lang}`);
  await logIn(page, login);
  await live(page);
  return page;
}

/** The app opens without signal from here on. */
export async function keptOnPhone(page: Page): Promise<void> {
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
    if (!navigator.serviceWorker.controller) {
      await new Promise((done) => navigator.serviceWorker.addEventListener("controllerchange", done));
    }
  });
}

async function centerOf(locator: Locator) {
  const box = await locator.boundingBox();
  if (!box) throw new Error("there is nothing to touch");
  return box;
}

// Sessions of the protocol stay until their page closes: with one that is let go
// Chromium ends what others emulate, being offline among it.

/** Slides a button with a finger from its left end to its right. */
export async function slide(button: Locator, part = 1): Promise<void> {
  const box = await centerOf(button);
  const y = box.y + box.height / 2;
  const from = box.x + 36;
  const way = (box.width - 60) * part;
  const cdp = await button.page().context().newCDPSession(button.page());
  // A finger's pace, and at rest when it lifts: a flick would make the browser swallow the next tap.
  let timestamp = Date.now() / 1000;
  const touch = (type: "touchStart" | "touchMove" | "touchEnd", x?: number) => {
    timestamp += 0.04;
    const touchPoints = x === undefined ? [] : [{ x, y }];
    return cdp.send("Input.dispatchTouchEvent", { type, touchPoints, timestamp });
  };
  await touch("touchStart", from);
  for (let i = 1; i <= 8; i++) await touch("touchMove", from + (way * i) / 8);
  for (let i = 0; i < 4; i++) await touch("touchMove", from + way);
  await touch("touchEnd");
}

/** Holds a button with a finger until something has come of it. */
export async function hold(button: Locator, until: () => Promise<unknown>): Promise<void> {
  const box = await centerOf(button);
  const cdp = await button.page().context().newCDPSession(button.page());
  const point = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  await cdp.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: [point] });
  await until();
  await cdp.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
}
