const signs: Record<string, string> = {
  received: "○",
  waiting: "○",
  assigned: "◔",
  accepted: "✓",
  pickup: "◑",
  returning: "↩",
  delivered: "●",
  completed: "●",
  cancelled: "✕",
  rejected: "✕",
  returned: "⤺",
  failed: "⊘",
  problem: "⚠",
  held: "⋯",
};

/** The sign of a state: no two of a delivery, and no two of an order, look alike. */
export function stateSign(status: string): string {
  return signs[status] ?? "·";
}
