import type { Duty, Rider } from "@bros/sdk";
import { age, ago, coarse, distance, metresBetween, now, stateSign, t } from "@bros/ui";
import {
  createEffect,
  createMemo,
  createSignal,
  For,
  Index,
  on,
  onCleanup,
  onMount,
  Show,
  untrack,
} from "solid-js";
import { taker, useDesk } from "./desk.ts";
import { allowDrop, dragged, takeDrop } from "./drag.ts";
import { fixAge, freshness } from "./fixes.ts";
import { byRoom, nextStop } from "./hands.ts";
import { useBoard } from "./state.ts";

const rowHeight = coarse() ? 48 : 38;
const spare = 4;
const shownKey = "bros.board.offDuty";

/** Who is on the road: duty, what is in hand, how old the last place is; free ones first. */
export function Riders() {
  const board = useBoard();
  const desk = useDesk();
  const [all, setAll] = createSignal(localStorage.getItem(shownKey) === "true");
  const [words, setWords] = createSignal("");
  const [held, setHeld] = createSignal(false);
  const [top, setTop] = createSignal(0);
  const [height, setHeight] = createSignal(400);
  let scroller!: HTMLUListElement;

  const working = createMemo(() =>
    board.riders.list().filter(({ active, duty }) => active && duty !== "off"),
  );
  const free = () =>
    working().filter(({ id, duty }) => duty === "on" && desk.hand(id).deliveries.length === 0).length;
  const silent = () => {
    now();
    const lost = ({ id, duty }: Rider) =>
      duty === "on" && freshness(fixAge(desk.fixes.get(id), now())) !== "fresh";
    return untrack(working).filter(lost).length;
  };
  const wanted = createMemo(() => {
    const name = words().toLowerCase();
    const list = all() ? board.riders.list().filter(({ active }) => active) : working();
    return name ? list.filter((rider) => rider.name.toLowerCase().includes(name)) : list;
  });
  // The order waits until pointer and focus have left: nothing jumps away under them.
  const shown = createMemo<Rider[]>((before) => {
    const list = wanted();
    const order = byRoom(new Map(list.map(({ id }) => [id, desk.hand(id)])));
    // A drag brings no pointer events, but the hand is there all the same.
    if (!held() && dragged().length === 0) return [...list].sort(order);
    const place = new Map(before.map(({ id }, index) => [id, index]));
    const at = (rider: Rider) => place.get(rider.id) ?? before.length;
    // Nor does a row move up into the place of one that went off duty.
    const here = new Set(list.map(({ id }) => id));
    const left = before.flatMap(({ id }) => (here.has(id) ? [] : (board.riders.get(id) ?? [])));
    return [...list, ...left].sort((a, b) => at(a) - at(b) || order(a, b));
  }, []);

  onMount(() => {
    const observer = new ResizeObserver(() => setHeight(scroller.clientHeight));
    observer.observe(scroller);
    onCleanup(() => observer.disconnect());
  });
  const first = () => Math.max(0, Math.floor(top() / rowHeight) - spare);
  const painted = createMemo(() =>
    shown().slice(first(), first() + Math.ceil(height() / rowHeight) + 2 * spare),
  );
  // Whoever is looked for on the map comes into sight here.
  createEffect(
    on(desk.followed, (id) => {
      const index = shown().findIndex((rider) => rider.id === id);
      if (index < 0) return;
      const from = index * rowHeight;
      if (from < scroller.scrollTop || from + rowHeight > scroller.scrollTop + scroller.clientHeight) {
        scroller.scrollTop = from - scroller.clientHeight / 2;
      }
    }),
  );

  const onKeyDown = (event: KeyboardEvent) => {
    const by = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    const row = (event.target as HTMLElement).closest<HTMLElement>(".rider-row");
    if (by === 0 || !row || event.target instanceof HTMLSelectElement) return;
    event.preventDefault();
    const next = by > 0 ? row.nextElementSibling : row.previousElementSibling;
    next?.querySelector<HTMLElement>(".rider-name")?.focus();
  };
  const leave = (event: FocusEvent) => {
    if (!scroller.contains(event.relatedTarget as Node | null)) setHeld(false);
  };

  return (
    <section class="panel riders" aria-label={t("board.riders")}>
      <header>
        <h2>{t("board.riders")}</h2>
        <span class="muted small riders-count">
          {t("board.ridersOn", { n: working().length, free: free() })}
          <Show when={silent() > 0}>
            <span class="stale"> · {t("board.ridersSilent", { n: silent() })}</span>
          </Show>
        </span>
        <span class="grow" />
        <input
          type="search"
          class="riders-search small"
          name="rider"
          autocomplete="off"
          placeholder={t("board.riderSearch")}
          aria-label={t("board.riderSearch")}
          value={words()}
          onInput={(event) => setWords(event.currentTarget.value.trim())}
        />
        <label class="line small muted">
          <input
            type="checkbox"
            checked={all()}
            onChange={(event) => {
              setAll(event.currentTarget.checked);
              localStorage.setItem(shownKey, String(event.currentTarget.checked));
            }}
          />
          {t("board.offDutyToo")}
        </label>
      </header>
      <ul
        class="riders-list"
        ref={scroller}
        onScroll={() => setTop(scroller.scrollTop)}
        onMouseEnter={() => setHeld(true)}
        onMouseLeave={() => setHeld(scroller.contains(document.activeElement))}
        onFocusIn={() => setHeld(true)}
        onFocusOut={leave}
        onKeyDown={onKeyDown}
      >
        <Show when={shown().length === 0}>
          <li class="empty">{words() ? t("board.nothingFound") : t("board.noRiders")}</li>
        </Show>
        <li aria-hidden="true" style={{ height: `${first() * rowHeight}px` }} />
        <Index each={painted()}>{(rider) => <RiderRow rider={rider()} />}</Index>
        <li
          aria-hidden="true"
          style={{ height: `${Math.max(0, shown().length - first() - painted().length) * rowHeight}px` }}
        />
      </ul>
    </section>
  );
}

