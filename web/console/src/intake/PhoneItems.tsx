import { finder, type Item, searchable } from "@bros/sdk";
import { composing, inMajor, inMinor, money, type Proposal, Suggest, stepOf, t } from "@bros/ui";
import { createEffect, Index, untrack } from "solid-js";
import type { Draft, Line } from "./draft.ts";
import type { Shops } from "./shops.ts";

/** What the items are typed into: a phone order or a correction. */
export type ItemsDraft = Pick<Draft, "shop" | "setItem" | "addItem" | "dropItem" | "wrong" | "total"> & {
  fields: { items: Line[] };
};

/**
 * The items: what the shop has sold before is proposed with its price; anything else can be
 * typed. Enter goes from name to quantity to price to the next line; on an empty line it goes on.
 */
export function PhoneItems(props: { draft: ItemsDraft; shops: Shops; currency: string; onDone: () => void }) {
  const { draft } = props;
  let box!: HTMLFieldSetElement;
  const focus = (index: number, name: string) =>
    queueMicrotask(() => {
      const field = box.querySelectorAll<HTMLInputElement>(`input[name=${name}]`)[index];
      field?.focus();
      field?.select();
    });
  const menu = () => {
    const shop = draft.shop();
    return shop ? props.shops.menu(shop.id)() : [];
  };
  const proposals = (text: string): Proposal[] => {
    const fits = finder(folded(text));
    return menu()
      .filter((item) => fits(folded(item.name)) && item.name !== text)
      .map((item) => ({ id: item.name, text: item.name, note: money(item.price, props.currency) }));
  };
  const dish = (name: string) => menu().find((item) => folded(item.name) === folded(name));
  /** What is typed is a known dish, whole: its price comes with it, unless the agent typed one. */
  const asDish = (name: string, line: Line): Partial<Line> => {
    const found = dish(name);
    return found && (!line.price || line.known !== undefined) ? priced(found) : {};
  };
  /** Nobody has to look at the price: it was typed, or is that of just this dish. */
  const sure = (line: Line) =>
    line.price > 0 && (line.known === undefined || folded(line.known) === folded(line.name));
  // The menu may come after the name.
  createEffect(() => {
    if (menu().length === 0) return;
    untrack(() => {
      for (const [index, line] of draft.fields.items.entries()) {
        if (line.name && !line.price) draft.setItem(index, asDish(line.name, line));
      }
    });
  });
  const next = (index: number) => {
    if (index === draft.fields.items.length - 1) draft.addItem();
    focus(index + 1, "itemName");
  };
  const onEnter = (event: KeyboardEvent, go: () => void) => {
    if (event.key !== "Enter" || composing(event) || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    go();
  };

  return (
    <fieldset class="phone-wide phone-items" ref={box}>
      <legend>{t("phone.items")}</legend>
      <Index each={draft.fields.items}>
        {(item, index) => (
          <div class="phone-item">
            <Suggest
              class="grow"
              name="itemName"
              label={t("phone.itemName")}
              placeholder={index === 0 ? t("phone.itemName") : t("phone.itemMore")}
              value={item().name}
              required={index === 0}
              proposals={proposals(item().name)}
              invalid={
                draft.wrong("items") !== undefined || draft.wrong(`items[${index}].name`) !== undefined
              }
              onInput={(name) => draft.setItem(index, { name, ...asDish(name, item()) })}
              onTake={({ id }) => {
                const found = menu().find((candidate) => candidate.name === id);
                if (found) draft.setItem(index, { name: found.name, ...priced(found) });
                focus(index, "quantity");
              }}
              onEnter={() => {
                if (item().name.trim()) focus(index, "quantity");
                else if (index > 0) {
                  draft.dropItem(index);
                  props.onDone();
                }
              }}
            />
            <input
              class="phone-quantity"
              name="quantity"
              type="number"
              min="1"
              max="999"
              aria-label={t("phone.quantity")}
              value={item().quantity}
              onInput={(event) => draft.setItem(index, { quantity: event.currentTarget.valueAsNumber || 1 })}
              onKeyDown={(event) =>
                onEnter(event, () => (sure(item()) ? next(index) : focus(index, "price")))
              }
            />
            <input
              class="phone-price"
              name="price"
              type="number"
              min="0"
              step={stepOf(props.currency)}
              aria-label={t("phone.price")}
              placeholder={t("phone.price")}
              data-zero={item().name.trim() !== "" && item().price === 0 ? "" : undefined}
              value={item().price ? inMajor(item().price, props.currency) : ""}
              onInput={(event) =>
                draft.setItem(index, {
                  price: inMinor(event.currentTarget.valueAsNumber, props.currency),
                  known: undefined,
                })
              }
              onKeyDown={(event) => onEnter(event, () => next(index))}
            />
            <button
              type="button"
              class="quiet phone-drop"
              tabIndex={-1}
              aria-label={t("phone.dropItem", { name: item().name })}
              onClick={() => draft.dropItem(index)}
            >
              ✕
            </button>
          </div>
        )}
      </Index>
      <p class="phone-total">
        <span class="muted">{t("phone.total")}</span> <b>{money(draft.total(), props.currency)}</b>
      </p>
    </fieldset>
  );
}

/** A name as it is compared: how it is spaced, composed and cased says nothing. */
function folded(name: string): string {
  return searchable(name).replaceAll(/\s+/g, "");
}

function priced(dish: Item): Partial<Line> {
  return { price: dish.price, known: dish.name };
}
