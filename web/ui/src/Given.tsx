import { type Accessor, createMemo, type JSX, Show, untrack } from "solid-js";

/**
 * Shows something while there is a value. As Solid's `Show`, but for what its child goes on to do
 * when the value is gone (an answer that comes late, a listener that is told of its own end): that
 * reads the last value, where `Show` throws "Stale read".
 */
export function Given<T>(props: {
  when: T | undefined | null | false;
  fallback?: JSX.Element;
  children: (value: Accessor<T>) => JSX.Element;
}): JSX.Element {
  const last = createMemo<T | undefined>((before) => props.when || before);
  return (
    <Show when={Boolean(props.when)} fallback={props.fallback}>
      {untrack(() => props.children(last as Accessor<T>))}
    </Show>
  );
}
