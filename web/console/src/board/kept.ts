import { columns, firstLook, groups, type Look, type SavedFilter, sorts } from "./model.ts";

const lookKey = "bros.board.look";
const filtersKey = "bros.board.filters";

function read(key: string): unknown {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null");
  } catch {
    return null; // forbidden, or not ours
  }
}

function write(key: string, value: unknown): void {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // A browser that keeps nothing: it lasts as long as the page.
  }
}

/** How the list looked last time; whatever an older version left behind is put right. */
export function keptLook(): Look {
  const kept = read(lookKey) as Partial<Look> | null;
  const look = { ...firstLook, ...kept };
  return {
    sort: sorts.includes(look.sort) ? look.sort : firstLook.sort,
    desc: look.desc === true,
    group: groups.includes(look.group) ? look.group : firstLook.group,
    columns: Array.isArray(look.columns)
      ? columns.filter((c) => look.columns.includes(c))
      : firstLook.columns,
    sideBySide: look.sideBySide === true,
  };
}

export function keepLook(look: Look): void {
  write(lookKey, look);
}

export function keptFilters(): SavedFilter[] {
  const kept = read(filtersKey);
  if (!Array.isArray(kept)) return [];
  return kept.filter(
    (saved: Partial<SavedFilter> | null) =>
      typeof saved?.name === "string" && typeof saved.filter === "object" && saved.filter !== null,
  ) as SavedFilter[];
}

export function keepFilters(list: SavedFilter[]): void {
  write(filtersKey, list);
}
