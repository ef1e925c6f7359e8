import { t } from "@bros/ui";
import { type Component, createSignal, Show } from "solid-js";
import { Dynamic } from "solid-js/web";

/**
 * A page that is loaded when it is first shown. Not Solid's `lazy`: that needs a Suspense around
 * the pages, which would take a whole page out of the document, and the focus with it, whenever
 * something in it is asked for the first time. What fails is thrown to the boundary around it.
 */
export function later(load: () => Promise<{ default: Component }>): Component {
  const [page, setPage] = createSignal<Component>();
  return () => {
    const [failed, setFailed] = createSignal<unknown>();
    if (!page()) load().then((module) => setPage(() => module.default), setFailed);
    const shown = () => {
      if (failed()) throw failed();
      return page();
    };
    return (
      <Show when={shown()} fallback={<p class="empty">{t("app.loading")}</p>}>
        {(found) => <Dynamic component={found()} />}
      </Show>
    );
  };
}
