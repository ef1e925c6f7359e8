/** Does something when the page has painted what is changed by now: it must not make that frame late. */
export function afterPaint(act: () => void): void {
  // Nothing is painted of a page that is not to be seen.
  if (document.hidden) setTimeout(act);
  else requestAnimationFrame(() => setTimeout(act));
}
