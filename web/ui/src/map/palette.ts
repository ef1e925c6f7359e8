/** The map's colours, resolved: a canvas knows no custom properties. */
export type Palette = Record<(typeof names)[number], string>;

const names = [
  "map-ground",
  "map-street",
  "map-street-fine",
  "map-ink",
  "map-halo",
  "map-land",
  "map-green",
  "map-water",
  "map-house",
  "map-road",
  "map-avenue",
  "map-kerb",
  "map-name",
  "surface",
  "text",
  "muted",
  "accent",
  "waiting",
  "assigned",
  "pickup",
  "delivered",
  "cancelled",
  "returning",
  "returned",
  "failed",
  "late",
  "line-strong",
] as const;

/** Reads the colours as they are at an element now. */
export function readPalette(element: HTMLElement): Palette {
  const probe = document.createElement("span");
  probe.hidden = true;
  element.append(probe);
  const palette = {} as Palette;
  for (const name of names) {
    probe.style.color = `var(--${name})`;
    palette[name] = getComputedStyle(probe).color;
  }
  probe.remove();
  return palette;
}

/** Whether a resolved colour is a dark one. */
export function isDark(color: string): boolean {
  const parts = (color.match(/[\d.]+/g) ?? []).slice(0, 3).map(Number);
  const scale = color.startsWith("color(") ? 1 : 255;
  const [r = 1, g = 1, b = 1] = parts.map((part) => part / scale);
  return 0.3 * r + 0.59 * g + 0.11 * b < 0.5;
}

/** Calls back when the page may have changed between light and dark; the answer ends it. */
export function onTheme(changed: () => void): () => void {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", changed);
  const observer = new MutationObserver(changed);
  observer.observe(document.documentElement, { attributes: true });
  return () => {
    dark.removeEventListener("change", changed);
    observer.disconnect();
  };
}
