import { t } from "@bros/ui";
import { createSignal, type JSX, onCleanup } from "solid-js";
import { Icon } from "./icons.tsx";

/** How long a first press by key or tap waits for its second. */
const confirmMs = 4_000;
const holdMs = 700;

interface Sure {
  /** What the button does, and is called. */
  label: string;
  onSure: () => void;
}

/**
 * Presses that must be meant. A mouse means what it clicks. A tap (rain, a pocket) and a key
 * are asked again: the second one within some seconds counts.
 */
function secondPress(onSure: () => void) {
  const [asked, setAsked] = createSignal(false);
  let pointer = "";
  let timer: ReturnType<typeof setTimeout> | undefined;
  const reset = () => {
    clearTimeout(timer);
    setAsked(false);
  };
  onCleanup(() => clearTimeout(timer));
  return {
    asked,
    reset,
    /** Notes what kind of pointer the next click is of. */
    down: (event: PointerEvent) => {
      pointer = event.pointerType;
    },
    click: () => {
      const by = pointer;
      pointer = "";
      if (by === "mouse" || asked()) {
        reset();
        onSure();
        return;
      }
      setAsked(true);
      timer = setTimeout(() => setAsked(false), confirmMs);
    },
  };
}

/** A button that is slid to the right, across the whole width of the thumb's way. */
export function Slide(props: Sure & { tone: "pickup" | "deliver" | "returned"; hint: string }): JSX.Element {
  const press = secondPress(() => props.onSure());
  const [way, setWay] = createSignal(0);
  let from: number | undefined;
  let moved = false;
  let track!: HTMLButtonElement;
  let thumb!: HTMLSpanElement;
  const most = () => track.clientWidth - thumb.offsetWidth - 12;

  const down = (event: PointerEvent) => {
    press.down(event);
    from = event.clientX;
    moved = false;
    track.setPointerCapture(event.pointerId);
  };
  const move = (event: PointerEvent) => {
    if (from === undefined) return;
    const by = event.clientX - from;
    if (Math.abs(by) > 10) moved = true;
    setWay(Math.max(0, Math.min(most(), by)));
  };
  const up = () => {
    if (from === undefined) return;
    const there = way() >= most() * 0.8;
    from = undefined;
    setWay(0);
    if (there) {
      press.reset();
      props.onSure();
    }
  };
  return (
    <button
      ref={track}
      type="button"
      class="slide"
      data-tone={props.tone}
      data-asked={press.asked()}
      data-moving={way() > 0}
      aria-label={press.asked() ? `${props.label}: ${t("rider.again")}` : props.label}
      onPointerDown={down}
      onPointerMove={move}
      onPointerUp={up}
      onPointerCancel={() => {
        from = undefined;
        setWay(0);
      }}
      onClick={() => {
        if (!moved) press.click();
        moved = false;
      }}
      onContextMenu={(event) => event.preventDefault()}
    >
      <span ref={thumb} class="slide-thumb" style={{ transform: `translateX(${way()}px)` }}>
        <Icon shape="slide" />
      </span>
      <span class="slide-words">
        <span class="slide-label">{props.label}</span>
        <span class="slide-hint">{press.asked() ? t("rider.again") : props.hint}</span>
      </span>
    </button>
  );
}

/** A button that is held for a moment. */
export function Hold(props: Sure & { class?: string; children?: JSX.Element }): JSX.Element {
  const press = secondPress(() => props.onSure());
  const [held, setHeld] = createSignal(false);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let done = false;
  onCleanup(() => clearTimeout(timer));
  const down = (event: PointerEvent) => {
    press.down(event);
    done = false;
    if (event.pointerType === "mouse") return;
    setHeld(true);
    timer = setTimeout(() => {
      done = true;
      setHeld(false);
      press.reset();
      props.onSure();
    }, holdMs);
  };
  const up = () => {
    clearTimeout(timer);
    setHeld(false);
  };
  return (
    <button
      type="button"
      class={`hold ${props.class ?? ""}`}
      data-held={held()}
      data-asked={press.asked()}
      aria-label={press.asked() ? `${props.label}: ${t("rider.again")}` : props.label}
      style={{ "--hold": `${holdMs}ms` }}
      onPointerDown={down}
      onPointerUp={up}
      onPointerLeave={up}
      onPointerCancel={up}
      onClick={() => {
        if (!done) press.click();
        done = false;
      }}
      onContextMenu={(event) => event.preventDefault()}
    >
      <span class="hold-fill" aria-hidden="true" />
      <span class="hold-label">{press.asked() ? t("rider.again") : (props.children ?? props.label)}</span>
    </button>
  );
}
