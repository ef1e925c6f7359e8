import type { JSX } from "solid-js";

const shapes = {
  call: "M6.6 10.8a15 15 0 0 0 6.6 6.6l2.2-2.2a1 1 0 0 1 1-.24 11.4 11.4 0 0 0 3.6.58 1 1 0 0 1 1 1V20a1 1 0 0 1-1 1A17 17 0 0 1 3 4a1 1 0 0 1 1-1h3.5a1 1 0 0 1 1 1c0 1.25.2 2.46.57 3.58a1 1 0 0 1-.25 1z",
  way: "M21 3 3 10.5l7.5 3L13.5 21z",
  camera:
    "M9 4 7.2 6H4a2 2 0 0 0-2 2v10a2 2 0 0 0 2 2h16a2 2 0 0 0 2-2V8a2 2 0 0 0-2-2h-3.200L15 4zm3 4.500a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9",
  now: "M12 2a7 7 0 0 0-7 7c0 5.25 7 13 7 13s7-7.75 7-13a7 7 0 0 0-7-7m0 4.500a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5",
  today: "M4 5h16v3H4zm0 5.500h16v3H4zM4 16h10v3H4z",
  chat: "M4 3h16a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2H9l-5 4.500V17a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2",
  more: "M5 10a2 2 0 1 1 0 4 2 2 0 0 1 0-4m7 0a2 2 0 1 1 0 4 2 2 0 0 1 0-4m7 0a2 2 0 1 1 0 4 2 2 0 0 1 0-4",
  cash: "M2 6h20v12H2zm10 2.500a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7M5 8.500v7h1.500v-7zm12.5 0v7H19v-7z",
  done: "M9.5 16.6 4.9 12l-1.7 1.7 6.3 6.300L21 8.5 19.3 6.800z",
  flag: "M5 2h2v2h12l-3 4.500L19 13H7v9H5z",
  trouble: "M12 2 1 21h22zm-1.300 7h2.600v6.200h-2.600zm0 7.500h2.600v2.500h-2.600z",
  slide: "M5 5.5 11.5 12 5 18.5 6.8 20.3 15 12 6.8 3.700zm7 0 6.5 6.5-6.5 6.5 1.8 1.800L22 12l-8.2-8.300z",
} as const;

export type Shape = keyof typeof shapes;

/** A sign beside words; it says nothing to a screen reader. */
export function Icon(props: { shape: Shape }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={shapes[props.shape]} fill="currentColor" fill-rule="evenodd" />
    </svg>
  );
}
