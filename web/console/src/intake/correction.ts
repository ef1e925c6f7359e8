import { type Correction, type Item, type Order, type PaymentMethod, Problem, type Shop } from "@bros/sdk";
import { fieldText } from "@bros/ui";
import type { Place } from "@bros/ui/map";
import { createSignal } from "solid-js";
import { createStore } from "solid-js/store";
import type { App } from "../app.ts";
import { api } from "../app.ts";
import { areaWords, createArea } from "./area.ts";
import type { Line } from "./draft.ts";
import { keep, kept } from "./kept.ts";

/** What can be corrected of an order, as it is typed. */
export interface Corrected {
  name: string;
  phone: string;
  address: string;
  addressDetail: string;
  location?: Place;
  memo: string;
  items: Line[];
  method: PaymentMethod;
  amount: number;
  prepMinutes?: number;
  promisedAt?: string;
  reason: string;
}

/** What belongs together: nobody wants one agent's address with the other's floor. */
export const units = {
  name: ["name"],
  phone: ["phone"],
  door: ["address", "addressDetail", "location"],
  memo: ["memo"],
  items: ["items"],
  payment: ["method", "amount"],
  prepMinutes: ["prepMinutes"],
  promisedAt: ["promisedAt"],
} as const satisfies Record<string, readonly (keyof Corrected)[]>;

export type Unit = keyof typeof units;
export const unitNames = Object.keys(units) as Unit[];

const bare = ({ name, quantity, price }: Item): Item => ({ name: name.trim(), quantity, price });

/** An order's values as they are typed. */
export function valuesOf(order: Order): Corrected {
  const { customer, payment } = order;
  return {
    name: customer.name ?? "",
    phone: customer.phone ?? "",
    address: customer.address ?? "",
    addressDetail: customer.addressDetail ?? "",
    location: customer.location && { ...customer.location },
    memo: customer.memo ?? "",
    items: order.items.map(bare),
    method: payment.method,
    amount: payment.amount,
    prepMinutes: order.prepMinutes,
    promisedAt: order.promisedAt,
    reason: "",
  };
}

function same(a: Corrected, b: Corrected, unit: Unit): boolean {
  const text = (value: unknown) => {
    if (typeof value === "string") return value.trim();
    if (Array.isArray(value)) return JSON.stringify(value.filter((item: Item) => item.name.trim()).map(bare));
    return value && typeof value === "object" ? `${(value as Place).lat} ${(value as Place).lng}` : value;
  };
  return units[unit].every((field) => text(a[field]) === text(b[field]));
}

function copy(from: Corrected, unit: Unit): Partial<Corrected> {
  return Object.fromEntries(
    units[unit].map((field) => [field, JSON.parse(JSON.stringify(from[field] ?? null)) ?? undefined]),
  );
}

/** The id of the order that is being corrected: a call waits for it. */
const [inHand, setInHand] = createSignal<string>();

export { inHand, setInHand };

interface Kept {
  base: Order;
  fields: Corrected;
}

const name = (orderId: string) => `correct.${orderId}`;

/** Whether the tab keeps a correction of this order that was begun. */
export function begun(app: App, orderId: string): boolean {
  return kept(app.user.id, name(orderId)) !== undefined;
}

const total = (items: readonly Item[]) => items.reduce((sum, item) => sum + item.quantity * item.price, 0);

export type CorrectionDraft = ReturnType<typeof createCorrection>;

