import type { Order, PaymentMethod, Shop } from "@bros/sdk";
import { composing, explain, inMajor, inMinor, Kbd, money, phone, stepOf, t, tell } from "@bros/ui";
import { createEffect, createSignal, For, type JSX, on, onCleanup, onMount, Show } from "solid-js";
import { AddressBox } from "../AddressBox.tsx";
import { currencyOf, useApp } from "../app.ts";
import { type Corrected, createCorrection, setInHand, type Unit } from "./correction.ts";
import { Text, Wrong } from "./fields.tsx";
import { PhoneItems } from "./PhoneItems.tsx";
import { PinMap } from "./PinMap.tsx";
import type { Shops } from "./shops.ts";
import { WhenField, whenText } from "./WhenField.tsx";

const methods: PaymentMethod[] = ["card", "cash", "prepaid"];

/**
 * What the customer called about, changed in the open order: what was stands beside what is. Enter
 * in a line sends it. Where a colleague changed the same thing meanwhile, the agent says whose it is.
 */
export function CorrectOrder(props: {
  order: Order;
  shop?: Shop;
  shops: Shops;
  zone: string;
  /** It is sent, or left; what is typed stays unless it was sent or thrown away. */
  onDone: () => void;
}) {
  const app = useApp();
  const first = props.order;
  const draft = createCorrection(app, first, () => props.shop);
  const [focusPin, setFocusPin] = createSignal<() => void>();
  /** The pin was set by hand since an address was taken. */
  const [pinned, setPinned] = createSignal(false);
  let form!: HTMLFormElement;
  const currency = () => currencyOf(app, draft.base());
  const focus = (name: string) =>
    queueMicrotask(() => {
      const field = form.querySelector<HTMLInputElement>(`[name=${name}]`);
      field?.focus();
      if (field?.type !== "radio") field?.select();
    });
  onMount(() => focus("address"));
  onCleanup(() => setInHand(undefined));
  createEffect(() => setInHand(draft.changed().length > 0 ? first.id : undefined));
  // What a colleague does to the order meanwhile is seen at once, not when this one is sent.
  createEffect(
    on(
      () => props.order.version,
      () => props.order.id === first.id && draft.rebase(props.order),
    ),
  );

  const send = async () => {
    if (draft.clashes().size > 0) {
      form.querySelector<HTMLElement>(".clash button")?.focus();
      return;
    }
    const fields = draft.changed();
    if (!(await draft.submit())) {
      if (draft.override()) focus("reason");
      else queueMicrotask(() => form.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
      return;
    }
    if (fields.length > 0) tell(t("correct.done", { number: first.number }));
    props.onDone();
  };
  const throwAway = () => {
    draft.forget();
    props.onDone();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.altKey && event.code === "KeyM") {
      event.preventDefault();
      focusPin()?.();
    } else if (event.altKey && event.code === "KeyT") {
      event.preventDefault();
      focus("when");
    } else if (event.altKey && event.code === "KeyP") {
      event.preventDefault();
      props.onDone();
    } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !composing(event)) {
      event.preventDefault();
      event.stopPropagation();
      void send();
    }
  };
  const put = <K extends keyof Corrected>(field: K, value: Corrected[K]) =>
    draft.put({ [field]: value } as Partial<Corrected>);

  return (
    <form
      ref={form}
      class="correct"
      data-testid="correct"
      autocomplete="off"
      onKeyDown={onKeyDown}
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <div class="panel-body phone-grid">
        <Part draft={draft} unit="door" zone={props.zone} wide>
          <div class="field">
            <span>{t("phone.address")}</span>
            <AddressBox
              name="address"
              label={t("phone.address")}
              value={draft.fields.address}
              centerId={draft.base().centerId}
              pinned={pinned()}
              invalid={(draft.wrong("customer.address") ?? draft.refused()) !== undefined}
              // Another address is another place: the old pin would lead the rider astray.
              onInput={(address) => draft.put({ address, location: undefined })}
              onTake={(found, rough) => {
                const addressDetail = found.rest || draft.fields.addressDetail;
                const location = found.location && { ...found.location };
                draft.put({ address: found.short ?? found.label, addressDetail, location });
                setPinned(false);
                if (rough) focusPin()?.();
                else focus("addressDetail");
              }}
              onEnter={() => focus("addressDetail")}
            />
            <Wrong text={draft.wrong("customer.address") ?? draft.refused()} />
          </div>
          <Text
            name="addressDetail"
            label={t("phone.detail")}
            value={draft.fields.addressDetail}
            onInput={(text) => put("addressDetail", text)}
            wrong={draft.wrong("customer.addressDetail")}
          />
        </Part>
        <Part draft={draft} unit="phone" zone={props.zone}>
          <Text
            name="phone"
            label={t("phone.number")}
            value={draft.fields.phone}
            onInput={(text) => put("phone", text)}
            wrong={draft.wrong("customer.phone")}
          />
        </Part>
        <Part draft={draft} unit="name" zone={props.zone}>
          <Text
            name="name"
            label={t("phone.name")}
            value={draft.fields.name}
            onInput={(text) => put("name", text)}
            wrong={draft.wrong("customer.name")}
          />
        </Part>
        <Part draft={draft} unit="memo" zone={props.zone} wide>
          <Text
            name="memo"
            label={t("phone.memo")}
            value={draft.fields.memo}
            onInput={(text) => put("memo", text)}
            wrong={draft.wrong("customer.memo")}
          />
        </Part>
        <Part draft={draft} unit="items" zone={props.zone} wide>
          <PhoneItems
            draft={draft}
            shops={props.shops}
            currency={currency()}
            onDone={() => focus("amount")}
          />
          <Wrong text={draft.wrong("items")} />
        </Part>
        <Part draft={draft} unit="payment" zone={props.zone} wide>
          <div class="line wrap">
            <label class="field">
              <span>{t("phone.payment")}</span>
              <select
                name="method"
                value={draft.fields.method}
                onChange={(event) => put("method", event.currentTarget.value as PaymentMethod)}
              >
                <For each={methods}>{(method) => <option value={method}>{t(`pay.${method}`)}</option>}</For>
              </select>
            </label>
            <label class="field">
              <span>{t("correct.amount")}</span>
              <input
                name="amount"
                type="number"
                min="0"
                step={stepOf(currency())}
                value={inMajor(draft.fields.amount, currency())}
                onInput={(event) => put("amount", inMinor(event.currentTarget.valueAsNumber, currency()))}
              />
            </label>
          </div>
          <Wrong text={draft.wrong("payment") ?? draft.wrong("payment.amount")} />
        </Part>
        <Show when={draft.base().prepMinutes !== undefined}>
          <Part draft={draft} unit="prepMinutes" zone={props.zone} wide>
            <label class="field">
              <span>{t("intake.prep")}</span>
              <input
                name="prepMinutes"
                type="number"
                min="0"
                max="600"
                value={draft.fields.prepMinutes ?? ""}
                aria-invalid={draft.wrong("prepMinutes") !== undefined}
                onInput={(event) => put("prepMinutes", event.currentTarget.valueAsNumber || 0)}
              />
              <Wrong text={draft.wrong("prepMinutes")} />
            </label>
          </Part>
        </Show>
        <Part draft={draft} unit="promisedAt" zone={props.zone} wide>
          <WhenField
            label={t("phone.when")}
            at={draft.fields.promisedAt}
            zone={props.zone}
            preorderMinutes={app.centers().find((c) => c.id === first.centerId)?.preorderMinutes ?? 90}
            onChange={(at) => put("promisedAt", at)}
            onEnter={() => void send()}
            wrong={draft.wrong("promisedAt") ?? draft.wrong("shopId")}
          />
        </Part>
        <div class="phone-wide">
          <Text
            name="reason"
            label={draft.override() ? t("phone.override") : t("correct.reason")}
            value={draft.fields.reason}
            onInput={(text) => put("reason", text)}
            wrong={draft.wrong("override.reason")}
          />
        </div>
      </div>
      <footer class="order-deeds">
        <Show when={draft.problem()}>
          <p class="field-error" role="alert">
            {draft.taken().size > 0 || draft.clashes().size > 0
              ? t("correct.meanwhile")
              : explain(draft.problem())}
          </p>
        </Show>
        <p class="small muted" aria-live="polite">
          {draft.changed().length > 0
            ? t("correct.what", {
                fields: draft
                  .changed()
                  .map((unit) => t(`unit.${unit}`))
                  .join(", "),
              })
            : t("correct.nothing")}
        </p>
        <div class="line">
          <button
            type="submit"
            class="primary accept"
            disabled={draft.busy() || draft.changed().length === 0}
          >
            {t("correct.send")} <Kbd>⏎</Kbd>
          </button>
          <button type="button" onClick={() => props.onDone()}>
            {t("phone.aside")} <Kbd>Alt P</Kbd>
          </button>
          <span class="grow" />
          <button type="button" class="quiet" onClick={throwAway}>
            {t("phone.drop")}
          </button>
          <button type="button" class="quiet" onClick={() => focusPin()?.()}>
            {t("phone.setPin")} <Kbd>Alt M</Kbd>
          </button>
        </div>
      </footer>
      <PinMap
        home={props.shop?.location ?? draft.fields.location ?? { lat: 37.5145, lng: 127.1059 }}
        shop={props.shop && { name: props.shop.name, at: props.shop.location }}
        door={draft.fields.location}
        refused={draft.refused()}
        onPin={(location) => {
          setPinned(true);
          put("location", location);
        }}
        focusPin={(act) => setFocusPin(() => act)}
      />
    </form>
  );
}

