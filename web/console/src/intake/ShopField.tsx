import { finder, type Order, type Shop, searchable } from "@bros/sdk";
import { money, type Proposal, Suggest, t } from "@bros/ui";
import type { Draft } from "./draft.ts";
import { Wrong } from "./fields.tsx";
import { HoursNote, takesNone } from "./HoursNote.tsx";
import type { Shops } from "./shops.ts";

/** How a name is compared with what is typed: spaces say nothing. */
const plain = (text: string) => searchable(text).replaceAll(/\s+/g, "");

/** The shop, by typing: initials and half syllables find it; what was ordered before comes first. */
export function ShopField(props: {
  draft: Draft;
  shops: Shops;
  zone: string;
  currency: string;
  onRepeat: (index: number) => void;
  onDone: () => void;
}) {
  const { draft, shops } = props;
  const meant = (words: string) => {
    const fits = finder(plain(words));
    return shops.list().filter((shop) => fits(plain(shop.name)));
  };
  const note = (shop: Shop) => {
    if (shop.status === "closed") return t("phone.closed");
    if (takesNone(shop, draft.fields.promisedAt, props.zone)) return t("hours.closedThen");
    return shop.status === "busy" ? t("phone.busy", { n: shop.busyMinutes ?? 0 }) : undefined;
  };
  const again = (order: Order, index: number): Proposal => ({
    id: `again ${index}`,
    text: `↻ ${order.shop.name} · ${order.items.map((item) => item.name).join(", ")}`,
    note: money(order.payment.amount, props.currency),
  });
  const proposals = (): Proposal[] => {
    const words = plain(draft.fields.shopText);
    const begins = (shop: Shop) => Number(!plain(shop.name).startsWith(words));
    const earlier = words ? [] : (draft.known()?.orders ?? []).slice(0, 4);
    return [
      ...earlier.map(again),
      ...meant(words)
        .sort((a, b) => begins(a) - begins(b))
        .map((shop) => ({ id: shop.id, text: shop.name, note: note(shop) })),
    ];
  };

  return (
    <div class="field phone-wide">
      <span>{t("phone.shop")}</span>
      <Suggest
        name="shop"
        label={t("phone.shop")}
        placeholder={t("phone.shopType")}
        value={draft.fields.shopText}
        proposals={proposals()}
        invalid={draft.wrong("shopId") !== undefined}
        required
        onInput={(text) => {
          const exact = shops.list().find((shop) => searchable(shop.name) === searchable(text).trim());
          if (exact) draft.takeShop(exact);
          else draft.set({ shopText: text, shopId: undefined });
        }}
        onTake={({ id }) => {
          if (id.startsWith("again ")) return props.onRepeat(Number(id.slice(6)));
          const shop = shops.get(id);
          if (shop) draft.takeShop(shop);
          props.onDone();
        }}
        onEnter={() => draft.shop() && props.onDone()}
        onLeave={() => {
          if (!plain(draft.fields.shopText) || draft.shop()) return;
          const [only, other] = meant(draft.fields.shopText);
          if (only && !other) draft.takeShop(only);
        }}
      />
      <Wrong text={draft.wrong("shopId")} />
      <HoursNote shop={draft.shop()} at={draft.fields.promisedAt} zone={props.zone} />
    </div>
  );
}
