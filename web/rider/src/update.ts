import { createEffect, createSignal, onCleanup } from "solid-js";

const [waiting, setWaiting] = createSignal<ServiceWorker>();
const lookEveryMs = 30 * 60_000;

/** A newer version of the app is on the phone and waits to be used. */
export const updateReady = () => waiting() !== undefined;

/** Puts the service worker in place, which makes the app open without signal, and looks for newer ones. */
export async function keepReady(): Promise<void> {
  if (!window.isSecureContext || !("serviceWorker" in navigator)) return;
  const { serviceWorker } = navigator;
  // The very first one is no newer version, whatever it says of itself.
  const hadOne = serviceWorker.controller !== null;
  serviceWorker.addEventListener("controllerchange", () => {
    // Another copy of the app may have asked: this one goes on with what it has.
    if (asked) location.reload();
  });
  try {
    const registration = await serviceWorker.register("/rider-sw.js", { scope: "/rider" });
    const look = () => setWaiting((hadOne && registration.waiting) || undefined);
    look();
    registration.addEventListener("updatefound", () => {
      registration.installing?.addEventListener("statechange", look);
    });
    const again = () => registration.update().catch(() => {});
    setInterval(again, lookEveryMs);
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") again();
    });
  } catch {
    // Without it the app works as long as there is signal.
  }
}

let asked = false;

/** Takes the newer version now; the page loads anew. Only when nothing is under way. */
export function takeUpdate(): void {
  asked = true;
  waiting()?.postMessage("use");
}

/** Takes a newer version by itself when nobody looks and nobody is in the middle of anything. */
export function updateWhenIdle(busy: () => boolean): void {
  const look = () => {
    if (updateReady() && !busy() && document.visibilityState === "hidden") takeUpdate();
  };
  createEffect(look);
  document.addEventListener("visibilitychange", look);
  onCleanup(() => document.removeEventListener("visibilitychange", look));
}
