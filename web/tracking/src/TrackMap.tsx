import type { TrackingAnswer } from "@bros/sdk/tracking";
import { t } from "@bros/ui/light";
import { type BaseMap, bearing, createMap, type Pin, world } from "@bros/ui/map";
import { createEffect, on, onCleanup, onMount } from "solid-js";

/** How long the rider's dot takes to its next place: about as long as the next one takes to come. */
const glideMs = 4_000;

/** The shop, the door, and the rider between them; comes with the map's code, when it is needed. */
export default function TrackMap(props: { order: TrackingAnswer }) {
  let element!: HTMLDivElement;
  let map: BaseMap | undefined;
  let rider: Pin | undefined;
  let gone = false;

  const show = () => {
    const at = props.order.position;
    if (!map || !at) return;
    if (!rider) rider = map.pin({ at, label: props.order.riderFirstName ?? t("track.rider"), kind: "rider" });
    else {
      const from = rider.at;
      if (from.lat !== at.lat || from.lng !== at.lng) rider.turn(bearing(world(from), world(at)));
      rider.moveTo(at, glideMs);
    }
  };
  onMount(async () => {
    const { shop, destination, position } = props.order;
    const center = position ?? destination ?? shop.location;
    if (!center) return;
    const made = await createMap(element, { center, zoom: 15, label: t("track.map") });
    if (gone) return made.destroy();
    map = made;
    if (shop.location) made.pin({ at: shop.location, label: shop.name, kind: "shop" });
    if (destination) made.pin({ at: destination, label: t("track.door"), kind: "door" });
    show();
    const places = [destination, position ?? shop.location].filter((place) => place !== undefined);
    made.fit(places, { maxZoom: 16, padding: 54 });
  });
  createEffect(on(() => [props.order.position?.lat, props.order.position?.lng], show, { defer: true }));
  onCleanup(() => {
    gone = true;
    map?.destroy();
  });
  return <div ref={element} class="track-map" data-testid="track-map" />;
}
