import type { PaymentMethod } from "@bros/sdk";
import { composing, explain, Kbd, money, type Proposal, t } from "@bros/ui";
import { createEffect, createSignal, For, on, onMount, Show } from "solid-js";
import { AddressBox } from "../AddressBox.tsx";
import { useApp } from "../app.ts";
import { Caller } from "./Caller.tsx";
import type { Draft } from "./draft.ts";
import { Text, Wrong } from "./fields.tsx";
import { PhoneItems } from "./PhoneItems.tsx";
import { PinMap } from "./PinMap.tsx";
import { ShopField } from "./ShopField.tsx";
import type { Shops } from "./shops.ts";
import { WhenField } from "./WhenField.tsx";

interface Props {
  draft: Draft;
  /** When a call opened the form by itself: a key of that moment was meant for what was there before. */
  poppedAt?: number;
  shops: Shops;
  /** Put aside: what is typed stays. */
  onClose: () => void;
  onDrop: () => void;
  onPlaced: (orderId: string) => void;
}

/** Until somebody can have seen what has opened. */
const readFirstMs = 800;
const methods: PaymentMethod[] = ["card", "cash", "prepaid"];

/**
 * An order by phone in one pass of the keyboard: number ⏎ shop ⏎ items ⏎ payment ⏎ address ⏎.
 * A known caller's name and first address are taken by that first Enter; Alt and a digit take
 * another address, the shop field proposes what was ordered before, Ctrl+Enter is done at once.
 */
