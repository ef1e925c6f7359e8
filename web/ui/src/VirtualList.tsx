import {
  type Accessor,
  createEffect,
  createMemo,
  createSignal,
  For,
  type JSX,
  on,
  onCleanup,
  onMount,
  untrack,
} from "solid-js";
import { giveSlots, type Slot } from "./slots.ts";

/** What a list lets its owner do from outside. */
export interface ListHandle {
  element: HTMLElement;
  /** Brings a line into sight, moving as little as possible. */
  show(line: number): void;
  /** Pixels from the top edge to a line; negative: above it. */
  offset(line: number): number;
  /** Scrolls so that the line is so many pixels below the top edge. */
  place(line: number, offset: number): void;
  /** Pixels of its rows that are in sight. */
  height(): number;
  /** Lines that fit into the height. */
  page(): number;
}

/** Where a row stands among all the rows, heads left out: what screen readers say of it. */
export interface RowPlace {
  at: number;
  of: number;
}

interface Props<T> {
  /** All the lines, when the page has them. */
  items?: T[];
  /** Else how many there are, and what stands in one; undefined: on its way. */
  lines?: number;
  line?: (index: number) => T | undefined;
  /** Called with the lines that are wanted, `to` exclusive, some beyond those in sight. */
  onLook?: (range: { from: number; to: number }) => void;
  /** What a line is told from the others by, wherever it stands. */
  key: (item: T) => string;
  /** Height of every row in pixels. */
  row: number;
  /** Lines that are heads of groups, in their order. */
  heads?: readonly number[];
  /** Their height, where it is another than the rows'. */
  headRow?: number;
  /** When this changes, the row that `shown` says is brought into sight. */
  shownKey?: string;
  /** Index of that row; -1: none. */
  shown?: () => number;
  class?: string;
  testId?: string;
  /** All rows, also those that are not painted. */
  count?: number;
  label: string;
  /** Id of the element of the row that the keyboard is at. */
  active?: string;
  multiple?: boolean;
  handle?: (handle: ListHandle) => void;
  onKeyDown?: (event: KeyboardEvent) => void;
  children: (item: Accessor<T>, index: Accessor<number>, place: Accessor<RowPlace>) => JSX.Element;
}

const spare = 4;
/** Lines asked for beyond those that are painted, so that scrolling finds them there. */
const ahead = 40;

/**
 * A list of thousands of rows of which only those in sight are in the page. An element keeps its
 * row while that is in sight, so a list that scrolls or sorts by one step writes one row.
 * The focus is the list's own: no row takes it along when it goes.
 */
