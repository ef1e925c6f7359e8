import { tOr } from "./i18n.ts";
import { stateSign } from "./signs.ts";

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