/** One thing that can be corrected: what it was, and what a colleague has made of it meanwhile. */
function Part(props: {
  draft: ReturnType<typeof createCorrection>;
  unit: Unit;
  zone: string;
  wide?: boolean;
  children: JSX.Element;
}) {
  const app = useApp();
  const { draft } = props;
  const currency = () => currencyOf(app, draft.base());
  const words = (): string => {
    const was = draft.old();
    switch (props.unit) {
      case "phone":
        return phone(was.phone);
      case "door":
        return [was.address, was.addressDetail, was.location && !draft.fields.location && t("correct.pinned")]
          .filter(Boolean)
          .join(" ");
      case "items":
        return was.items.map((item) => `${item.name} ×${item.quantity}`).join(", ");
      case "payment":
        return `${t(`pay.${was.method}`)} ${money(was.amount, currency())}`;
      case "prepMinutes":
        return t("intake.minutes", { n: was.prepMinutes ?? 0 });
      case "promisedAt":
        return was.promisedAt ? whenText(Date.parse(was.promisedAt), props.zone) : t("when.soon");
      default:
        return was[props.unit];
    }
  };
  const isChanged = () => draft.changed().includes(props.unit);
  return (
    <div
      class="correct-part"
      classList={{ "phone-wide": props.wide }}
      data-changed={isChanged()}
      data-unit={props.unit}
    >
      {props.children}
      <Show
        when={draft.clashes().has(props.unit)}
        fallback={
          <Show when={isChanged()}>
            <p class="correct-was small">
              {t("correct.was")} <del>{words() || t("correct.empty")}</del>
            </p>
          </Show>
        }
      >
        <p class="clash" role="alert">
          <span class="grow">
            {t("correct.theirs")} <b>{words() || t("correct.empty")}</b>
          </span>
          <button type="button" class="small" onClick={() => draft.settle(props.unit, true)}>
            {t("correct.takeTheirs")}
          </button>
          <button type="button" class="small" onClick={() => draft.settle(props.unit, false)}>
            {t("correct.keepMine")}
          </button>
        </p>
      </Show>
      <Show when={draft.taken().has(props.unit)}>
        <p class="small correct-taken" role="status">
          {t("correct.taken")}
        </p>
      </Show>
    </div>
  );
}
