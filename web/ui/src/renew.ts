export interface Renewal {
  /** Something is being typed that a reload would lose. */
  busy?: () => boolean;
  /** Offers the reload instead, while busy. */
  offer?: (reload: () => void) => void;
}

/**
 * After a deploy the parts of an older page that it has not loaded yet are gone under their old
 * names. When one can't be had and the server does have a newer page, the page loads anew.
 * Answers with the look itself, for parts that the page misses by other ways (its worker).
 */
export function renewWhenReplaced({ busy, offer }: Renewal = {}): () => void {
  let looking = false;
  const reload = () => location.reload();
  const look = async () => {
    if (looking) return;
    looking = true;
    // Without an answer it is the line that is missing: that mends itself.
    const replaced = await hasNewer().catch(() => false);
    looking = false;
    if (!replaced) return;
    if (busy?.()) offer?.(reload);
    else reload();
  };
  window.addEventListener("vite:preloadError", () => void look());
  return () => void look();
}

/** Whether the server's page begins with another script than this one did. */
async function hasNewer(): Promise<boolean> {
  const mine = document.querySelector<HTMLScriptElement>("script[type=module][src]");
  if (!mine) return false;
  const answer = await fetch(location.href, { cache: "no-store" });
  return answer.ok && !(await answer.text()).includes(new URL(mine.src).pathname);
}
