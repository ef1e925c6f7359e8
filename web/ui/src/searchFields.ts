/**
 * Chromium empties a field of type=search by Escape without an `input` event: what is shown would
 * stay filtered by words that nobody sees any more. Sends the missing event, for every search
 * field of the page.
 */
export function mendSearchFields(): void {
  document.addEventListener("search", ({ target }) => {
    if (!(target instanceof HTMLInputElement) || target.value !== "") return;
    target.dispatchEvent(new InputEvent("input", { bubbles: true, inputType: "deleteContentBackward" }));
  });
}
