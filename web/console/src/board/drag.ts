import { createSignal } from "solid-js";
import type { Target } from "./actions.ts";

// Deliveries that are being dragged. The browser keeps a drag's data hidden until the drop, and
// a rider must show at once that it can take them.
const [dragged, setDragged] = createSignal<readonly Target[]>([]);

export { dragged };

const kind = "application/x-bros-deliveries";

/** Begins to drag deliveries as they are seen now; `text` is what hangs at the pointer. */
export function beginDrag(event: DragEvent, targets: readonly Target[], text: string): void {
  const { dataTransfer } = event;
  if (!dataTransfer || targets.length === 0) return;
  dataTransfer.effectAllowed = "move";
  dataTransfer.setData(kind, targets.map(({ id }) => id).join(","));
  dataTransfer.setData("text/plain", text);
  const ghost = document.createElement("div");
  ghost.className = "drag-ghost";
  ghost.textContent = text;
  document.body.append(ghost);
  dataTransfer.setDragImage(ghost, -8, 12);
  // The browser has its picture by the next frame.
  requestAnimationFrame(() => ghost.remove());
  setDragged([...targets]);
}

export function endDrag(): void {
  setDragged([]);
}

/** Allows a drop of deliveries here; false when something else is dragged. */
export function allowDrop(event: DragEvent): boolean {
  if (dragged().length === 0) return false;
  event.preventDefault();
  if (event.dataTransfer) event.dataTransfer.dropEffect = "move";
  return true;
}

/** The deliveries that are dropped; the drag is over. */
export function takeDrop(event: DragEvent): Target[] {
  event.preventDefault();
  const targets = [...dragged()];
  endDrag();
  return targets;
}
