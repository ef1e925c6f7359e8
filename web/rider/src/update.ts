import { createSignal } from "solid-js";

const [waiting, setWaiting] = createSignal<ServiceWorker>();
const lookEveryMs = 30 * 60_000;

/** A newer version of the app is on the phone and waits to be used. */
export const updateReady = () => waiting() !== undefined;

/** Puts the service worker in place, which makes the app open without signal, and looks for newer ones. */
export async function keepReady(): Promise<void> {
  if (!window.isSecureContext || !("serviceWorker" in navigator)) return;
  const { serviceWorker } = navigator;
  // Until it was told to, no version takes over: the first one is no change of version.
  let hadOne = serviceWorker.controller !== null;
  serviceWorker.addEventListener("controllerchange", () => {
    if (hadOne) location.reload();
    hadOne = true;
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

/** Takes the newer version now; the page loads anew. Only when nothing is under way. */
export function useUpdate(): void {
  waiting()?.postMessage("use");
}
