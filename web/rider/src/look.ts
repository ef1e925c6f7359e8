import { createSignal } from "solid-js";

/** As the phone has it, by day in full sun, or at night. */
export type Look = "auto" | "sun" | "night";

const key = "bros.rider.look";

function kept(): Look {
  try {
    const look = localStorage.getItem(key);
    return look === "sun" || look === "night" ? look : "auto";
  } catch {
    return "auto";
  }
}

const [look, setSignal] = createSignal<Look>(kept());

export { look };

const prefersDark = matchMedia("(prefers-color-scheme: dark)");

function apply(): void {
  const shown = look() === "auto" ? (prefersDark.matches ? "night" : "day") : look();
  document.documentElement.dataset.look = shown;
  document.documentElement.dataset.theme = shown === "night" ? "dark" : "light";
  const bar = getComputedStyle(document.documentElement).getPropertyValue("--top").trim();
  for (const meta of document.querySelectorAll('meta[name="theme-color"]')) meta.setAttribute("content", bar);
}

export function setLook(next: Look): void {
  setSignal(next);
  try {
    localStorage.setItem(key, next);
  } catch {
    // It holds until the app is closed.
  }
  apply();
}

/** Before anything is painted, and again when the phone turns dark in the evening. */
export function keepLook(): void {
  apply();
  prefersDark.addEventListener("change", apply);
}
