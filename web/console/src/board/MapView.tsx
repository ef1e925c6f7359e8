import type { OpenDelivery, Rider } from "@bros/sdk";
import { ago, now, t } from "@bros/ui";
import { type BaseMap, createMap, world } from "@bros/ui/map";
import {
  createEffect,
  createMemo,
  createSignal,
  For,
  getOwner,
  on,
  onCleanup,
  onMount,
  runWithOwner,
  Show,
  untrack,
} from "solid-js";
import { everyShop, useApp } from "../app.ts";
import { taker, useDesk } from "./desk.ts";
import { allowDrop, dragged, takeDrop } from "./drag.ts";
import { fixAge, freshness } from "./fixes.ts";
import { Motion } from "./map/motion.ts";
import { PlaceScene } from "./map/places.ts";
import { type MapRider, RiderScene } from "./map/riders.ts";
import { useBoard } from "./state.ts";

/** What the pointer is on, and where. */
interface Hint {
  x: number;
  y: number;
  title: string;
  lines: string[];
}

/**
 * Where everybody is. Riders glide on a canvas that is painted while something moves; a click
 * or a drop on one gives it what is selected. Everything here can be done in the lists as well.
 */
export default function MapView() {
  const app = useApp();
  const board = useBoard();
  const desk = useDesk();
  let element!: HTMLDivElement;
  const [hint, setHint] = createSignal<Hint | undefined>();
  const [follow, setFollow] = createSignal(false);
  const [failed, setFailed] = createSignal(false);
  const aiming = () => dragged().length > 0 || desk.canGive();

  onMount(async () => {
    const owner = getOwner(); // it is forgotten while the map is waited for
    let gone = false;
    onCleanup(() => {
      gone = true;
    });
    const centers = app.centers().filter(({ id }) => app.chosen().includes(id));
    const home = centers[0]?.location ?? { lat: 37.5145, lng: 127.1059 };
    try {
      const map = await createMap(element, { center: home, zoom: 13, label: t("board.map") });
      if (gone) map.destroy();
      else runWithOwner(owner, () => live(map));
    } catch {
      setFailed(true); // the lists do without it
    }
  });

  /** Binds a map that is there to the board. */
  const live = (map: BaseMap) => {
    const motion = new Motion();
    motion.still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    const doors = map.addPicture();
    const places = new PlaceScene(map, doors, () => still.invalidate());
    const riders = new RiderScene(map, motion, places);
    const still = map.addScene(places.paint);
    const moving = map.addScene(riders.paint);
    const stops: (() => void)[] = [];

    stops.push(
      desk.fixes.follow((moved) => {
        const at = performance.now();
        for (const place of moved) motion.set(place.riderId, world(place), at, place.heading);
        moving.invalidate();
      }),
    );

    // Who is to be seen, and how. Freshness changes with time alone, so it is looked at again.
    let openStirred = true;
    stops.push(
      board.open.onChange((set, remove) => {
        places.change(set, remove);
        openStirred = true;
      }),
    );
    const look = () => {
      riders.riders = seen(board.riders.list(), desk);
      moving.invalidate();
      if (!openStirred) return;
      openStirred = false;
      still.invalidate();
    };
    // Once a second is often enough for marks, however much changes meanwhile; and half a second
    // after all the countdowns of the page: not everything in one frame.
    createEffect(() => {
      now();
      const later = setTimeout(() => untrack(look), 500);
      onCleanup(() => clearTimeout(later));
    });
    const aside = createMemo(() => board.selected() !== undefined);
    // Something is looked at: the rest steps back, without being painted again.
    createEffect(() => {
      for (const { canvas } of [still, doors]) canvas.classList.toggle("aside", aside());
    });
    createEffect(() => {
      const selected = board.selected();
      riders.attention = {
        ...riders.attention,
        chosen: desk.followed(),
        suggested: desk.dispatcher ? desk.suggestions().map((s) => s.riderId) : [],
        aiming: aiming(),
        route: selected && {
          id: selected.id,
          shopId: selected.shop.id,
          riderId: selected.riderId,
          shop: selected.shop.location,
          door: selected.customer.location,
          fetched: selected.status !== "waiting" && selected.status !== "assigned",
        },
      };
      moving.invalidate();
    });
    createEffect(
      on(
        () => app.chosen().join(),
        async () => {
          for (const centerId of app.chosen()) {
            places.setShops(await everyShop(centerId).catch(() => []));
          }
          still.invalidate();
        },
      ),
    );
    const shownId = createMemo(() => board.selected()?.id);
    createEffect(on(shownId, () => bringIntoSight(map), { defer: true }));
    // At first everything is to be seen; from then on the map stays where it is put.
    let begun = false;
    createEffect(() => {
      if (begun || !board.open.ready() || !board.riders.ready()) return;
      begun = true;
      fitAll(map);
    });
    createEffect(() => {
      now();
      const place = follow() ? desk.fixes.get(desk.followed()) : undefined;
      if (place) map.leaflet.panTo(place, { animate: !motion.still, duration: 0.9 });
    });
    createEffect(on(desk.fitAsked, () => fitAll(map), { defer: true }));
    point(map, riders, places, moving.invalidate.bind(moving));
    onCleanup(() => {
      for (const stop of stops) stop();
      places.stop();
      map.destroy();
    });
  };

  /** Moves only as far as it must, and only when something of the delivery can't be seen. */
  const bringIntoSight = (map: BaseMap) => {
    const selected = board.selected();
    const rider = desk.fixes.get(selected?.riderId);
    const spots = [selected?.shop.location, selected?.customer.location, rider].flatMap((at) => at ?? []);
    const bounds = map.leaflet.getBounds().pad(-0.06);
    if (spots.some((at) => !bounds.contains(at))) map.reach(spots, 60);
  };

  const fitAll = (map: BaseMap) => {
    const spots = [...board.open.all()].flatMap(({ shop, drop }) => [shop, drop].flatMap((at) => at ?? []));
    for (const rider of board.riders.list()) {
      const place = rider.duty === "off" ? undefined : desk.fixes.get(rider.id);
      if (place && freshness(fixAge(place, now())) !== "lost") spots.push(place);
    }
    map.fit(spots, { maxZoom: 15, padding: 36 });
  };

  /** The pointer: what it is on, clicks and drops. */
  const point = (map: BaseMap, riders: RiderScene, places: PlaceScene, repaint: () => void) => {
    const hover = (id: string | undefined) => {
      if (riders.attention.hovered === id) return;
      riders.attention = { ...riders.attention, hovered: id };
      element.dataset.over = String(id !== undefined);
      repaint();
    };
    const at = (event: MouseEvent) => {
      const box = element.getBoundingClientRect();
      return { x: event.clientX - box.left, y: event.clientY - box.top };
    };
    const find = (event: MouseEvent) => {
      const { x, y } = at(event);
      const id = riders.find(x, y);
      return { x, y, rider: id ? board.riders.get(id) : undefined, place: places.find(x, y) };
    };
    const moved = (event: MouseEvent) => {
      const { x, y, rider, place } = find(event);
      hover(rider?.id);
      element.dataset.over = String(rider !== undefined || place !== undefined);
      if (rider) setHint({ x, y, ...aboutRider(rider) });
      else if (place?.kind === "shop") setHint({ x, y, ...aboutShop(place.name, place.waiting) });
      else if (place) setHint({ x, y, ...aboutDoor(board.open.get(place.deliveryId)) });
      else setHint(undefined);
    };
    const left = () => {
      hover(undefined);
      setHint(undefined);
    };
    const clicked = (event: MouseEvent) => {
      const { rider, place } = find(event);
      if (rider) desk.clickRider(rider);
      else if (place?.kind === "door") board.select(place.deliveryId);
      else if (place?.waiting[0]) board.select(place.waiting[0]);
    };
    map.leaflet.on("click", (event) => clicked(event.originalEvent));
    element.addEventListener("mousemove", moved);
    element.addEventListener("mouseleave", left);
    element.addEventListener("dragover", (event) => {
      if (!allowDrop(event)) return;
      const { x, y, rider } = find(event);
      hover(rider?.id);
      setHint(rider && { x, y, ...aboutRider(rider) });
    });
    element.addEventListener("dragleave", left);
    element.addEventListener("drop", (event) => {
      const { rider } = find(event);
      const targets = takeDrop(event);
      left();
      if (rider && targets.length > 0) void desk.give(taker(rider), targets);
    });
  };

  const aboutRider = (rider: Rider): Pick<Hint, "title" | "lines"> => {
    const age = fixAge(desk.fixes.get(rider.id), now());
    const hand = desk.hand(rider.id).deliveries.map(({ number }) => number);
    const lines = [
      hand.length > 0 ? hand.join(" ") : t("board.free"),
      age === undefined ? t("board.rider.noPlace") : t("board.fix", { age: ago(age) }),
    ];
    if (desk.clickGives(rider)) lines.push(t("board.clickGives", { what: desk.targetNames() }));
    return { title: rider.name, lines };
  };
  const aboutShop = (name: string, waiting: string[]): Pick<Hint, "title" | "lines"> => ({
    title: name,
    lines: waiting.length > 0 ? [t("board.waitHere", { n: waiting.length })] : [],
  });
  const aboutDoor = (delivery: OpenDelivery | undefined): Pick<Hint, "title" | "lines"> => ({
    title: delivery?.number ?? "",
    lines: delivery ? [delivery.shopName, t(`status.${delivery.status}`)] : [],
  });

  return (
    <section class="board-map panel" data-aiming={aiming()} aria-label={t("board.map")}>
      <div class="board-map-ground" ref={element} />
      <Show when={failed()}>
        <p class="empty board-map-failed">{t("board.mapFailed")}</p>
      </Show>
      <Show when={hint()}>
        {(about) => (
          <div class="map-hint" aria-hidden="true" style={{ left: `${about().x}px`, top: `${about().y}px` }}>
            <b>{about().title}</b>
            <For each={about().lines}>{(line) => <span>{line}</span>}</For>
          </div>
        )}
      </Show>
      <div class="board-map-tools">
        <button
          type="button"
          title={`${t("board.fit")} (f)`}
          aria-label={t("board.fit")}
          onClick={() => desk.fit()}
        >
          <Icon path="M3 7V3h4M13 3h4v4M17 13v4h-4M7 17H3v-4" />
        </button>
        <Show when={desk.followed()}>
          <button
            type="button"
            title={t("board.follow")}
            aria-label={t("board.follow")}
            aria-pressed={follow()}
            onClick={() => setFollow(!follow())}
          >
            <Icon path="M10 2v3M10 15v3M2 10h3M15 10h3M10 6a4 4 0 1 0 0 8a4 4 0 1 0 0-8" />
          </button>
        </Show>
        <button
          type="button"
          title={`${t("board.mapSize")} (m)`}
          aria-label={t("board.mapSize")}
          onClick={() => desk.turnMap()}
        >
          <Icon path="M4 4h12v12H4zM10 4v12" />
        </button>
      </div>
      <Show when={dragged().length > 0 || (desk.canGive() && desk.waiting())}>
        <p class="board-map-aim small">{t("board.aim", { what: desk.targetNames() })}</p>
      </Show>
    </section>
  );
}

function Icon(props: { path: string }) {
  return (
    <svg viewBox="0 0 20 20" width="16" height="16" aria-hidden="true">
      <path d={props.path} fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" />
    </svg>
  );
}

/** The riders that a map shows: on duty or with something in hand. */
function seen(riders: Rider[], desk: ReturnType<typeof useDesk>): Map<string, MapRider> {
  const all = new Map<string, MapRider>();
  const at = new Date(now()).toISOString();
  for (const { id, name, duty, capacity, active } of riders) {
    const hand = desk.hand(id);
    if (!active || (duty === "off" && hand.deliveries.length === 0)) continue;
    all.set(id, {
      id,
      name,
      load: hand.deliveries.length,
      full: hand.deliveries.length >= capacity,
      resting: duty !== "on",
      freshness: freshness(fixAge(desk.fixes.get(id), now())),
      late: hand.first !== undefined && hand.first < at,
    });
  }
  return all;
}
