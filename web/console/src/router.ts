import { keepLanguage } from "@bros/ui";
import { createSignal } from "solid-js";

const [path, setPath] = createSignal(location.pathname);
window.addEventListener("popstate", () => setPath(location.pathname));

/** The path of the page that is shown. */
export { path };

/** Shows another page of the console without loading it anew. */
export function go(to: string, replace = false): void {
  const url = keepLanguage(to);
  if (replace) history.replaceState(null, "", url);
  else history.pushState(null, "", url);
  setPath(location.pathname);
}

/** Follows a link of the console, unless it is to be opened elsewhere. */
export function follow(event: MouseEvent & { currentTarget: HTMLAnchorElement }): void {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
  event.preventDefault();
  go(event.currentTarget.pathname + event.currentTarget.search.replace(/[?&]lang=\w+/, ""));
}
