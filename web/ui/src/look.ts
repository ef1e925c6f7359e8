import { createSignal } from "solid-js";

export type Theme = "system" | "light" | "dark";
export type Density = "dense" | "comfortable";

interface Look {
  theme: Theme;
  density: Density;
}

const plain: Look = { theme: "system", density: "dense" };
const key = "bros.look";
/** Whose look is kept; empty: that of the last person at this machine. */
let owner = "";

const prefersDark =
  typeof matchMedia === "undefined" ? undefined : matchMedia("(prefers-color-scheme: dark)");
const finger = typeof matchMedia === "undefined" ? undefined : matchMedia("(pointer: coarse)");
const [coarse, setCoarse] = createSignal(finger?.matches ?? false);
const [look, setLook] = createSignal<Look>(load(""));
const [systemDark, setSystemDark] = createSignal(prefersDark?.matches ?? false);

/** What the person chose: light, dark, or as the system has it. */
export const theme = () => look().theme;
export const density = () => look().density;
/** Whether the page is dark now; a map or canvas that has painted colours looks again when it changes. */
export const dark = () => (look().theme === "system" ? systemDark() : look().theme === "dark");
/** Whether the page is worked by a finger: what is pressed is larger then (needs.css). */
export { coarse };
/** Height of a list's row in pixels, as `--row` is. */
export const rowHeight = () => (coarse() ? 44 : look().density === "dense" ? 32 : 40);

export function setTheme(next: Theme): void {
  change({ ...look(), theme: next });
}

export function setDensity(next: Density): void {
  change({ ...look(), density: next });
}

/** From now on the look is this user's; each has an own one on a shared machine. */
export function lookOf(userId: string): void {
  owner = userId;
  setLook(load(userId));
  apply();
}

function load(user: string): Look {
  try {
    const text = localStorage.getItem(user ? `${key}.${user}` : key) ?? localStorage.getItem(key);
    const kept = JSON.parse(text ?? "{}") as Partial<Look>;
    return {
      theme: kept.theme === "light" || kept.theme === "dark" ? kept.theme : plain.theme,
      density: kept.density === "comfortable" ? kept.density : plain.density,
    };
  } catch {
    return plain; // no storage to be had, or another's words in it
  }
}

function change(next: Look): void {
  setLook(next);
  apply();
  try {
    const text = JSON.stringify(next);
    localStorage.setItem(key, text);
    if (owner) localStorage.setItem(`${key}.${owner}`, text);
  } catch {
    // It holds until the page is left.
  }
}

function apply(): void {
  if (typeof document === "undefined") return;
  document.documentElement.dataset.theme = dark() ? "dark" : "light";
  document.documentElement.dataset.density = density();
}

// Before anything is painted, and again when the system turns dark in the evening.
apply();
prefersDark?.addEventListener("change", (event) => {
  setSystemDark(event.matches);
  apply();
});
finger?.addEventListener("change", (event) => setCoarse(event.matches));
