import type { Area } from "@bros/sdk";
import { t } from "@bros/ui";
import { type BaseMap, createMap, type Pin, type Place, type Scene, world } from "@bros/ui/map";
import { createEffect, createSignal, on, onCleanup, onMount, Show } from "solid-js";
import { addCorner, areaOf, type Corner, cornersOf, dropCorner, type Shape, shapeOf } from "./shape.ts";

/** More corners than this are shown and not moved by hand: a file is the way to change them. */
const handMost = 300;

/**
 * An area drawn on a map: a click sets a corner, dragging or the arrow keys move it, Insert adds
 * one behind it and Delete takes it away; a button sets one without a mouse.
 */
export function AreaField(props: {
  label: string;
  value?: Area;
  home: Place;
  invalid: boolean;
  onInput: (area: Area | undefined) => void;
}) {
  let element!: HTMLDivElement;
  let map: BaseMap | undefined;
  let scene: Scene | undefined;
  let pins: Pin[] = [];
  let gone = false;
  const [shape, setShape] = createSignal<Shape>(shapeOf(props.value));
  const [before, setBefore] = createSignal<Shape[]>([]);
  const corners = () => cornersOf(shape());
  const byHand = () => corners().length <= handMost;

  const put = (next: Shape) => {
    setBefore([...before().slice(-49), shape()]);
    setShape(next);
    props.onInput(areaOf(next));
  };
  const undo = () => {
    const last = before().at(-1);
    if (!last) return;
    setBefore(before().slice(0, -1));
    setShape(last);
    props.onInput(areaOf(last));
  };
  const add = (at: Place, behind?: Corner) => {
    if (!byHand()) return;
    const { shape: next, index } = addCorner(shape(), at, behind);
    put(next);
    return index;
  };
  const addHere = () => {
    const center = map?.leaflet.getCenter();
    const index = center && add({ lat: center.lat, lng: center.lng });
    if (index !== undefined) queueMicrotask(() => pins[index]?.focus());
  };

  const onKey = (index: number, key: string): boolean => {
    const all = corners();
    const corner = all[index];
    if (!corner) return false;
    if (key === "Delete" || key === "Backspace") {
      put(dropCorner(shape(), corner));
      queueMicrotask(() => (pins[Math.min(index, pins.length - 1)] ?? undefined)?.focus());
      return true;
    }
    if (key === "Insert" || key === "+") {
      const ring = shape()[corner.polygon]?.[corner.ring] ?? [];
      const next = ring[(corner.at + 1) % ring.length] ?? corner.place;
      const middle = { lat: (corner.place.lat + next.lat) / 2, lng: (corner.place.lng + next.lng) / 2 };
      const made = add(middle, corner);
      if (made !== undefined) queueMicrotask(() => pins[made]?.focus());
      return true;
    }
    return false;
  };
  const move = (index: number, at: Place) => {
    const corner = corners()[index];
    if (!corner) return;
    put(
      shape().map((polygon, p) =>
        p !== corner.polygon
          ? polygon
          : polygon.map((ring, r) =>
              r !== corner.ring ? ring : ring.map((place, i) => (i === corner.at ? at : place)),
            ),
      ),
    );
  };

  const paint = () => {
    if (!map) return;
    const all = byHand() ? corners() : [];
    if (pins.length !== all.length) {
      for (const pin of pins) pin.remove();
      pins = all.map(({ place }, index) =>
        (map as BaseMap).pin({
          at: place,
          label: t("area.corner", { n: index + 1, all: all.length }),
          kind: "corner",
          draggable: true,
          onMove: (at) => move(index, at),
          onKey: (key) => onKey(index, key),
        }),
      );
    } else for (const [index, { place }] of all.entries()) pins[index]?.moveTo(place);
    scene?.invalidate();
  };

  onMount(async () => {
    const made = await createMap(element, { center: props.home, zoom: 14, label: props.label });
    if (gone) {
      made.destroy();
      return;
    }
    map = made;
    scene = made.addScene((ctx, view) => {
      const style = getComputedStyle(ctx.canvas);
      ctx.beginPath();
      for (const ring of shape().flat()) {
        for (const [i, place] of ring.entries()) {
          const at = world(place);
          if (i === 0) ctx.moveTo(view.x(at), view.y(at));
          else ctx.lineTo(view.x(at), view.y(at));
        }
        ctx.closePath();
      }
      const colour = style.getPropertyValue("--accent").trim() || "#2a5bd7";
      ctx.fillStyle = colour;
      ctx.strokeStyle = colour;
      ctx.globalAlpha = 0.18;
      ctx.fill("evenodd");
      ctx.globalAlpha = 1;
      ctx.lineWidth = 2;
      ctx.stroke();
      return Number.POSITIVE_INFINITY;
    });
    made.onPick((at) => add(at));
    const places = corners().map(({ place }) => place);
    if (places.length > 0) made.fit(places, { maxZoom: 16, padding: 30 });
    paint();
  });
  createEffect(on(shape, paint, { defer: true }));
  onCleanup(() => {
    gone = true;
    map?.destroy();
    pins = [];
  });

  return (
    <fieldset class="field area-field">
      <legend class="small muted">{props.label}</legend>
      <div ref={element} class="area-map" data-testid="area-map" aria-invalid={props.invalid} />
      <p class="small muted">{byHand() ? t("area.help") : t("area.byFile", { n: corners().length })}</p>
      <div class="line wrap">
        <span class="grow small" role="status">
          {t("area.corners", { n: corners().length })}
        </span>
        <Show when={byHand()}>
          <button type="button" class="small" onClick={addHere}>
            {t("area.addHere")}
          </button>
        </Show>
        <button type="button" class="small" disabled={before().length === 0} onClick={undo}>
          {t("area.undo")}
        </button>
        <button type="button" class="small" disabled={corners().length === 0} onClick={() => put([])}>
          {t("area.clear")}
        </button>
      </div>
    </fieldset>
  );
}
