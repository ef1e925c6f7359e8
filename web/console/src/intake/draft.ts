import {
  type CustomerAnswer,
  type Item,
  newKey,
  normalizePhone,
  type Order,
  type PaymentMethod,
  Problem,
  type Shop,
} from "@bros/sdk";
import { complain, fieldText, t, tell } from "@bros/ui";
import type { Place } from "@bros/ui/map";
import { createSignal, onCleanup } from "solid-js";
import { createStore } from "solid-js/store";
import { type App, api } from "../app.ts";
import { areaWords, createArea } from "./area.ts";
import type { Shops } from "./shops.ts";

interface Fields {
  phone: string;
  name: string;
  address: string;
  addressDetail: string;
  memo: string;
  location?: Place;
  shopText: string;
  shopId?: string;
  items: Line[];
  method: PaymentMethod;
  accept: boolean;
  /** When it is wanted; else as soon as it is ready. */
  promisedAt?: string;
  /** Why it is taken although a rule forbids it. */
  override: string;
}

/** An item while it is typed; `known` is the dish that its price is of, where nobody typed it. */
export interface Line extends Item {
  known?: string;
}

type Filled = Partial<Pick<Fields, "name" | "address" | "addressDetail" | "memo" | "location">>;

/** A draft as the tab keeps it. */
export interface KeptDraft {
  id: string;
  since: number;
  fields: Fields;
  filled: Filled;
}

const emptyItem: Line = { name: "", quantity: 1, price: 0 };
/** What staff may set aside with a reason: a shop's hours, for one. */
const overridable = new Set(["closed_then", "out_of_area"]);
/** A number is looked up by itself as soon as it can be whole. */
const wholeNumber = /^(01\d{8,9}|02\d{7,8}|0\d{9,10}|1\d{7})$/;

export type Draft = ReturnType<typeof createDraft>;

