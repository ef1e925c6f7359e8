const paths = {
  bell: "M12 3a6 6 0 0 0-6 6v4l-1.6 3h15.2L18 13V9a6 6 0 0 0-6-6zM9.8 18.5a2.3 2.3 0 0 0 4.4 0",
  bellOff:
    "M4 4l16 16M8.1 4.6A6 6 0 0 1 18 9v4l.8 1.5M15 16H4.4L6 13V9c0-.6.1-1.2.3-1.7M9.8 18.5a2.3 2.3 0 0 0 4.4 0",
  chat: "M4 5h16v11H10l-4.5 4V16H4z",
  people:
    "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20c0-3.6 2.9-6 6.5-6s6.5 2.4 6.5 6M16 4.5a3.5 3.5 0 0 1 0 6.300M18 14.5c2.2.8 3.5 2.8 3.5 5.5",
  up: "M12 19V6M6.5 11.5 12 6l5.5 5.5M5 21h14",
  down: "M12 4v13M6.5 11.5 12 17l5.5-5.5M5 21h14",
  copy: "M9 9h11v11H9zM15 9V4H4v11h5",
} as const;

/** A small drawing in the colour of the text; what it means is said by the button's name. */
export function Icon(props: { name: keyof typeof paths; class?: string }) {
  return (
    <svg class={`icon ${props.class ?? ""}`} viewBox="0 0 24 24" aria-hidden="true">
      <path d={paths[props.name]} />
    </svg>
  );
}
