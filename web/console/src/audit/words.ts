import type { AuditChange } from "@bros/sdk";
import { dayTime, phone, t, tOr } from "@bros/ui";

/** The kinds of things that the audit tells of. */
export const kinds = [
  "order",
  "delivery",
  "rider",
  "center",
  "shop",
  "zone",
  "user",
  "key",
  "webhook",
  "chat",
  "photo",
  "session",
  "connection",
  "privacy",
] as const;

/** Names of what entries call by an id. */
export type Names = ReadonlyMap<string, string>;

/** What was done, as a word or two. */
export function eventWords(event: string): string {
  const own = tOr(`event.${event}`, "") || tOr(`audit.event.${event}`, "");
  if (own) return own;
  const act = event.slice(event.indexOf(":") + 1);
  return tOr(`audit.act.${act}`, act);
}

/** A field's name as the pages call it. */
export function fieldWords(field: string): string {
  return tOr(`audit.field.${field}`, tOr(`set.${field}`, field));
}

/** One side of a change for people: states and ids by their names, times and lists as text. */
export function valueWords(change: AuditChange, value: string | undefined, names: Names): string {
  if (value === undefined || value === "") return "–";
  const { field } = change;
  if (field === "status") return tOr(`status.${value}`, tOr(`set.shop.${value}`, value));
  if (field === "duty") return tOr(`duty.${value}`, value);
  if (field === "role") return tOr(`role.${value}`, value);
  if (field === "vehicle") return tOr(`vehicle.${value}`, value);
  if (field === "assignMode") return tOr(`set.mode.${value}`, value);
  if (field === "phone") return phone(value);
  if (value === "true" || value === "false") return t(value === "true" ? "set.yes" : "set.no");
  if (/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value)) return dayTime(value);
  if (/^[[{]/.test(value)) return flat(value, names);
  return names.get(value) ?? value;
}

/** A list or an object in one line; a text that was cut stays as it is. */
function flat(text: string, names: Names): string {
  try {
    const value = JSON.parse(text) as unknown;
    const one = (part: unknown) => names.get(String(part)) ?? String(part);
    if (Array.isArray(value)) return value.map(one).join(", ") || "–";
    return Object.entries(value as Record<string, unknown>)
      .map(([name, part]) => `${name}: ${one(part)}`)
      .join(", ");
  } catch {
    return text;
  }
}
