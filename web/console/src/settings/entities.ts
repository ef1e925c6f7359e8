import type { Role } from "@bros/sdk";
import type { Key } from "@bros/ui";

export type FieldKind =
  | "text"
  | "tel"
  | "password"
  | "number"
  | "select"
  | "check"
  | "location"
  | "address"
  | "center"
  | "centers"
  | "scopes"
  | "events"
  | "hours"
  | "days"
  | "area";

export interface FieldSpec {
  name: string;
  label: Key;
  kind: FieldKind;
  /** Values and texts of a select. */
  options?: { value: string; label: Key }[];
  required?: boolean;
  /** What the form starts with. */
  start?: unknown;
  /** Only when something is made, or only when it is changed. */
  when?: "new" | "edit";
  min?: number;
  max?: number;
  step?: number;
  /** Where the field begins a part of the form, what that is called. */
  part?: Key;
  /** Shown in the list. */
  column?: boolean;
  /** A line under the field. */
  hint?: Key;
}

export interface Entity {
  /** The path of its collection. */
  path: "centers" | "shops" | "zones" | "riders" | "users" | "api-keys" | "webhooks";
  title: Key;
  least: Role;
  /** Its list can be asked for by center. */
  perCenter: boolean;
  canDelete: boolean;
  fields: FieldSpec[];
}

const name: FieldSpec = { name: "name", label: "set.name", kind: "text", required: true, column: true };
const center: FieldSpec = {
  name: "centerId",
  label: "set.center",
  kind: "center",
  required: true,
  when: "new",
  column: true,
};
const phone: FieldSpec = { name: "phone", label: "set.phone", kind: "tel", column: true };
const active: FieldSpec = { name: "active", label: "set.active", kind: "check", when: "edit", column: true };
const password: FieldSpec = {
  name: "password",
  label: "set.password",
  kind: "password",
  required: true,
  when: "new",
};
const newPassword: FieldSpec = { name: "password", label: "set.newPassword", kind: "password", when: "edit" };

const roles: { value: string; label: Key }[] = [
  { value: "agent", label: "role.agent" },
  { value: "dispatcher", label: "role.dispatcher" },
  { value: "manager", label: "role.manager" },
  { value: "admin", label: "role.admin" },
];

