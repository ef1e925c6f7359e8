import type { Status } from "@bros/sdk";
import { createEffect, createSignal, on } from "solid-js";
import { age } from "./format.ts";
import { t } from "./i18n.ts";
import { now } from "./solid.ts";
import { Tip } from "./Tip.tsx";

/**
 * How the page gets its changes, and how old what it shows is when it gets none. Screen readers
 * are told when the connection becomes another one, not with each ping.
 */
export function LinkBadge(props: { status: Status }) {
  const label = () => {
    const { status } = props;
    if (status.fatal) return t(`link.${status.fatal}`);
    return status.starting ? t("link.starting") : t(`link.${status.mode}`);
  };
  const text = () => {
    const { status } = props;
    if (status.fatal || status.starting) return label();
    if (status.mode === "live") {
      return status.rttMs === undefined ? label() : `${label()} ${t("link.ms", { n: status.rttMs })}`;
    }
    const old = now() - status.clockOffset - status.lastAt;
    if (status.lastAt === 0 || (status.mode === "polling" && old < 10_000)) return label();
    return `${label()} · ${t("link.age", { age: age(old) })}`;
  };
  const [said, setSaid] = createSignal("");
  createEffect(
    on(label, (words, before) => {
      // That it has come up at the start is no news.
      if (before !== undefined && before !== t("link.starting")) setSaid(words);
    }),
  );
  return (
    <>
      <Tip class="link-tip" text={t(`link.help.${props.status.mode}`)}>
        <span
          class="link"
          data-testid="link"
          data-state={props.status.mode}
          data-starting={props.status.starting}
        >
          {text()}
        </span>
      </Tip>
      <output class="hidden-visually" data-testid="link-said">
        {said()}
      </output>
    </>
  );
}
