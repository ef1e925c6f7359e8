import {
  type Accessor,
  createEffect,
  createMemo,
  createSignal,
  Index,
  type JSX,
  on,
  onCleanup,
  onMount,
} from "solid-js";

interface Props<T> {
  items: T[];
  /** Height of every row in pixels. */
  row: number;
  /** When this changes, the row that `shown` says is brought into sight. */
  shownKey?: string;
  /** Index of that row; -1: none. */
  shown?: () => number;
  class?: string;
  testId?: string;
  /** All rows, also those that are not painted. */
  count?: number;
  label: string;
  onKeyDown?: (event: KeyboardEvent) => void;
  children: (item: Accessor<T>) => JSX.Element;
}

const spare = 6;

/**
 * A list of thousands of rows of which only those in sight are in the page. A slot keeps its
 * row while the list scrolls (slot = index modulo their number), so one step moves one slot.
 */
export function VirtualList<T>(props: Props<T>) {
  let scroller!: HTMLDivElement;
  const [top, setTop] = createSignal(0);
  const [height, setHeight] = createSignal(600);

  onMount(() => {
    const observer = new ResizeObserver(() => setHeight(scroller.clientHeight));
    observer.observe(scroller);
    onCleanup(() => observer.disconnect());
  });

  const slots = createMemo(() => Math.ceil(height() / props.row) + 2 * spare);
  const first = createMemo(() => {
    const start = Math.floor(top() / props.row) - spare;
    return Math.max(0, Math.min(start, props.items.length - slots()));
  });
  const painted = createMemo(() => {
    const n = slots();
    const from = first();
    return Array.from({ length: Math.min(n, props.items.length) }, (_, slot) => {
      const shift = (((slot - from) % n) + n) % n;
      return from + shift;
    });
  });

  // Only a new choice moves the list, never a change of its rows.
  createEffect(
    on(
      () => props.shownKey,
      () => {
        const index = props.shown?.() ?? -1;
        if (index < 0) return;
        const from = index * props.row;
        const to = from + props.row;
        if (from < scroller.scrollTop) scroller.scrollTop = from - props.row;
        else if (to > scroller.scrollTop + scroller.clientHeight) {
          scroller.scrollTop = to - scroller.clientHeight + props.row;
        }
      },
    ),
  );

  return (
    <div
      ref={scroller}
      class={`virtual ${props.class ?? ""}`}
      data-testid={props.testId}
      data-count={props.count ?? props.items.length}
      role="listbox"
      aria-label={props.label}
      tabIndex={0}
      onScroll={() => setTop(scroller.scrollTop)}
      onKeyDown={(event) => props.onKeyDown?.(event)}
    >
      <div
        class="virtual-space"
        role="presentation"
        style={{ height: `${props.items.length * props.row}px` }}
      >
        <Index each={painted()}>
          {(index) => {
            const item = createMemo<T | undefined>((before) => props.items[index()] ?? before);
            return (
              <div
                class="virtual-slot"
                role="presentation"
                style={{ transform: `translateY(${index() * props.row}px)` }}
              >
                {item() === undefined ? null : props.children(item as Accessor<T>)}
              </div>
            );
          }}
        </Index>
      </div>
    </div>
  );
}
