import type { Status } from "@bros/sdk";
import { age } from "./format.ts";
import { t } from "./i18n.ts";
import { now } from "./solid.ts";
import { Tip } from "./Tip.tsx";

/** How the page gets its changes, and how old what it shows is when it gets none. */
export function LinkBadge(props: { status: Status }) {
  const text = () => {
    const { status } = props;
    if (status.fatal) return t(`link.${status.fatal}`);
    if (status.starting) return t("link.starting");
    const label = t(`link.${status.mode}`);
    if (status.mode === "live") {
      return status.rttMs === undefined ? label : `${label} ${t("link.ms", { n: status.rttMs })}`;
    }
    const old = now() - status.clockOffset - status.lastAt;
    if (status.lastAt === 0 || (status.mode === "polling" && old < 10_000)) return label;
    return `${label} · ${t("link.age", { age: age(old) })}`;
  };
  return (
    <Tip class="link-tip" text={t(`link.help.${props.status.mode}`)}>
      <output
        class="link"
        data-testid="link"
        data-state={props.status.mode}
        data-starting={props.status.starting}
      >
        {text()}
      </output>
    </Tip>
  );
}
