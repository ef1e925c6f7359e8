import { t } from "@bros/ui";
import type { Row } from "./EntityForm.tsx";

export type Importable = "shops" | "riders";

/** The columns of a file, as the import reads them. */
const columns: Record<Importable, string[]> = {
  shops: ["name", "phone", "address", "lat", "lng", "prepMinutes", "status", "busyMinutes"],
  riders: ["name", "phone", "vehicle", "capacity", "login", "password"],
};

const samples: Record<Importable, string[]> = {
  shops: ["한솥 잠실점", "02-123-4567", "올림픽로 240", "37.5133", "127.1028", "15", "open", "0"],
  riders: ["김라이더", "010-1234-5678", "motorcycle", "3", "rider1", ""],
};

/** A cell, quoted where it must be; one that a spreadsheet would take for a formula stays text. */
function cell(value: unknown): string {
  const text = String(value ?? "");
  const safe = /^[=+\-@\t]/.test(text) && !/^[+-]?[\d.\- ]+$/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** CSV with the mark that tells Excel of UTF-8. */
export function csv(lines: unknown[][]): string {
  return `\ufeff${lines.map((line) => line.map(cell).join(",")).join("\r\n")}\r\n`;
}

function save(name: string, text: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Hands out an empty file with a sample row. */
export function saveTemplate(path: Importable): void {
  save(`${t(`set.${path}`)}.csv`, csv([columns[path], samples[path]]));
}

/** Hands out what the list shows, in the form that the import takes. */
export function exportRows(path: Importable, rows: Row[]): void {
  const names = columns[path].filter((name) => name !== "login" && name !== "password");
  const lines = rows.map((row) => {
    const place = row.location as { lat: number; lng: number } | undefined;
    return names.map((name) => (name === "lat" ? place?.lat : name === "lng" ? place?.lng : row[name]));
  });
  save(`${t(`set.${path}`)}.csv`, csv([names, ...lines]));
}