/** A phone order while it is typed; `was` is what the tab has kept of it. */
export function createDraft(app: App, shops: Shops, was?: KeptDraft) {
  // The order carries it, so that the same one is never placed twice, whatever answer was lost.
  const id = was?.id ?? newKey();
  const since = was?.since ?? Date.now();
  const [fields, set] = createStore<Fields>({
    phone: "",
    name: "",
    address: "",
    addressDetail: "",
    memo: "",
    shopText: "",
    items: [{ ...emptyItem }],
    method: "card",
    accept: true,
    override: "",
    ...was?.fields,
  });
  const [known, setKnown] = createSignal<CustomerAnswer>();
  const [busy, setBusy] = createSignal(false);
  const [problem, setProblem] = createSignal<unknown>();
  /** The items for which the agent has been asked whether they cost nothing. */
  const [zeroAsked, setZeroAsked] = createSignal("");
  let asked = "";
  let asking: AbortController | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  onCleanup(() => {
    clearTimeout(timer);
    asking?.abort();
  });

  const digits = () => normalizePhone(fields.phone) ?? fields.phone.replace(/\D/g, "");
  const shop = (): Shop | undefined => shops.get(fields.shopId);

  /** Looks the caller up; the answer comes at once when this number has been asked for. */
  const lookUp = async (): Promise<CustomerAnswer | undefined> => {
    clearTimeout(timer);
    const number = digits();
    if (number.length < 7) return undefined;
    if (asked === number && known()) return known();
    asked = number;
    asking?.abort();
    asking = new AbortController();
    try {
      const { data } = await api.customer(number, asking.signal);
      if (digits() !== number) return undefined;
      setKnown(data);
      return data;
    } catch {
      if (asked === number) asked = "";
      return undefined; // an order can be taken from a stranger too
    }
  };
  // What a known caller filled in, by field; what was typed over it since is the agent's own.
  const [filled, setFilled] = createSignal<Filled>(was?.filled ?? {});
  /** Takes back what another number's customer filled in: B's order must not go to A's door. */
  const takeBack = () => {
    const { name, memo, address, addressDetail, location } = filled();
    if (name && fields.name === name) set("name", "");
    if (memo && fields.memo === memo) set("memo", "");
    if (addressDetail && fields.addressDetail === addressDetail) set("addressDetail", "");
    if (address !== undefined && fields.address === address) set("address", "");
    if (location && samePlace(fields.location, location)) set("location", undefined);
    setFilled({});
  };
  const setPhone = (text: string) => {
    const before = digits();
    set("phone", text);
    if (digits() !== before) takeBack();
    if (digits() !== known()?.phone) setKnown(undefined);
    clearTimeout(timer);
    if (wholeNumber.test(digits())) timer = setTimeout(lookUp, 150);
  };
  const takeAddress = (index: number) => {
    const door = known()?.addresses[index];
    if (!door) return false;
    const { address = "", addressDetail = "" } = door;
    const location = door.location && { ...door.location };
    set({ address, addressDetail, location, memo: door.memo ?? fields.memo });
    setFilled((before) => ({
      name: before.name,
      address,
      addressDetail,
      location: location && { ...location },
      memo: door.memo ?? before.memo,
    }));
    return true;
  };
  /** Takes the known caller's name and first address, where nothing is typed yet. */
  const takeCustomer = () => {
    const customer = known();
    if (!customer) return false;
    if (!fields.name) {
      const name = customer.names[0] ?? "";
      setFilled((before) => ({ ...before, name }));
      set("name", name);
    }
    if (!fields.address) takeAddress(0);
    return customer.names.length > 0 || customer.addresses.length > 0;
  };
  const takeShop = (next: Shop) => {
    set({ shopId: next.id, shopText: next.name });
    shops.menu(next.id); // begin to read what it sells
  };
  /** The same again: shop and items of an earlier order. */
  const repeat = (order: Order) => {
    const again = shops.get(order.shop.id);
    if (!again) return false;
    takeShop(again);
    set(
      "items",
      order.items.map((item) => ({ ...item })),
    );
    if (order.payment.method !== "prepaid") set("method", order.payment.method);
    return true;
  };
  const centerOf = () => {
    const id = shop()?.centerId ?? app.chosen()[0];
    return app.centers().find((center) => center.id === id);
  };
  const total = () => fields.items.reduce((sum, item) => sum + item.quantity * item.price, 0);
  const wrong = (field: string) => {
    const error = problem();
    const fault = error instanceof Problem ? error.field(field) : undefined;
    return fault && fieldText(fault);
  };

  const area = createArea(
    app,
    () => shop()?.id,
    () => fields.location,
  );
  /** A rule was in the way that staff may set aside, with a reason. */
  const asksOverride = () => {
    const error = problem();
    return (
      fields.override !== "" ||
      area()?.allowed === false ||
      (error instanceof Problem && error.fields.some((fault) => overridable.has(fault.code ?? "")))
    );
  };

  /** Places the order; the answer is its id. */
  const submit = async (): Promise<string | undefined> => {
    const target = shop();
    if (!target) {
      setProblem(
        new Problem("validation", 422, { errors: [{ field: "shopId", message: t("phone.needShop") }] }),
      );
      return undefined;
    }
    if (busy()) return undefined;
    const lines = JSON.stringify(fields.items);
    if (total() === 0 && zeroAsked() !== lines) {
      setZeroAsked(lines);
      return undefined;
    }
    setBusy(true);
    try {
      const { data, status, seq } = await api.createOrder(
        {
          shopId: target.id,
          channel: "phone",
          externalId: id,
          customer: {
            name: fields.name.trim(),
            phone: fields.phone,
            address: fields.address.trim(),
            addressDetail: fields.addressDetail.trim(),
            location: fields.location,
            memo: fields.memo.trim(),
          },
          items: fields.items
            .filter((item) => item.name.trim())
            .map(({ name, quantity, price }) => ({ name: name.trim(), quantity, price })),
          payment: { method: fields.method, amount: total() },
          promisedAt: fields.promisedAt,
          override: asksOverride() && fields.override.trim() ? { reason: fields.override.trim() } : undefined,
          accept: fields.accept || undefined,
        },
        // A key for each press: what was mended after a lost answer is not the same request.
        newKey(),
      );
      await app.live.caughtUp([`order/${data.order.centerId}`], seq && { ...seq, seq: data.order.version });
      if (status === 200) complain(t("phone.wasPlaced", { number: data.order.number }));
      else tell(t("phone.done", { number: data.order.number }));
      setProblem(undefined);
      return data.order.id;
    } catch (error) {
      setProblem(error);
      return undefined;
    } finally {
      setBusy(false);
    }
  };

  if (was && wholeNumber.test(digits())) void lookUp();

  return {
    id,
    since,
    fields,
    set,
    kept: (): KeptDraft => ({
      id,
      since,
      fields: JSON.parse(JSON.stringify(fields)),
      filled: filled(),
    }),
    /** It costs nothing, and the agent is asked whether that is right. */
    asksOverride,
    area,
    /** Why nothing is delivered to the door, known before the order is sent. */
    refused: () => areaWords(area()) ?? wrong("customer.location"),
    askZero: () => total() === 0 && zeroAsked() === JSON.stringify(fields.items),
    known,
    busy,
    problem,
    wrong,
    shop,
    centerOf,
    total,
    setPhone,
    lookUp,
    takeAddress,
    takeCustomer,
    takeShop,
    repeat,
    submit,
    setItem: (index: number, part: Partial<Line>) => set("items", index, part),
    addItem: () => set("items", fields.items.length, { ...emptyItem }),
    dropItem: (index: number) => {
      const rest = fields.items.filter((_, i) => i !== index);
      set("items", rest.length > 0 ? rest : [{ ...emptyItem }]);
    },
    /** Something is typed that would be lost. */
    dirty: () =>
      Boolean(fields.phone || fields.name || fields.shopText || fields.address || fields.memo) ||
      fields.items.some((item) => item.name),
  };
}

function samePlace(a: Place | undefined, b: Place | undefined): boolean {
  return a?.lat === b?.lat && a?.lng === b?.lng;
}