/** Everything that can be set up, as lists and forms are made of it. */
export const entities: Entity[] = [
  {
    path: "centers",
    title: "set.centers",
    least: "manager",
    perCenter: false,
    canDelete: false,
    fields: [
      { name: "code", label: "set.code", kind: "text", required: true, when: "new", column: true },
      name,
      { name: "location", label: "set.location", kind: "location", required: true },
      { name: "timezone", label: "set.timezone", kind: "text", start: "Asia/Seoul", column: true },
      { name: "currency", label: "set.currency", kind: "text", start: "KRW" },
      {
        name: "assignMode",
        label: "set.assignMode",
        kind: "select",
        start: "dispatch",
        column: true,
        options: [
          { value: "dispatch", label: "set.mode.dispatch" },
          { value: "claim", label: "set.mode.claim" },
          { value: "auto", label: "set.mode.auto" },
          { value: "offer", label: "set.mode.offer" },
        ],
      },
      {
        name: "dayStartsAt",
        label: "set.dayStartsAt",
        kind: "text",
        start: "00:00",
        hint: "set.dayStartsAtHelp",
        part: "set.part.day",
      },
      { name: "speedKmh", label: "set.speedKmh", kind: "number", min: 1, max: 120, start: 20 },
      { name: "serviceMinutes", label: "set.serviceMinutes", kind: "number", min: 0, max: 60, start: 4 },
      { name: "detour", label: "set.detour", kind: "number", min: 1, max: 5, step: 0.05, start: 1.35 },
      {
        name: "preorderMinutes",
        label: "set.preorderMinutes",
        kind: "number",
        min: 0,
        max: 1440,
        start: 90,
        part: "set.part.preorders",
      },
      { name: "releaseMinutes", label: "set.releaseMinutes", kind: "number", min: 0, max: 1440, start: 25 },
      {
        name: "balance",
        label: "set.balance",
        kind: "select",
        start: "even",
        part: "set.part.assigning",
        options: [
          { value: "fast", label: "set.balance.fast" },
          { value: "even", label: "set.balance.even" },
          { value: "thrifty", label: "set.balance.thrifty" },
        ],
      },
      { name: "offerSeconds", label: "set.offerSeconds", kind: "number", min: 5, max: 120, start: 30 },
      { name: "offerTries", label: "set.offerTries", kind: "number", min: 1, max: 10, start: 5 },
      { name: "riderMayGiveBack", label: "set.riderMayGiveBack", kind: "check", start: true },
      active,
    ],
  },
  {
    path: "shops",
    title: "set.shops",
    least: "manager",
    perCenter: true,
    canDelete: false,
    fields: [
      center,
      name,
      phone,
      { name: "address", label: "set.address", kind: "address", column: true },
      { name: "location", label: "set.location", kind: "location", required: true },
      {
        name: "prepMinutes",
        label: "set.prepMinutes",
        kind: "number",
        min: 0,
        max: 240,
        start: 15,
        column: true,
      },
      {
        name: "status",
        label: "set.status",
        kind: "select",
        start: "open",
        column: true,
        options: [
          { value: "open", label: "set.shop.open" },
          { value: "busy", label: "set.shop.busy" },
          { value: "closed", label: "set.shop.closed" },
        ],
      },
      { name: "busyMinutes", label: "set.busyMinutes", kind: "number", min: 0, max: 240, start: 0 },
      { name: "hours", label: "set.hours", kind: "hours" },
      { name: "closedDates", label: "set.closedDates", kind: "days", hint: "set.closedDatesHelp" },
      active,
    ],
  },
  {
    path: "zones",
    title: "set.zones",
    least: "manager",
    perCenter: true,
    canDelete: true,
    fields: [
      center,
      name,
      {
        name: "kind",
        label: "area.kind",
        kind: "select",
        start: "serve",
        column: true,
        options: [
          { value: "serve", label: "area.kind.serve" },
          { value: "refuse", label: "area.kind.refuse" },
        ],
      },
      {
        name: "extraMinutes",
        label: "area.extraMinutes",
        kind: "number",
        min: 0,
        max: 240,
        start: 0,
        column: true,
        hint: "area.extraHelp",
      },
      { name: "area", label: "set.area", kind: "area", required: true },
    ],
  },
  {
    path: "riders",
    title: "set.riders",
    least: "manager",
    perCenter: true,
    canDelete: false,
    fields: [
      center,
      name,
      phone,
      {
        name: "vehicle",
        label: "set.vehicle",
        kind: "select",
        start: "motorcycle",
        column: true,
        options: [
          { value: "motorcycle", label: "vehicle.motorcycle" },
          { value: "bicycle", label: "vehicle.bicycle" },
          { value: "car", label: "vehicle.car" },
          { value: "foot", label: "vehicle.foot" },
        ],
      },
      { name: "capacity", label: "set.capacity", kind: "number", min: 1, max: 10, start: 3, column: true },
      { name: "login", label: "set.login", kind: "text", required: true, when: "new" },
      password,
      newPassword,
      active,
    ],
  },
  {
    path: "users",
    title: "set.users",
    least: "manager",
    perCenter: false,
    canDelete: true,
    fields: [
      { name: "login", label: "set.login", kind: "text", required: true, column: true },
      name,
      password,
      newPassword,
      { name: "role", label: "set.role", kind: "select", options: roles, start: "agent", column: true },
      { name: "centerIds", label: "set.centers", kind: "centers", column: true },
      active,
    ],
  },
  {
    path: "api-keys",
    title: "set.keys",
    least: "admin",
    perCenter: false,
    canDelete: true,
    fields: [
      name,
      { name: "scopes", label: "set.scopes", kind: "scopes", column: true },
      { name: "centerIds", label: "set.centers", kind: "centers", column: true },
    ],
  },
  {
    path: "webhooks",
    title: "hook.title",
    least: "manager",
    perCenter: false,
    canDelete: true,
    fields: [
      name,
      { name: "url", label: "hook.url", kind: "text", required: true, column: true },
      { name: "centerIds", label: "set.centers", kind: "centers", column: true },
      { name: "events", label: "hook.events", kind: "events", column: true },
      active,
    ],
  },
];

/** What a webhook may be told of, by kind; a kind itself stands for all of it. */
export const webhookEvents = {
  order: ["create", "accepted", "rejected", "cancelled", "completed", "changed"],
  delivery: ["create", "waiting", "assigned", "pickup", "delivered", "cancelled", "changed", "late_deliver"],
} as const;

/** What a key may be allowed, and what that is called. */
export const scopes: { value: string; label: Key }[] = [
  { value: "orders:write", label: "scope.ordersWrite" },
  { value: "orders:read", label: "scope.ordersRead" },
  { value: "events:publish", label: "scope.eventsPublish" },
  { value: "riders:write", label: "scope.ridersWrite" },
  { value: "reports:read", label: "scope.reportsRead" },
];

/** Reads `37.5145, 127.1059`. */
export function parseLocation(text: string): { lat: number; lng: number } | undefined {
  const parts = text
    .split(/[,\s]+/)
    .filter(Boolean)
    .map(Number);
  const [lat, lng] = parts;
  if (parts.length !== 2 || lat === undefined || lng === undefined) return undefined;
  if (!(Math.abs(lat) <= 90) || !(Math.abs(lng) <= 180)) return undefined;
  return { lat, lng };
}
