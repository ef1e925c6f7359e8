import { type JSX, Show } from "solid-js";
import { t } from "./i18n.ts";
import { explain } from "./toasts.tsx";

/** What stands where nothing is: why, and what to do about it. */
export function Empty(props: { sign?: string; title: string; children?: JSX.Element; class?: string }) {
  return (
    <div class={`empty ${props.class ?? ""}`}>
      <Show when={props.sign}>
        <span class="empty-sign" aria-hidden="true">
          {props.sign}
        </span>
      </Show>
      <p class="empty-title">{props.title}</p>
      {props.children}
    </div>
  );
}

/** Something could not be loaded: what happened, and once more. */
export function Failed(props: { error: unknown; onRetry: () => void }) {
  return (
    <div class="empty" role="alert">
      <span class="empty-sign" aria-hidden="true">
        ⚠
      </span>
      <p>{explain(props.error)}</p>
      <button type="button" onClick={() => props.onRetry()}>
        {t("app.retry")}
      </button>
    </div>
  );
}
