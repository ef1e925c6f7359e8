import type { LiveView } from "@bros/sdk";
import type { BoardState } from "./state.ts";

interface Host {
  list: LiveView<"delivery">;
  board: BoardState;
  /** A key asks: everything may go to its place. */
  resort(): void;
  /** A key is at the list: what stands in it stays where it is. */
  keep(): void;
  /** Rows of a page. */
  page(): number;
}

/** Most that are marked at once. */
const mostMarked = 500;

/** How keys and clicks move through the list and mark rows of it. */
export function listKeys({ list, board, resort, keep, page }: Host) {
  /** Where a range of marks began. */
  let from: string | undefined;

  const range = async (to: string) => {
    const ends = await list.find([from ?? to, to]);
    const lines = ends.map(({ line }) => line);
    const first = Math.min(...lines);
    const ids = await list.ids({ from: first, to: Math.min(Math.max(...lines), first + mostMarked) + 1 });
    board.mark(ids, to);
  };
  const step = async (by: number, extend: boolean) => {
    const at = board.selectedId();
    if (extend) {
      // A range grows in an order that stands still, and in the worker's, which may be newer.
      keep();
      const next = (await list.step(at, by))?.id;
      if (next === undefined) return;
      begin(at ?? next);
      await range(next);
      return;
    }
    const next = (near(by) ?? (await list.step(at, by)))?.id;
    if (next === undefined) return;
    from = next;
    board.select(next);
    resort();
  };
  /** A range goes on from where it began, or begins here when something else is marked by now. */
  const begin = (at: string) => {
    if (from === undefined || !board.marked().has(from)) from = at;
  };
  /** A step to a row that is here needs no question. */
  const near = (by: number): { id: string } | undefined => {
    if (Math.abs(by) !== 1) return undefined;
    const line = list.indexOf(board.selectedId());
    if (line < 0) return undefined;
    for (let i = line + by; ; i += by) {
      const found = list.line(i);
      if (!found) return undefined;
      if (found.kind === "row") return found;
    }
  };

  // Keys that come faster than the worker answers wait for each other.
  let pending: Promise<unknown> = Promise.resolve();
  const inTurn = (act: () => Promise<unknown>) => {
    pending = pending.then(act, act);
  };

  const steps: Record<string, () => number> = {
    ArrowDown: () => 1,
    ArrowUp: () => -1,
    PageDown: () => page(),
    PageUp: () => -page(),
    Home: () => -1e9,
    End: () => 1e9,
  };

  return {
    down(event: KeyboardEvent): void {
      const by = steps[event.key];
      if (by && !event.altKey) {
        event.preventDefault();
        inTurn(() => step(by(), event.shiftKey));
      } else if ((event.ctrlKey || event.metaKey) && event.key === "a") {
        event.preventDefault();
        void list
          .ids({ from: 0, to: mostMarked })
          .then((ids) => board.mark(ids, board.selectedId() ?? ids[0]));
      } else if (event.key === " ") {
        event.preventDefault();
        const id = board.selectedId();
        if (id !== undefined) toggle(id);
      } else if (event.key === ".") {
        resort();
      } else if (event.key === "Enter") {
        // The panel, not a button of it: what follows of this Enter would press that.
        event.preventDefault();
        document.querySelector<HTMLElement>("[data-testid=delivery-panel]")?.focus();
      }
    },
    pick(event: MouseEvent, id: string): void {
      const at = board.selectedId();
      if (event.shiftKey && at !== undefined) {
        begin(at);
        inTurn(() => range(id));
      } else if (event.ctrlKey || event.metaKey) {
        toggle(id);
      } else {
        from = id;
        board.select(id);
      }
    },
  };

  function toggle(id: string): void {
    const marked = new Set(board.marked());
    if (!marked.delete(id)) marked.add(id);
    from = id;
    // The one that is taken out is not shown any more, another marked one is.
    board.mark(marked, marked.has(id) ? id : [...marked].at(-1));
  }
}
