import type { Delivery, Order } from "@bros/sdk";
import { apartOf, isOpen } from "@bros/sdk";
import { money, t, time, tOr } from "@bros/ui";

/** A delivery's row as a screen reader says it: nothing of it moves with the clock but its lateness. */
export function deliveryText(delivery: Delivery, late: boolean): string {
  const { customer } = delivery;
  const door = [customer.address, customer.addressDetail].filter(Boolean).join(" ");
  return [
    delivery.number,
    delivery.problem && isOpen(delivery) && t(`problem.${delivery.problem.kind}`),
    apartOf(delivery) === "held" && t("board.comesAt", { time: time(delivery.heldUntil) }),
    t(`status.${delivery.status}`),
    isOpen(delivery) && delivery.promisedAt && t("list.rowPromise", { time: time(delivery.promisedAt) }),
    late && t("list.rowLate"),
    t("list.rowWay", { shop: delivery.shop.name, door }),
    delivery.riderName,
    isOpen(delivery) &&
      delivery.riderName &&
      delivery.amendment &&
      !delivery.amendment.seenAt &&
      t("board.unseen", { rider: delivery.riderName }),
  ]
    .filter(Boolean)
    .join(", ");
}

/** An order's row as a screen reader says it. */
export function orderText(order: Order, currency: string): string {
  return [
    order.number,
    t(`status.${order.status}`),
    time(order.createdAt),
    order.shop.name,
    order.customer.name,
    money(order.payment.amount, currency),
    tOr(`intake.channel.${order.channel}`, order.channel),
  ]
    .filter(Boolean)
    .join(", ");
}
