import { Live, type Port } from "./live.ts";

/** Starts the connection worker of this page and tells it when the page wakes. */
export function openLive(language: string): Live {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: "bros-live" });
  const live = new Live(worker as Port, language);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") live.wake();
  });
  window.addEventListener("pageshow", () => live.wake());
  window.addEventListener("online", () => live.wake());
  return live;
}