export function PhoneOrder(props: Props) {
  const app = useApp();
  const { draft, shops } = props;
  let form!: HTMLFormElement;
  const [focusPin, setFocusPin] = createSignal<() => void>();
  /** The pin was set by hand since an address was taken. */
  const [pinned, setPinned] = createSignal(false);
  const currency = () => draft.centerOf()?.currency ?? "KRW";
  const zone = () => draft.centerOf()?.timezone ?? "Asia/Seoul";
  const home = () =>
    draft.centerOf()?.location ?? app.centers()[0]?.location ?? { lat: 37.5145, lng: 127.1059 };

  const focus = (name: string) =>
    queueMicrotask(() => {
      const field = form.querySelector<HTMLElement>(
        name === "method" ? "input[name=method]:checked" : `[name=${name}]`,
      );
      field?.focus();
      if (field instanceof HTMLInputElement && field.type !== "radio") field.select();
    });
  // Where something is left to say: one that was put aside is gone on with there.
  const gap = () => {
    const { name, shopId, items, address, location } = draft.fields;
    if (!name && !shopId && !address) return "phone";
    if (!shopId) return "shop";
    if (!items.some((item) => item.name)) return "itemName";
    return address || location ? "place" : "address";
  };
  onMount(() => focus(gap()));
  const place = async () => {
    const id = await draft.submit();
    if (id) props.onPlaced(id);
  };
  // The first field with a fault gets the focus, so that one key is enough to mend it.
  createEffect(
    on(draft.problem, (problem) => {
      if (!problem) return;
      // What a rule forbids needs a reason alone.
      if (draft.asksOverride()) focus("override");
      else queueMicrotask(() => form.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
    }),
  );

  // Enter never waits for the look-up: what is typed next would land in the number. An answer
  // that comes late fills in what is empty, and leaves the focus where the agent is.
  const afterPhone = async () => {
    const number = draft.fields.phone;
    const there = draft.takeCustomer();
    focus(there ? "shop" : "name");
    if (there || draft.known()) return;
    await draft.lookUp();
    if (draft.fields.phone !== number || !draft.takeCustomer()) return;
    const name = form.querySelector<HTMLInputElement>("input[name=name]");
    if (document.activeElement === name) name?.select(); // typing writes over it
  };
  const afterPayment = () => focus(draft.fields.address ? "place" : "address");
  const repeat = (index: number) => {
    const order = draft.known()?.orders[index];
    if (order && draft.repeat(order)) focus("method");
  };

  const addressProposals = (): Proposal[] =>
    (draft.known()?.addresses ?? []).map((door, index) => ({
      id: String(index),
      text: `${door.address ?? ""} ${door.addressDetail ?? ""}`,
    }));

  const onKeyDown = (event: KeyboardEvent) => {
    if (composing(event)) return;
    const justPopped = Date.now() - (props.poppedAt ?? 0) < readFirstMs;
    if (justPopped && event.key.length === 1 && !event.altKey && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      return;
    }
    const digit = /^Digit([1-9])$/.exec(event.code)?.[1];
    if (event.altKey && digit) {
      event.preventDefault();
      draft.takeAddress(Number(digit) - 1);
    } else if (event.altKey && event.code === "KeyM") {
      event.preventDefault();
      focusPin()?.();
    } else if (event.altKey && event.code === "KeyT") {
      event.preventDefault();
      focus("when");
    } else if (event.altKey && event.code === "KeyP") {
      event.preventDefault();
      props.onClose();
    } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      event.stopPropagation();
      void place();
    }
  };
  const onEnter = (event: KeyboardEvent, go: () => void) => {
    if (event.key !== "Enter" || composing(event) || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    go();
  };

  return (
    <>
      <form
        ref={form}
        class="panel phone-order"
        data-testid="phone-order"
        autocomplete="off"
        onKeyDown={onKeyDown}
        onSubmit={(event) => {
          event.preventDefault();
          void place();
        }}
      >
        <header>
          <h2 class="grow">{t("intake.newPhoneOrder")}</h2>
          <span class="small muted phone-hint">{t("phone.keys")}</span>
          <button type="button" class="quiet small" onClick={() => props.onDrop()}>
            {t("phone.drop")}
          </button>
          <button
            type="button"
            class="quiet"
            aria-label={t("phone.aside")}
            title={`${t("phone.aside")} (Alt P)`}
            onClick={() => props.onClose()}
          >
            ✕
          </button>
        </header>
        <div class="panel-body phone-grid">
          <label class="field">
            <span>{t("phone.number")}</span>
            <input
              name="phone"
              type="tel"
              class="phone-number"
              required
              maxlength="30"
              value={draft.fields.phone}
              aria-invalid={draft.wrong("customer.phone") !== undefined}
              onInput={(event) => draft.setPhone(event.currentTarget.value)}
              onKeyDown={(event) => onEnter(event, afterPhone)}
            />
            <Wrong text={draft.wrong("customer.phone")} />
          </label>
          <Text
            name="name"
            label={t("phone.name")}
            value={draft.fields.name}
            onInput={(name) => draft.set("name", name)}
            onEnter={() => focus("shop")}
            wrong={draft.wrong("customer.name")}
          />
          <ShopField
            draft={draft}
            shops={shops}
            zone={zone()}
            currency={currency()}
            onRepeat={repeat}
            onDone={() => focus("itemName")}
          />
          <PhoneItems draft={draft} shops={shops} currency={currency()} onDone={() => focus("method")} />
          <Wrong text={draft.wrong("items")} />
          <fieldset class="phone-wide phone-pay">
            <legend>{t("phone.payment")}</legend>
            <For each={methods}>
              {(method, index) => (
                <label class="phone-method">
                  <input
                    type="radio"
                    name="method"
                    value={method}
                    checked={draft.fields.method === method}
                    onChange={() => draft.set("method", method)}
                    onKeyDown={(event) => {
                      const digit = Number(event.key);
                      const chosen = methods[digit - 1];
                      if (chosen && !event.altKey) {
                        draft.set("method", chosen);
                        focus("method");
                      } else onEnter(event, afterPayment);
                    }}
                  />
                  <span>{t(`pay.${method}`)}</span>
                  <Kbd>{index() + 1}</Kbd>
                </label>
              )}
            </For>
          </fieldset>
          <div class="field phone-wide">
            <span>{t("phone.address")}</span>
            <AddressBox
              name="address"
              label={t("phone.address")}
              value={draft.fields.address}
              centerId={draft.centerOf()?.id}
              known={addressProposals()}
              invalid={(draft.wrong("customer.address") ?? draft.refused()) !== undefined}
              required={!draft.fields.location}
              pinned={pinned()}
              // Another address is another place: the pin of the old one would lead the rider astray.
              onInput={(address) => draft.set({ address, location: undefined })}
              onKnown={({ id }) => {
                draft.takeAddress(Number(id));
                focus("place");
              }}
              onTake={(found, rough) => {
                const addressDetail = found.rest || draft.fields.addressDetail;
                const location = found.location && { ...found.location };
                draft.set({ address: found.short ?? found.label, addressDetail, location });
                setPinned(false);
                if (rough) focusPin()?.();
                else focus(found.rest ? "place" : "addressDetail");
              }}
              onEnter={() => focus("addressDetail")}
            />
            <Wrong text={draft.wrong("customer.address")} />
            <p class="area-says" role="status" data-testid="area">
              <Show when={draft.refused()}>{(why) => <strong class="field-error">⛔ {why()}</strong>}</Show>
              <Show when={!draft.refused() && draft.area()?.extraMinutes}>
                {(n) => (
                  <span class="small muted">
                    {t("area.extra", { name: draft.area()?.zoneName ?? "", n: n() })}
                  </span>
                )}
              </Show>
            </p>
          </div>
          <Text
            name="addressDetail"
            label={t("phone.detail")}
            value={draft.fields.addressDetail}
            onInput={(addressDetail) => draft.set({ addressDetail })}
            onEnter={() => focus("memo")}
          />
          <Text
            name="memo"
            label={t("phone.memo")}
            value={draft.fields.memo}
            onInput={(memo) => draft.set({ memo })}
            onEnter={() => focus("place")}
          />
          <WhenField
            label={t("phone.when")}
            at={draft.fields.promisedAt}
            zone={zone()}
            preorderMinutes={draft.centerOf()?.preorderMinutes ?? 90}
            onChange={(promisedAt) => draft.set({ promisedAt })}
            onEnter={() => focus("place")}
            wrong={draft.wrong("promisedAt")}
          />
          <Show when={draft.asksOverride()}>
            <Text
              name="override"
              label={t("phone.override")}
              value={draft.fields.override}
              onInput={(override) => draft.set({ override })}
              onEnter={() => void place()}
              wrong={draft.wrong("override.reason")}
            />
          </Show>
        </div>
        <footer class="order-deeds">
          <Show when={draft.askZero()}>
            <p class="zero-ask" role="alert">
              {t("phone.zero", { amount: money(0, currency()) })}
            </p>
          </Show>
          <Show when={draft.problem()}>
            <p class="field-error" role="alert">
              {explain(draft.problem())}
            </p>
          </Show>
          <div class="line">
            <label class="line grow">
              <input
                type="checkbox"
                name="accept"
                checked={draft.fields.accept}
                onChange={(event) => draft.set("accept", event.currentTarget.checked)}
              />
              {t("phone.acceptNow")}
            </label>
            <button type="submit" name="place" class="primary accept" disabled={draft.busy()}>
              {t("phone.submit")} <Kbd>⏎</Kbd>
            </button>
          </div>
        </footer>
      </form>
      <div class="phone-side">
        <Caller
          draft={draft}
          onAddress={(index) => {
            draft.takeAddress(index);
            focus("shop");
          }}
          onRepeat={repeat}
        />
        <section class="panel phone-map">
          <header>
            <h2 class="grow">{t("phone.map")}</h2>
            <Show when={draft.fields.location} fallback={<span class="small muted">{t("phone.noPin")}</span>}>
              <button type="button" class="quiet small" onClick={() => draft.set("location", undefined)}>
                {t("phone.dropPin")}
              </button>
            </Show>
            <button type="button" class="small" onClick={() => focusPin()?.()}>
              {t("phone.setPin")} <Kbd>Alt M</Kbd>
            </button>
          </header>
          <PinMap
            home={home()}
            shop={
              draft.shop()
                ? { name: draft.shop()?.name ?? "", at: draft.shop()?.location ?? home() }
                : undefined
            }
            door={draft.fields.location}
            refused={draft.refused()}
            onPin={(location) => {
              setPinned(true);
              draft.set({ location });
            }}
            focusPin={(act) => setFocusPin(() => act)}
          />
        </section>
      </div>
    </>
  );
}
