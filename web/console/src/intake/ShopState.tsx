import type { Shop } from "@bros/sdk";
import { complain, explain, Menu, MenuItem, t, tell } from "@bros/ui";
import { For } from "solid-js";
import { api } from "../app.ts";

const busyFor = [5, 10, 15, 20, 30];

/** How a shop takes orders now, and the switch for it. */
export function ShopState(props: { shop: Shop; onChange: (shop: Shop) => void }) {
  const word = (shop: Shop) =>
    shop.status === "busy" ? t("phone.busy", { n: shop.busyMinutes ?? 0 }) : t(`set.shop.${shop.status}`);
  const put = async (status: Shop["status"], busyMinutes?: number) => {
    try {
      const { data } = await api.rest.post<Shop>(`/shops/${props.shop.id}/state`, { status, busyMinutes });
      props.onChange(data);
      tell(`${data.name}: ${word(data)}`);
    } catch (error) {
      complain(explain(error));
    }
  };
  return (
    <Menu
      class="shop-state"
      testId="shop-state"
      label={t("intake.shopState", { state: word(props.shop) })}
      trigger={
        <span class="shop-state-word" data-status={props.shop.status}>
          <span aria-hidden="true">{{ open: "●", busy: "◐", closed: "✕" }[props.shop.status]}</span>{" "}
          {word(props.shop)}
        </span>
      }
    >
      <MenuItem onSelect={() => put("open")}>{t("set.shop.open")}</MenuItem>
      <For each={busyFor}>
        {(minutes) => (
          <MenuItem onSelect={() => put("busy", minutes)}>{t("phone.busy", { n: minutes })}</MenuItem>
        )}
      </For>
      <MenuItem onSelect={() => put("closed")}>{t("set.shop.closed")}</MenuItem>
    </Menu>
  );
}
