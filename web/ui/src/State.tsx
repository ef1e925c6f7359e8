import { tOr } from "./i18n.ts";

const signs: Record<string, string> = {
  received: "○",
  waiting: "○",
  assigned: "◔",
  accepted: "◑",
  pickup: "◑",
  returning: "↩",
  delivered: "●",
  completed: "●",
  cancelled: "✕",
  rejected: "✕",
  returned: "⤺",
  failed: "✕",
};

export function stateSign(status: string): string {
  return signs[status] ?? "·";
}

/** A status as sign and, unless `bare`, word. */
export function State(props: { status: string; bare?: boolean }) {
  const word = () => tOr(`status.${props.status}`, props.status);
  return (
    <span class="state" data-status={props.status} title={word()}>
      <span class="state-sign" aria-hidden="true">
        {stateSign(props.status)}
      </span>
      <span classList={{ "hidden-visually": props.bare }}>{word()}</span>
    </span>
  );
}