function RiderRow(props: { rider: Rider }) {
  const board = useBoard();
  const desk = useDesk();
  const [over, setOver] = createSignal(0);
  const rider = () => props.rider;
  // The same object for as long as nothing of this rider changes: then nothing here is done again.
  const hand = createMemo(() => desk.hand(rider().id));
  const load = () => hand().deliveries.length;
  const place = () => {
    now();
    return desk.fixes.get(rider().id);
  };
  const placeAge = () => fixAge(place(), now());
  const fresh = () => freshness(placeAge());
  /** From here to the shop of what is selected. */
  const away = () => {
    const shop = board.selected()?.shop.location;
    const at = place();
    return shop && at && fresh() !== "lost" ? distance(metresBetween(shop, at)) : "";
  };
  const next = () => {
    const stop = nextStop(hand());
    return stop && t(`board.next.${stop.at}`, { number: stop.delivery.number, shop: stop.delivery.shopName });
  };
  const number = () => desk.suggestions().findIndex((s) => s.riderId === rider().id);

  return (
    <li
      class="rider-row"
      data-testid="rider-row"
      data-id={rider().id}
      data-duty={rider().duty}
      data-fresh={fresh()}
      data-chosen={board.selected() !== undefined && desk.riderId() === rider().id}
      data-followed={desk.followed() === rider().id}
      data-over={over() > 0 && dragged().length > 0}
      onDragEnter={(event) => {
        if (rider().duty === "on" && allowDrop(event)) setOver(over() + 1);
      }}
      onDragOver={(event) => {
        if (rider().duty === "on") allowDrop(event);
      }}
      onDragLeave={() => setOver(Math.max(0, over() - 1))}
      onDrop={(event) => {
        setOver(0);
        if (rider().duty !== "on") return;
        const targets = takeDrop(event);
        if (targets.length > 0) void desk.give(taker(rider()), targets);
      }}
    >
      <button
        type="button"
        class="quiet rider-name"
        title={desk.clickGives(rider()) ? t("board.clickGives", { what: desk.targetNames() }) : undefined}
        onClick={() => desk.clickRider(rider())}
        onFocus={() => desk.followRider(rider().id)}
      >
        <span class="rider-sign" aria-hidden="true">
          {rider().duty === "off" ? "–" : rider().duty === "break" ? "Ⅱ" : load() === 0 ? "○" : "●"}
        </span>
        <span class="cut">{rider().name}</span>
        <Show when={number() >= 0 && number() < 9}>
          <kbd>{number() + 1}</kbd>
        </Show>
      </button>
      <span class="rider-load">
        <span
          class="rider-dots"
          role="img"
          data-full={load() >= rider().capacity}
          aria-label={t("board.loadOf", { n: load(), of: rider().capacity })}
          title={t("board.loadOf", { n: load(), of: rider().capacity })}
        >
          {dots(load(), rider().capacity)}
        </span>
        <For each={hand().deliveries.slice(0, 3)}>
          {(delivery) => (
            <button
              type="button"
              class="quiet chip"
              title={delivery.shopName}
              onClick={() => board.select(delivery.id)}
            >
              <span class="state" data-status={delivery.status} aria-hidden="true">
                {stateSign(delivery.status)}
              </span>
              {delivery.number}
            </button>
          )}
        </For>
        <Show when={load() > 3}>
          <span class="muted small">+{load() - 3}</span>
        </Show>
        <span class="muted small cut rider-next">{next()}</span>
      </span>
      <span class="small muted rider-away">{away()}</span>
      <span class="small rider-fix">
        <Show when={rider().duty === "on"} fallback={<span class="muted">{t(`duty.${rider().duty}`)}</span>}>
          <span
            classList={{ muted: fresh() === "fresh", stale: fresh() !== "fresh" }}
            title={
              placeAge() === undefined ? undefined : t("board.rider.stale", { age: age(placeAge() ?? 0) })
            }
          >
            <Show when={fresh() !== "fresh"}>
              <span aria-hidden="true">{fresh() === "lost" ? "⚠ " : "◌ "}</span>
            </Show>
            {placeAge() === undefined ? t("board.rider.noPlace") : ago(placeAge() ?? 0)}
          </span>
        </Show>
      </span>
      <Show when={desk.dispatcher}>
        <DutySelect rider={rider()} />
      </Show>
    </li>
  );
}

function DutySelect(props: { rider: Rider }) {
  const desk = useDesk();
  return (
    <select
      class="rider-duty small"
      aria-label={t("board.dutyOf", { rider: props.rider.name })}
      value={props.rider.duty}
      onChange={(event) => {
        const duty = event.currentTarget.value as Duty;
        event.currentTarget.value = props.rider.duty; // it changes when the server says so
        void desk.actions.duty(props.rider, duty);
      }}
    >
      <option value="on">{t("duty.on")}</option>
      <option value="break">{t("duty.break")}</option>
      <option value="off">{t("duty.off")}</option>
    </select>
  );
}

/** ●●○: what is in hand, of what is good to have in hand. */
export function dots(load: number, capacity: number): string {
  const full = Math.min(load, 6);
  return "●".repeat(full) + "○".repeat(Math.max(0, Math.min(capacity, 6) - full)) + (load > 6 ? "+" : "");
}