/** A correction while it is typed, on the order as it was when it began. */
export function createCorrection(app: App, order: Order, shop: () => Shop | undefined) {
  const was = kept<Kept>(app.user.id, name(order.id));
  const [base, setBase] = createSignal(was?.base ?? order);
  const [fields, set] = createStore<Corrected>(was?.fields ?? valuesOf(order));
  const [problem, setProblem] = createSignal<unknown>();
  const [busy, setBusy] = createSignal(false);
  /** What both have changed: the agent says whose it is. */
  const [clashes, setClashes] = createSignal<ReadonlySet<Unit>>(new Set());
  /** What a colleague has changed meanwhile, and was taken over. */
  const [taken, setTaken] = createSignal<ReadonlySet<Unit>>(new Set());

  const old = () => valuesOf(base());
  const changed = () => unitNames.filter((unit) => !same(fields, old(), unit));
  const save = () =>
    keep(app.user.id, name(order.id), changed().length > 0 ? { base: base(), fields } : undefined);

  /** Goes on from the order as it is now: a colleague has corrected it, or its state went on. */
  const rebase = (current: Order) => {
    if (current.version <= base().version) return;
    const before = old();
    const theirs = valuesOf(current);
    const clashing = new Set(clashes());
    const took = new Set(taken());
    for (const unit of unitNames) {
      if (same(theirs, before, unit) || same(fields, theirs, unit)) continue;
      if (same(fields, before, unit)) {
        set(copy(theirs, unit));
        took.add(unit);
      } else clashing.add(unit);
    }
    setBase(current);
    setClashes(clashing);
    setTaken(took);
    save();
  };
  const settle = (unit: Unit, theirs: boolean) => {
    if (theirs) set(copy(old(), unit));
    setClashes(new Set([...clashes()].filter((one) => one !== unit)));
    save();
  };

  const patch = (): Correction => {
    const diff = new Set(changed());
    const customer: Correction["customer"] = {};
    const cleared = (text: string) => text.trim() || null;
    if (diff.has("name")) customer.name = cleared(fields.name);
    if (diff.has("phone")) customer.phone = fields.phone;
    if (diff.has("memo")) customer.memo = cleared(fields.memo);
    if (diff.has("door")) {
      customer.address = cleared(fields.address);
      customer.addressDetail = cleared(fields.addressDetail);
      customer.location = fields.location ?? null;
    }
    return {
      version: base().version,
      reason: fields.reason.trim() || undefined,
      customer: Object.keys(customer).length > 0 ? customer : undefined,
      items: diff.has("items") ? fields.items.filter((item) => item.name.trim()).map(bare) : undefined,
      payment: diff.has("payment") ? { method: fields.method, amount: fields.amount } : undefined,
      prepMinutes: diff.has("prepMinutes") ? (fields.prepMinutes ?? null) : undefined,
      promisedAt: diff.has("promisedAt") ? (fields.promisedAt ?? null) : undefined,
      override: override() ? { reason: fields.reason.trim() } : undefined,
    };
  };
  const area = createArea(
    app,
    () => order.shop.id,
    () => (changed().includes("door") ? fields.location : undefined),
  );
  /** A rule was in the way, which the reason sets aside. */
  const override = () => {
    if (area()?.allowed === false) return true;
    const error = problem();
    const rules = ["closed_then", "out_of_area"];
    return error instanceof Problem && error.fields.some((fault) => rules.includes(fault.code ?? ""));
  };

  /** Sends it; true when the order is as it says. */
  const submit = async (): Promise<boolean> => {
    if (busy() || clashes().size > 0) return false;
    if (changed().length === 0) return true;
    setBusy(true);
    try {
      const { data, seq } = await api.correctOrder(order.id, patch());
      keep(app.user.id, name(order.id), undefined);
      const { centerId, version } = data.order;
      await app.live.caughtUp([`order/${centerId}`], seq && { ...seq, seq: version });
      return true;
    } catch (error) {
      setProblem(error);
      if (error instanceof Problem && error.code === "conflict" && error.current)
        rebase(error.current as Order);
      return false;
    } finally {
      setBusy(false);
    }
  };

  const put = (part: Partial<Corrected>) => {
    set(part);
    save();
  };
  /** The amount goes along with the items; what it was beside them (a fee, a discount) stays. */
  const putItems = (items: Line[]) => {
    const more = total(items) - total(fields.items);
    put({ items, amount: Math.max(0, fields.amount + more) });
  };
  const wrong = (field: string) => {
    const error = problem();
    const fault = error instanceof Problem ? error.field(field) : undefined;
    return fault && fieldText(fault);
  };

  return {
    fields,
    base,
    old,
    put,
    changed,
    clashes,
    taken,
    settle,
    rebase,
    problem,
    override,
    /** Why nothing is delivered to the new door, known before it is sent. */
    refused: () => areaWords(area()) ?? wrong("customer.location"),
    busy,
    wrong,
    submit,
    shop,
    total: () => total(fields.items),
    setItem: (index: number, part: Partial<Line>) =>
      putItems(fields.items.map((item, i) => (i === index ? { ...item, ...part } : item))),
    addItem: () => set("items", fields.items.length, { name: "", quantity: 1, price: 0 }),
    dropItem: (index: number) => {
      const rest = fields.items.filter((_, i) => i !== index);
      putItems(rest.length > 0 ? rest : [{ name: "", quantity: 1, price: 0 }]);
    },
    forget: () => keep(app.user.id, name(order.id), undefined),
  };
}
