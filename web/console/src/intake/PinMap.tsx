import { t } from "@bros/ui";
import { type BaseMap, createMap, type Pin, type Place } from "@bros/ui/map";
import { createEffect, on, onCleanup, onMount } from "solid-js";

/**
 * A map with the shop and the door. With `onPin` the door's pin can be set by a click and moved
 * by hand or arrow keys; nothing needs a geocoder.
 */
export function PinMap(props: {
  shop?: { name: string; at: Place };
  door?: Place;
  /** Where the map is when nothing is known. */
  home: Place;
  onPin?: (at: Place) => void;
  /** Why nothing is delivered to the door. */
  refused?: string;
  /** Gets a function that puts the focus on the pin, setting it where the map looks if need be. */
  focusPin?: (focus: () => void) => void;
}) {
  let element!: HTMLDivElement;
  let map: BaseMap | undefined;
  let pins: { shop?: Pin; door?: Pin } = {};
  let gone = false;

  const fit = () => {
    const places = [props.shop?.at, props.door].filter((place) => place !== undefined);
    if (places.length > 1) map?.fit(places, { maxZoom: 16, padding: 46 });
    else map?.show(places[0] ?? props.home, 15);
  };
  const paint = () => {
    if (!map) return;
    const { shop, door, onPin } = props;
    if (!shop) pins.shop?.remove();
    else if (pins.shop) pins.shop.moveTo(shop.at);
    pins.shop = shop
      ? (pins.shop ?? map.pin({ at: shop.at, label: shop.name, kind: "shop", named: true }))
      : undefined;
    pins.shop?.setLabel(shop?.name ?? "");
    if (!door) pins.door?.remove();
    else if (pins.door) pins.door.moveTo(door);
    pins.door = door
      ? (pins.door ??
        map.pin({
          at: door,
          label: t("phone.pinHere"),
          kind: "door",
          draggable: Boolean(onPin),
          onMove: onPin,
        }))
      : undefined;
    pins.door?.setLabel(props.refused ? `${t("phone.pinHere")}: ${props.refused}` : t("phone.pinHere"));
    pins.door?.refuse(props.refused !== undefined);
  };

  onMount(async () => {
    const made = await createMap(element, {
      center: props.shop?.at ?? props.home,
      zoom: 15,
      label: t("phone.map"),
    });
    if (gone) {
      made.destroy();
      return;
    }
    map = made;
    if (props.onPin) made.onPick((at) => props.onPin?.(at));
    paint();
    fit();
    // What is beside it has grown: shop and door stay in sight.
    made.leaflet.on("resize", fit);
    props.focusPin?.(() => {
      if (!props.door) {
        const { lat, lng } = made.leaflet.getCenter();
        props.onPin?.({ lat, lng });
      }
      queueMicrotask(() => pins.door?.focus());
    });
  });
  createEffect(
    on(
      () =>
        [props.shop?.at.lat, props.shop?.at.lng, props.shop?.name, props.door?.lat, props.door?.lng] as const,
      (now, before) => {
        paint();
        // Another shop is another part of the town; a pin that is moved is where one looks already.
        if (before?.[2] !== now[2] || (before?.[3] === undefined) !== (now[3] === undefined)) fit();
      },
      { defer: true },
    ),
  );
  createEffect(
    on(
      () => props.refused,
      () => paint(),
      { defer: true },
    ),
  );
  onCleanup(() => {
    gone = true;
    map?.destroy();
    pins = {};
  });
  return <div ref={element} class="pin-map" data-testid="pin-map" />;
}
