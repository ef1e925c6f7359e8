import type { DeliveryStatus, ProblemKind, ResolveAction } from "@bros/sdk";
import type { Key } from "@bros/ui";
import type { Desk } from "./desk.ts";

/** What can be decided about a problem, each by a key of its own. */
export const decisions: { action: ResolveAction; key: string; text: Key; in: readonly DeliveryStatus[] }[] = [
  { action: "continue", key: "c", text: "board.decide.continue", in: ["assigned", "pickup", "returning"] },
  { action: "retry", key: "t", text: "board.decide.retry", in: ["pickup", "returning"] },
  { action: "return", key: "b", text: "board.decide.return", in: ["pickup"] },
  { action: "fail", key: "w", text: "board.decide.fail", in: ["pickup", "returning"] },
];

/**
 * Decides about the problem of the selected delivery as the eye has seen it. False: the key
 * decides nothing.
 */
export function decideByKey(desk: Desk, key: string): boolean {
  const decision = decisions.find((one) => one.key === key);
  const [seen] = desk.aim();
  if (!decision || !seen || !desk.dispatcher || desk.targets().length !== 1) return false;
  if (!seen.trouble || !decision.in.includes(seen.status) || desk.actions.busy(seen.id)) return false;
  void desk.actions.resolve(seen, decision.action, writtenOffAs(decision.action, seen.trouble));
  return true;
}

/** A write-off needs a kind: the problem's own. */
export function writtenOffAs(action: ResolveAction, kind: ProblemKind | undefined): ProblemKind | undefined {
  return action === "fail" ? (kind ?? "other") : undefined;
}
