import { type Accessor, createEffect, on, onCleanup } from "solid-js";

const glowMs = 1_000;

/**
 * A row whose record changes glows for a second (`data-glow`); one that only came into sight
 * does not. Two paints: an animation would have the whole list painted with every frame.
 */
export function glowOnChange(
  row: Accessor<HTMLElement>,
  record: Accessor<{ id: string; version: number }>,
): void {
  let end: ReturnType<typeof setTimeout> | undefined;
  const stop = () => {
    clearTimeout(end);
    row().removeAttribute("data-glow");
  };
  createEffect(
    on(
      () => [record().id, record().version] as const,
      ([id, version], before) => {
        if (!before || (before[0] === id && before[1] === version)) return;
        stop();
        if (before[0] !== id) return;
        row().setAttribute("data-glow", "");
        end = setTimeout(stop, glowMs);
      },
    ),
  );
  onCleanup(() => clearTimeout(end));
}
