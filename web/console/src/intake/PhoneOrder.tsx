import {
  type CustomerAddress,
  type CustomerAnswer,
  type Item,
  newKey,
  type PaymentMethod,
  Problem,
  type Shop,
} from "@bros/sdk";
import { explain, money, t, tell } from "@bros/ui";
import { createSignal, For, Index, Show } from "solid-js";
import { api, useApp } from "../app.ts";
import { Text, Wrong } from "./fields.tsx";

interface Props {
  shops: Shop[];
  onClose: () => void;
  onPlaced: (orderId: string) => void;
}

const emptyItem: Item = { name: "", quantity: 1, price: 0 };

/** An order by phone, from the caller's number on, in one pass of the keyboard. */
export function PhoneOrder(props: Props) {
  const app = useApp();
  const [known, setKnown] = createSignal<CustomerAnswer>();
  const [phone, setPhone] = createSignal("");
  const [name, setName] = createSignal("");
  const [address, setAddress] = createSignal<Partial<CustomerAddress>>({});
  const [shopText, setShopText] = createSignal("");
  const [items, setItems] = createSignal<Item[]>([{ ...emptyItem }]);
  const [method, setMethod] = createSignal<PaymentMethod>("card");
  const [accept, setAccept] = createSignal(true);
  const [busy, setBusy] = createSignal(false);
  const [problem, setProblem] = createSignal<unknown>();
  // The same press twice, or a lost answer, is one order.
  const key = newKey();

  const shop = () => {
    const text = shopText().trim();
    return (
      props.shops.find((candidate) => candidate.name === text) ??
      (text ? only(props.shops.filter((candidate) => candidate.name.includes(text))) : undefined)
    );
  };
  const total = () => items().reduce((sum, item) => sum + item.quantity * item.price, 0);
  const wrong = (field: string) => {
    const error = problem();
    return error instanceof Problem ? error.field(field) : undefined;
  };
  const setItem = (index: number, part: Partial<Item>) =>
    setItems(items().map((item, i) => (i === index ? { ...item, ...part } : item)));
  const currency = () => {
    const centerId = shop()?.centerId ?? app.chosen()[0];
    return app.centers().find((center) => center.id === centerId)?.currency ?? "KRW";
  };

  const lookUp = async () => {
    const digits = phone().replace(/\D/g, "");
    if (digits.length < 4) return;
    try {
      const { data } = await api.customer(digits);
      setKnown(data);
      if (!name()) setName(data.names[0] ?? "");
      if (!address().address && data.addresses[0]) setAddress({ ...data.addresses[0] });
    } catch {
      setKnown(undefined);
    }
  };

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const target = shop();
    if (!target) {
      setProblem(
        new Problem("validation", 422, { errors: [{ field: "shopId", message: t("phone.needShop") }] }),
      );
      return;
    }
    setBusy(true);
    setProblem(undefined);
    try {
      const { data, seq } = await api.createOrder(
        {
          shopId: target.id,
          channel: "phone",
          customer: {
            name: name().trim(),
            phone: phone(),
            address: address().address?.trim(),
            addressDetail: address().addressDetail?.trim(),
            location: address().location,
            memo: address().memo?.trim(),
          },
          items: items().filter((item) => item.name.trim()),
          payment: { method: method(), amount: total() },
          accept: accept() || undefined,
        },
        key,
      );
      await app.live.caughtUp([`order/${data.order.centerId}`], seq && { ...seq, seq: data.order.version });
      tell(t("phone.done", { number: data.order.number }));
      props.onPlaced(data.order.id);
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };

  return (
    <form class="panel phone-order" data-testid="phone-order" onSubmit={submit} autocomplete="off">
      <header>
        <h2 class="grow">{t("intake.newPhoneOrder")}</h2>
        <button type="button" class="quiet" aria-label={t("app.close")} onClick={() => props.onClose()}>
          ✕
        </button>
      </header>
      <div class="panel-body phone-grid">
        <label class="field">
          <span>{t("phone.number")}</span>
          <input
            name="phone"
            type="tel"
            required
            maxlength="30"
            value={phone()}
            aria-invalid={wrong("customer.phone") !== undefined}
            onInput={(event) => setPhone(event.currentTarget.value)}
            onChange={lookUp}
            onKeyDown={(event) => {
              if (event.key !== "Enter") return;
              event.preventDefault();
              lookUp();
              document.querySelector<HTMLInputElement>("input[name=name]")?.focus();
            }}
          />
          <Wrong text={wrong("customer.phone")} />
        </label>
        <p class="small muted phone-known">
          <Show when={known()} fallback={t("phone.lookup")}>
            {(customer) =>
              customer().orders.length > 0
                ? t("phone.known", { n: customer().orders.length })
                : t("phone.unknown")
            }
          </Show>
        </p>
        <Show when={(known()?.addresses.length ?? 0) > 1}>
          <div class="line wrap phone-wide">
            <For each={known()?.addresses}>
              {(door) => (
                <button
                  type="button"
                  aria-pressed={
                    address().address === door.address && address().addressDetail === door.addressDetail
                  }
                  onClick={() => setAddress({ ...door })}
                >
                  {door.address} {door.addressDetail}
                </button>
              )}
            </For>
          </div>
        </Show>
        <Text
          name="name"
          label={t("phone.name")}
          value={name()}
          onInput={setName}
          wrong={wrong("customer.name")}
        />
        <Text
          name="address"
          label={t("phone.address")}
          value={address().address ?? ""}
          // Another address is another place: the pin of the old one would lead the rider astray.
          onInput={(text) => setAddress({ ...address(), address: text, location: undefined })}
          wrong={wrong("customer.address")}
          required
        />
        <Text
          name="addressDetail"
          label={t("phone.detail")}
          value={address().addressDetail ?? ""}
          onInput={(text) => setAddress({ ...address(), addressDetail: text })}
        />
        <Text
          name="memo"
          label={t("phone.memo")}
          value={address().memo ?? ""}
          onInput={(text) => setAddress({ ...address(), memo: text })}
        />
        <label class="field phone-wide">
          <span>{t("phone.shop")}</span>
          <input
            name="shop"
            list="shops"
            required
            placeholder={t("phone.shopType")}
            value={shopText()}
            aria-invalid={wrong("shopId") !== undefined}
            onInput={(event) => setShopText(event.currentTarget.value)}
          />
          <datalist id="shops">
            <For each={props.shops}>{(candidate) => <option value={candidate.name} />}</For>
          </datalist>
          <span class="small muted">
            {shop()?.name} {shop()?.status === "closed" ? t("phone.closed") : ""}
            {shop()?.status === "busy" ? t("phone.busy", { n: shop()?.busyMinutes ?? 0 }) : ""}
          </span>
          <Wrong text={wrong("shopId")} />
        </label>
        <fieldset class="phone-wide phone-items">
          <legend class="small muted">{t("phone.items")}</legend>
          <Index each={items()}>
            {(item, index) => (
              <div class="line">
                <input
                  class="grow"
                  name="itemName"
                  required={index === 0}
                  maxlength="100"
                  placeholder={t("phone.itemName")}
                  aria-label={t("phone.itemName")}
                  value={item().name}
                  onInput={(event) => setItem(index, { name: event.currentTarget.value })}
                />
                <input
                  class="phone-quantity"
                  name="quantity"
                  type="number"
                  min="1"
                  max="999"
                  aria-label={t("phone.quantity")}
                  value={item().quantity}
                  onInput={(event) => setItem(index, { quantity: event.currentTarget.valueAsNumber || 1 })}
                />
                <input
                  class="phone-price"
                  name="price"
                  type="number"
                  min="0"
                  step="1"
                  aria-label={t("phone.price")}
                  placeholder={t("phone.price")}
                  value={item().price || ""}
                  onInput={(event) => setItem(index, { price: event.currentTarget.valueAsNumber || 0 })}
                />
              </div>
            )}
          </Index>
          <button type="button" class="quiet small" onClick={() => setItems([...items(), { ...emptyItem }])}>
            + {t("phone.addItem")}
          </button>
        </fieldset>
        <label class="field">
          <span>{t("phone.payment")}</span>
          <select
            name="method"
            value={method()}
            onChange={(event) => setMethod(event.currentTarget.value as PaymentMethod)}
          >
            <option value="card">{t("pay.card")}</option>
            <option value="cash">{t("pay.cash")}</option>
            <option value="prepaid">{t("pay.prepaid")}</option>
          </select>
        </label>
        <p class="phone-total">
          {t("phone.total")} <b>{money(total(), currency())}</b>
        </p>
      </div>
      <footer class="order-deeds">
        <Show when={problem()}>
          <p class="field-error" role="alert">
            {explain(problem())}
          </p>
        </Show>
        <div class="line">
          <label class="line grow">
            <input
              type="checkbox"
              name="accept"
              checked={accept()}
              onChange={(event) => setAccept(event.currentTarget.checked)}
            />
            {t("phone.acceptNow")}
          </label>
          <button type="submit" class="primary accept" disabled={busy()}>
            {t("phone.submit")}
          </button>
        </div>
      </footer>
    </form>
  );
}

function only<T>(list: T[]): T | undefined {
  return list.length === 1 ? list[0] : undefined;
}