export function VirtualList<T>(props: Props<T>) {
  let scroller!: HTMLDivElement;
  const [top, setTop] = createSignal(0);
  const [height, setHeight] = createSignal(600);
  const lines = () => props.lines ?? props.items?.length ?? 0;
  const lineAt = (index: number) => (props.line ? props.line(index) : props.items?.[index]);
  /** By how much heads are lower than rows; 0 when all lines are alike. */
  const lower = () => (props.headRow === undefined ? 0 : props.row - props.headRow);
  /** Pixels from the list's beginning to a line. */
  const topOf = (line: number) =>
    line * props.row - (lower() === 0 ? 0 : countBelow(props.heads ?? [], line) * lower());
  /** The line that these pixels are in. */
  const lineOf = (pixels: number) => {
    let line = Math.floor(pixels / props.row);
    if (lower() === 0) return line;
    // Heads above it let it stand higher than that.
    while (line + 1 < lines() && topOf(line + 1) <= pixels) line++;
    return line;
  };

  // What the list knows by its events need not be asked of the element: each question would have
  // the whole page laid out first. So would scrolling it now; with the frame it is laid out anyway.
  let scrolling: number | undefined;
  const scrollTo = (pixels: number) => {
    const most = Math.max(0, topOf(lines()) - height());
    const to = Math.min(Math.max(0, pixels), most);
    setTop(to);
    if (scrolling === undefined) requestAnimationFrame(scroll);
    scrolling = to;
  };
  const scroll = () => {
    if (scrolling !== undefined) scroller.scrollTop = scrolling;
    scrolling = undefined;
  };
  const show = (line: number) => {
    const from = topOf(line);
    const to = topOf(line + 1);
    if (from < top()) scrollTo(from - props.row);
    else if (to > top() + height()) scrollTo(to - height() + props.row);
  };

  onMount(() => {
    const observer = new ResizeObserver(() => setHeight(scroller.clientHeight));
    observer.observe(scroller);
    onCleanup(() => observer.disconnect());
    props.handle?.({
      element: scroller,
      show: (line) => untrack(() => show(line)),
      offset: (line) => untrack(() => topOf(line) - top()),
      place: (line, offset) => untrack(() => scrollTo(topOf(line) - offset)),
      height,
      page: () => Math.max(1, Math.floor(height() / props.row) - 1),
    });
  });

  // Where heads are lower, at most every second line is one.
  const slots = createMemo(() => Math.ceil(height() / (props.row - lower() / 2)) + 2 * spare);
  const first = createMemo(() => {
    const start = lineOf(top()) - spare;
    return Math.max(0, Math.min(start, lines() - slots()));
  });
  const painted = createMemo<Slot[]>((before) => {
    const from = first();
    const keys = Array.from({ length: Math.min(slots(), lines()) }, (_, i) => {
      const item = lineAt(from + i);
      return item === undefined ? `line ${from + i}` : props.key(item);
    });
    return giveSlots(before, keys, from);
  }, []);
  // In steps: not every pixel of scrolling is a question to the worker.
  const wanted = createMemo(
    () => {
      const from = Math.max(0, Math.floor((first() - ahead) / spare) * spare);
      return { from, to: from + slots() + 2 * ahead + spare };
    },
    undefined,
    { equals: (a, b) => a.from === b.from && a.to === b.to },
  );
  createEffect(() => props.onLook?.(wanted()));

  // Only a new choice moves the list, never a change of its rows.
  createEffect(
    on(
      () => props.shownKey,
      () => {
        const index = props.shown?.() ?? -1;
        if (index >= 0) untrack(() => show(index));
      },
    ),
  );

  return (
    <div
      ref={scroller}
      class={`virtual ${props.class ?? ""}`}
      data-testid={props.testId}
      data-count={props.count ?? lines()}
      role="listbox"
      aria-label={props.label}
      aria-multiselectable={props.multiple}
      aria-activedescendant={props.active}
      tabIndex={0}
      onScroll={() => {
        if (scrolling === undefined) setTop(scroller.scrollTop);
      }}
      onKeyDown={(event) => props.onKeyDown?.(event)}
    >
      <div class="virtual-space" role="presentation" style={{ height: `${topOf(lines())}px` }}>
        <For each={painted()}>
          {(slot) => {
            const index = slot.line;
            // A line on its way is blank: another's row in its place could be clicked.
            let seen: T | undefined;
            const item = createMemo<T | undefined>((before) => {
              const now = lineAt(index()) ?? (props.line ? undefined : before);
              seen = now ?? seen;
              return now;
            });
            // What shows the line goes with it, but may be asked once more before that.
            const shown = () => (item() ?? seen) as T;
            const place = () => {
              const heads = props.heads ?? [];
              return {
                at: index() + 1 - countBelow(heads, index()),
                of: (props.count ?? lines() - heads.length) || lines(),
              };
            };
            return (
              <div class="virtual-slot" role="presentation" style={{ top: `${topOf(index())}px` }}>
                {item() === undefined ? null : props.children(shown, index, place)}
              </div>
            );
          }}
        </For>
      </div>
    </div>
  );
}

/** How many of these numbers, which are sorted, are less than that one. */
function countBelow(sorted: readonly number[], than: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const mid = (low + high) >>> 1;
    if ((sorted[mid] as number) < than) low = mid + 1;
    else high = mid;
  }
  return low;
}
