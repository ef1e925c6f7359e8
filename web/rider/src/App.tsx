import { type Delivery, type Duty, openLive } from "@bros/sdk";
import {
  Chat,
  complain,
  explain,
  followRecords,
  followStatus,
  keepLanguage,
  LinkBadge,
  language,
  otherLanguage,
  setClockOffset,
  t,
} from "@bros/ui";
import { createEffect, createMemo, createSignal, For, onCleanup, Show } from "solid-js";
import { Offer, Stop } from "./cards.tsx";
import { Outbox, type Waiting, withActs } from "./outbox.ts";
import { type Sharing, sharePositions } from "./positions.ts";
import { api, logout, type Session } from "./session.ts";

/** How often the rider's own duty is read: a dispatcher may change it. */
const rereadMs = 60_000;

export function App(props: { session: Session }) {
  const { user, center } = props.session;
  const [rider, setRider] = createSignal(props.session.rider);
  const live = openLive(language());
  const status = followStatus(live);
  createEffect(() => setClockOffset(status().clockOffset));
  createEffect(() => {
    if (status().fatal === "session") location.replace(keepLanguage("/login?next=/rider"));
  });

  const mine = followRecords<Delivery>(live, () => [`mine/${rider().id}`]);
  const claiming = center.assignMode === "claim";
  const offers = followRecords<Delivery>(live, () =>
    claiming && rider().duty === "on" ? [`offer/${center.id}`] : [],
  );

  const [waiting, setWaiting] = createSignal<Waiting[]>([]);
  const outbox = new Outbox({
    api,
    storage: localStorage,
    now: Date.now,
    setTimeout: (fn, ms) => setTimeout(fn, ms),
    clearTimeout: (handle) => clearTimeout(handle as number | undefined),
    changed: setWaiting,
    sent: (_act, _delivery, seq) => live.caughtUp([`mine/${rider().id}`], seq),
    refused: (act, problem) => complain(t("rider.refused", { number: act.number, why: explain(problem) })),
  });
  const flush = () => outbox.flush();
  window.addEventListener("online", flush);
  onCleanup(() => window.removeEventListener("online", flush));
  createEffect(() => {
    if (status().mode !== "offline") outbox.flush();
  });

  const deliveries = createMemo(() => withActs(mine.list(), waiting()));
  const open = createMemo(() =>
    deliveries()
      .filter((delivery) => delivery.status === "assigned" || delivery.status === "pickup")
      .sort((a, b) => (a.promisedAt ?? "").localeCompare(b.promisedAt ?? "")),
  );
  const done = () => deliveries().filter((delivery) => delivery.status === "delivered").length;
  const claimed = () => new Set(waiting().map((act) => act.deliveryId));
  const offered = createMemo(() =>
    offers
      .list()
      .filter((offer) => !claimed().has(offer.id))
      .sort((a, b) => (a.createdAt ?? "").localeCompare(b.createdAt ?? "")),
  );

  const reread = async () => {
    try {
      setRider(await api.rider(rider().id));
    } catch {
      // Without signal the duty of before counts.
    }
  };
  const timer = setInterval(reread, rereadMs);
  onCleanup(() => clearInterval(timer));
  createEffect(() => {
    // The offers were taken away: somebody has changed the duty.
    if (Object.values(offers.closed()).includes("revoked")) reread();
  });
  const setDuty = async (duty: Duty) => {
    try {
      const { data } = await api.duty("me", duty);
      setRider({ ...rider(), ...data });
    } catch (error) {
      complain(explain(error));
    }
  };

  const [sharing, setSharing] = createSignal<Sharing>("off");
  createEffect(() => {
    if (rider().duty === "off") return;
    const share = sharePositions(api, setSharing);
    onCleanup(share.stop);
  });
  const [chat, setChat] = createSignal(false);

  return (
    <div class="rider" data-duty={rider().duty}>
      <header class="rider-top">
        <div class="grow">
          <strong>{rider().name}</strong>
          <div class="small muted">
            {t("rider.youAre", { duty: t(`duty.${rider().duty}`) })}
            <Show when={rider().duty !== "off"}> · {t(`rider.place.${sharing()}`)}</Show>
          </div>
        </div>
        <LinkBadge status={status()} />
      </header>
      <Show when={waiting().length > 0 && status().mode === "offline"}>
        <p class="rider-waiting" role="status">
          {waiting().length === 1 ? t("rider.waitingOne") : t("rider.waiting", { n: waiting().length })}
        </p>
      </Show>
      <main class="rider-main">
        <Show when={claiming && rider().duty === "on"}>
          <section>
            <h2 class="rider-head">
              {t("rider.offers")} <span class="muted">{offered().length}</span>
            </h2>
            <For each={offered()} fallback={<p class="muted">{t("rider.noOffers")}</p>}>
              {(offer) => (
                <Offer
                  delivery={offer}
                  currency={center.currency}
                  full={open().length >= rider().capacity}
                  onClaim={() => outbox.add(offer, "claim")}
                />
              )}
            </For>
          </section>
        </Show>
        <section>
          <h2 class="rider-head">
            {t("rider.mine")} <span class="muted">{open().length}</span>
            <span class="grow" />
            <span class="muted small">{t("rider.done", { n: done() })}</span>
          </h2>
          <For
            each={open()}
            fallback={
              <p class="rider-nothing">
                {rider().duty === "off"
                  ? t("rider.offDuty")
                  : mine.ready()
                    ? t("rider.nothing")
                    : t("app.loading")}
              </p>
            }
          >
            {(delivery, index) => (
              <Stop
                delivery={delivery}
                currency={center.currency}
                first={index() === 0}
                onAct={(what) => outbox.add(delivery, what)}
              />
            )}
          </For>
        </section>
      </main>
      <footer class="rider-foot">
        <Show
          when={rider().duty === "on"}
          fallback={
            <button type="button" class="primary grow" onClick={() => setDuty("on")}>
              {t("act.onDuty")}
            </button>
          }
        >
          <button type="button" class="grow" onClick={() => setDuty("off")} disabled={open().length > 0}>
            {t("act.offDuty")}
          </button>
          <button type="button" onClick={() => setDuty("break")}>
            {t("act.break")}
          </button>
        </Show>
        <button type="button" onClick={() => setChat(!chat())}>
          {t("app.chat")}
        </button>
        <details class="rider-more">
          <summary class="button">⋯</summary>
          <div class="panel rider-menu">
            <a class="button quiet" href={otherLanguage()}>
              {t("app.language")}
            </a>
            <button type="button" class="quiet" onClick={logout}>
              {t("app.logout")}
            </button>
          </div>
        </details>
      </footer>
      <Show when={chat()}>
        <Chat api={api} live={live} userId={user.id} centers={[center]} onClose={() => setChat(false)} />
      </Show>
    </div>
  );
}
