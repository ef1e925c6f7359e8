import { deliveryOrder } from "@bros/sdk";
import { expect, test } from "vitest";
import { stateSign } from "../src/signs.ts";

const ofOrders = ["received", "accepted", "completed", "cancelled", "rejected", "failed"];

test("no two states of a delivery have one sign", () => {
  expect(new Set(deliveryOrder.map(stateSign)).size).toBe(deliveryOrder.length);
});

test("an order that is accepted doesn't look like a delivery on its way", () => {
  for (const status of deliveryOrder) expect(stateSign("accepted")).not.toBe(stateSign(status));
  const shown = ofOrders.filter((status) => status !== "rejected").map(stateSign);
  expect(new Set(shown).size).toBe(shown.length);
});
