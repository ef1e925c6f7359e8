import type { ZoneAnswer } from "@bros/sdk";
import { t } from "@bros/ui";
import type { Place } from "@bros/ui/map";
import { type Accessor, createEffect, createSignal, on, onCleanup } from "solid-js";
import { type App, api } from "../app.ts";

/** A pin on its way is asked about when it rests. */
const restMs = 120;

/**
 * What the center's areas say of a door of a shop, asked while the order is typed: an order to a
 * door outside of them would be refused. Unknown while nothing is pinned or the server is away.
 */
export function createArea(
  app: App,
  shopId: Accessor<string | undefined>,
  door: Accessor<Place | undefined>,
): Accessor<ZoneAnswer | undefined> {
  const [answer, setAnswer] = createSignal<ZoneAnswer>();
  const [changed, setChanged] = createSignal(0);
  let asked = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  createEffect(
    on([shopId, () => door()?.lat, () => door()?.lng, changed], ([shop, lat, lng]) => {
      clearTimeout(timer);
      const mine = ++asked;
      if (!shop || lat === undefined || lng === undefined) {
        setAnswer(undefined);
        return;
      }
      timer = setTimeout(async () => {
        const said = await api.rest
          .get<ZoneAnswer>("/zones/at", { shopId: shop, location: `${lat},${lng}` })
          .catch(() => undefined);
        if (mine === asked) setAnswer(said);
      }, restMs);
    }),
  );
  onCleanup(
    app.live.onEvent((event) => {
      if (event.event === "setup:zone") setChanged((n) => n + 1);
    }),
  );
  onCleanup(() => {
    asked = -1;
    clearTimeout(timer);
  });
  return answer;
}

/** Why a door is refused, in words; undefined: it isn't. */
export function areaWords(answer: ZoneAnswer | undefined): string | undefined {
  if (!answer || answer.allowed) return undefined;
  return answer.zoneName ? t("area.refused", { name: answer.zoneName }) : t("area.outside");
}
