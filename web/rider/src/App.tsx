import { type ChatMessage, type Delivery, type Duty, openLive, Problem } from "@bros/sdk";
import {
  Chat,
  complain,
  explain,
  followRecords,
  followStatus,
  LinkBadge,
  language,
  now,
  setClockOffset,
  t,
  tell,
} from "@bros/ui";
import { createEffect, createMemo, createSignal, For, Match, on, onCleanup, Show, Switch } from "solid-js";
import { Awake, batteryLevel, ring } from "./device.ts";
import { Icon, type Shape } from "./icons.tsx";
import { More } from "./More.tsx";
import { cancelledUnseen, doneToday, isOpen, lastOfEach, stops } from "./model.ts";
import { Notices } from "./Notices.tsx";
import { OfferList, OfferSheet, offerBook } from "./Offers.tsx";
import type { ProofOf } from "./Proof.tsx";
import { Positions, type Sharing } from "./positions.ts";
import { type PushState, pushAgain, pushOff, pushOn, pushState } from "./push.ts";
import { Current, Next } from "./Stop.tsx";
import { Hold } from "./Sure.tsx";
import { api, leave, type Session } from "./session.ts";
import type { Fix, Store, What } from "./store.ts";
import { Today } from "./Today.tsx";
import { updateReady, useUpdate } from "./update.ts";
import { exclusive, useWork } from "./work.ts";

/** How often the rider's own duty is read: a dispatcher may change it. */
const rereadMs = 60_000;

type Pane = "now" | "today" | "chat" | "more";
const panes: { pane: Pane; shape: Shape }[] = [
  { pane: "now", shape: "now" },
  { pane: "today", shape: "today" },
  { pane: "chat", shape: "chat" },
  { pane: "more", shape: "more" },
];

interface Props {
  session: Session;
  store: Store;
  /** The login has ended, or is somebody else's. */
  onOut: () => void;
}

export function App(props: Props) {
  const { store } = props;
  const { user, center } = props.session;
  const riderId = props.session.rider.id;
  const [rider, setRider] = createSignal(props.session.rider);
  const [pane, setPane] = createSignal<Pane>("now");
  const live = openLive(language());
  onCleanup(() => live.stop());
  const status = followStatus(live);
  createEffect(() => setClockOffset(status().clockOffset));
  createEffect(() => {
    if (status().fatal === "session") props.onOut();
  });
  const online = () => status().mode !== "offline" || status().starting;

  // What there is to do.
  const mine = followRecords<Delivery>(live, () => [`mine/${riderId}`]);
  const work = useWork({ user, store, mine, live, riderId, onOut: () => props.onOut(), status });
  const mode = createMemo(() => status().mode);
  createEffect(() => {
    if (mode() !== "offline") work.outbox.flush();
  });
  const [front, setFront] = createSignal<string>();
  const open = createMemo(() => stops(work.deliveries(), front()));
  const done = createMemo(() => doneToday(work.deliveries(), center.timezone, now()));
  const waits = createMemo(() => new Set(work.acts().map((act) => act.deliveryId)));
  // What was gathered at a door stays with its delivery, whatever comes in between.
  const [proofs, setProofs] = createSignal<ReadonlyMap<string, ProofOf>>(new Map());
  const act = (delivery: Delivery, what: What, proof: ProofOf = {}) => {
    ring("done");
    work.outbox.add({ what, delivery, ...proof }).catch((error) => complain(explain(error)));
  };

  // Offers.
  const claims = center.assignMode === "claim";
  const onDuty = createMemo(() => rider().duty === "on");
  const offers = followRecords<Delivery>(live, () => (claims && onDuty() ? [`offer/${center.id}`] : []));
  const [claiming, setClaiming] = createSignal<ReadonlySet<string>>(new Set());
  const book = offerBook();
  const offered = createMemo(() => {
    const own = new Set(work.deliveries().map((delivery) => delivery.id));
    // Without signal nobody can claim, and what is shown may be gone.
    if (!online()) return [];
    return offers
      .list()
      .filter((offer) => offer.status === "waiting" && !own.has(offer.id))
      .sort((a, b) => (b.createdAt ?? "").localeCompare(a.createdAt ?? ""));
  });
  const full = () => open().length >= rider().capacity;
  const risen = createMemo(() => (full() ? [] : offered().filter((offer) => book.left(offer.id, now()) > 0)));
  const resting = createMemo(() => {
    const up = risen()[0]?.id;
    return offered().filter((offer) => offer.id !== up);
  });
  const claim = async (offer: Delivery) => {
    setClaiming(new Set([...claiming(), offer.id]));
    try {
      const answer = await api.act(offer.id, "claim", {});
      ring("done");
      work.answered(answer.data, answer.seq);
    } catch (error) {
      ring("gone");
      const known = error instanceof Problem ? error : undefined;
      const beaten = known?.code === "not_found" || known?.code === "illegal_transition";
      complain(
        known?.status === 0
          ? t("rider.claimUnknown", { number: offer.number })
          : beaten && !full()
            ? t("rider.claimLost", { number: offer.number })
            : explain(error),
      );
    } finally {
      const rest = new Set(claiming());
      rest.delete(offer.id);
      setClaiming(rest);
    }
  };
  announceNew(
    risen,
    (offer) => offer.id,
    () => ring("new"),
  );

  // News of one's own deliveries: something new, something taken away.
  let before: Map<string, Delivery> | undefined;
  createEffect(() => {
    const list = work.deliveries();
    if (!work.known()) return;
    const next = new Map(list.filter(isOpen).map((delivery) => [delivery.id, delivery]));
    if (before) {
      for (const [id, delivery] of next) {
        if (before.has(id) || claiming().has(id)) continue;
        ring("new");
        tell(t("rider.new", { number: delivery.number, shop: delivery.shop.name }));
      }
      const there = new Set(list.map((delivery) => delivery.id));
      for (const [id, delivery] of before) {
        if (there.has(id)) continue;
        ring("gone");
        complain(t("rider.takenBack", { number: delivery.number, shop: delivery.shop.name }));
      }
    }
    before = next;
  });
  const [seen, setSeen] = createSignal<ReadonlySet<string>>(new Set(), { equals: false });
  store.seen(user.id).then((ids) => setSeen(new Set(ids)));
  const cancelled = createMemo(() => cancelledUnseen(work.deliveries(), seen(), now()));
  announceNew(
    cancelled,
    (delivery) => delivery.id,
    () => ring("gone"),
  );
  const see = (delivery: Delivery) => {
    const ids = [...seen(), delivery.id].slice(-200);
    setSeen(new Set(ids));
    store.keepSeen(user.id, ids);
  };

  // Talk that was not read yet; a private word rings.
  const talk = followRecords<ChatMessage>(live, () => [`chat/${center.id}`]);
  const readKey = `bros.chat.${user.id}`;
  const [read, setRead] = createSignal(localStorage.getItem(readKey) ?? new Date().toISOString());
  const [privates, setPrivates] = createSignal(0);
  createEffect(() => {
    const newest = talk.list().reduce((at, line) => (line.at && line.at > at ? line.at : at), read());
    if (pane() !== "chat") return;
    setPrivates(0);
    setRead(newest);
    localStorage.setItem(readKey, newest);
  });
  const unread = () =>
    privates() + talk.list().filter(({ at, from }) => from.id !== user.id && (at ?? "") > read()).length;
  onCleanup(
    live.onEvent(({ event, data }) => {
      const line = data as ChatMessage;
      if (event !== "chat:message" || !line.to || line.from.id === user.id || pane() === "chat") return;
      setPrivates(privates() + 1);
      ring("new");
      tell(`${line.from.name}: ${line.text}`);
    }),
  );

  // Duty.
  const reread = async () => {
    try {
      const fresh = await api.rider(riderId);
      setRider(fresh);
      await store.keepSession({ user, center, rider: fresh });
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
  createEffect(on(mode, (mode) => mode === "live" && reread(), { defer: true }));
  const setDuty = async (duty: Duty) => {
    if (duty === "off" && open().length > 0) {
      complain(t("rider.finishFirst", { n: open().length }));
      return;
    }
    try {
      const { data } = await api.duty("me", duty);
      setRider({ ...rider(), ...data });
      ring("done");
      await store.keepSession({ user, center, rider: rider() });
    } catch (error) {
      complain(error instanceof Problem && error.status === 0 ? t("rider.dutySignal") : explain(error));
    }
  };

  // Places.
  const [sharing, setSharing] = createSignal<Sharing>("off");
  const [here, setHere] = createSignal<Fix>();
  const positions = new Positions(user.id, store, {
    geolocation: window.isSecureContext ? navigator.geolocation : undefined,
    send: (fixes) => api.positions(fixes),
    user: async () => (await api.me()).id,
    exclusive: (send) => exclusive("bros.fixes", send),
    battery: batteryLevel,
    offset: () => status().clockOffset,
    setTimeout: (fn, ms) => setTimeout(fn, ms),
    clearTimeout: (handle) => clearTimeout(handle as number | undefined),
    tell: setSharing,
    here: setHere,
  });
  onCleanup(() => positions.stop());
  createEffect(() => {
    const busy = open().length > 0;
    const off = rider().duty === "off" || (rider().duty === "break" && !busy);
    positions.pace(off ? "off" : busy || offered().length > 0 ? "ride" : "idle");
  });
  const awake = new Awake();
  createEffect(() => awake.want(open().length > 0));
  onCleanup(() => awake.want(false));

  // Notifications.
  const [push, setPush] = createSignal<PushState>("off");
  const [askPush, setAskPush] = createSignal(localStorage.getItem("bros.push.later") === null);
  pushState().then(setPush);
  pushAgain(api, language()).catch(() => {});
  const switchPush = async (on: boolean) => {
    setPush("busy");
    try {
      setPush(on ? await pushOn(api, language()) : await pushOff(api));
    } catch (error) {
      complain(error instanceof Problem ? explain(error) : t("rider.push.failed"));
      setPush(await pushState());
    }
  };
  const pushLater = () => {
    localStorage.setItem("bros.push.later", "1");
    setAskPush(false);
  };

  // A newer app is taken when nobody is in the middle of anything.
  const busy = () => open().length > 0 || work.acts().length > 0;
  createEffect(() => {
    if (updateReady() && !busy() && document.visibilityState === "hidden") useUpdate();
  });
  const hidden = () => {
    if (document.visibilityState === "hidden" && updateReady() && !busy()) useUpdate();
  };
  document.addEventListener("visibilitychange", hidden);
  onCleanup(() => document.removeEventListener("visibilitychange", hidden));

  const logout = async () => {
    try {
      if (push() === "on") await pushOff(api);
      await leave(store, user.id);
      props.onOut();
    } catch (error) {
      complain(error instanceof Problem && error.status === 0 ? t("rider.logoutSignal") : explain(error));
    }
  };

  return (
    <div class="rider" data-duty={rider().duty} data-pane={pane()}>
      <header class="top">
        <span class="top-duty" data-duty={rider().duty}>
          {t(`duty.${rider().duty}`)}
        </span>
        <LinkBadge status={status()} />
        <span class="grow" />
        <Show when={rider().duty === "on"}>
          <Hold class="top-hold" label={t("act.break")} onSure={() => setDuty("break")} />
        </Show>
        <Show when={rider().duty !== "off"}>
          <Hold class="top-hold" label={t("act.offDuty")} onSure={() => setDuty("off")} />
        </Show>
      </header>
      <Show when={work.acts().length > 0 && !work.quick()}>
        <p class="bar-waits rider-waiting" role="status">
          {work.acts().length === 1 ? t("rider.waitingOne") : t("rider.waiting", { n: work.acts().length })}
        </p>
      </Show>
      <Show when={!online() && work.acts().length === 0}>
        <p class="bar-waits" role="status">
          {t("rider.noSignal")}
        </p>
      </Show>
      <main class="main">
        <Switch>
          <Match when={pane() === "now"}>
            <Notices
              riderId={riderId}
              refusals={lastOfEach(work.refusals())}
              onRead={(refusal) => work.outbox.forgive(refusal.deliveryId)}
              cancelled={cancelled()}
              onSeen={see}
              sharing={sharing()}
              onAllow={() => positions.watch()}
              push={push()}
              askPush={askPush() && rider().duty === "on" && open().length === 0}
              onPush={() => switchPush(true)}
              onLater={pushLater}
            />
            <Show
              when={open()[0]}
              fallback={
                <Idle
                  duty={rider().duty}
                  known={work.known()}
                  claims={claims}
                  offers={offered().length}
                  done={done().length}
                  onDuty={() => setDuty("on")}
                />
              }
            >
              <Show when={`${open()[0]?.id} ${open()[0]?.status}`} keyed>
                <Current
                  delivery={open()[0] as Delivery}
                  currency={center.currency}
                  here={here()}
                  waits={waits().has(open()[0]?.id ?? "") && !work.quick()}
                  proof={proofs().get(open()[0]?.id ?? "") ?? {}}
                  onProof={(proof) => setProofs(new Map([...proofs(), [open()[0]?.id ?? "", proof]]))}
                  onAct={(what, proof) => {
                    const [first] = open();
                    if (first) act(first, what, proof);
                  }}
                />
              </Show>
            </Show>
            <Show when={open().length > 1}>
              <section class="rest" aria-label={t("rider.rest", { n: open().length - 1 })}>
                <h2 class="rest-title">{t("rider.rest", { n: open().length - 1 })}</h2>
                <For each={open().slice(1)}>
                  {(delivery) => (
                    <Next
                      delivery={delivery}
                      currency={center.currency}
                      here={here()}
                      waits={waits().has(delivery.id)}
                      onAct={(what) => act(delivery, what)}
                      onFront={() => setFront(delivery.id)}
                    />
                  )}
                </For>
              </section>
            </Show>
            <Show when={resting().length > 0}>
              <section class="rest" aria-label={t("rider.offers")}>
                <h2 class="rest-title">
                  {t("rider.offers")} {resting().length}
                </h2>
                <OfferList
                  offers={resting()}
                  currency={center.currency}
                  here={here()}
                  full={full()}
                  claiming={claiming()}
                  onClaim={claim}
                />
              </section>
            </Show>
          </Match>
          <Match when={pane() === "today"}>
            <Today done={done()} waiting={waits()} currency={center.currency} />
          </Match>
          <Match when={pane() === "chat"}>
            <Chat api={api} live={live} userId={user.id} centers={[center]} onClose={() => setPane("now")} />
          </Match>
          <Match when={pane() === "more"}>
            <More
              name={rider().name}
              center={center.name}
              sharing={sharing()}
              push={push()}
              onPush={switchPush}
              busy={busy()}
              onLogout={logout}
            />
          </Match>
        </Switch>
      </main>
      <Show when={pane() === "now"}>
        <OfferSheet
          offers={risen()}
          currency={center.currency}
          here={here()}
          full={full()}
          claiming={claiming()}
          onClaim={claim}
          left={(id) => book.left(id, now())}
          onSkip={book.skip}
        />
      </Show>
      <nav class="tabs">
        <For each={panes}>
          {(tab) => (
            <button
              type="button"
              aria-current={pane() === tab.pane ? "page" : undefined}
              onClick={() => setPane(tab.pane)}
            >
              <Icon shape={tab.shape} />
              <Show when={tab.pane === "chat" && unread() > 0}>
                <span class="unread">
                  {Math.min(unread(), 99)}
                  <span class="hidden-visually"> {t("rider.unread")}</span>
                </span>
              </Show>
              {tab.pane === "chat" ? t("app.chat") : t(`rider.pane.${tab.pane}`)}
            </button>
          )}
        </For>
      </nav>
    </div>
  );
}

/** Calls back when something stands in a list that did not before. */
function announceNew<T>(list: () => T[], id: (each: T) => string, say: () => void): void {
  const known = new Set<string>();
  createEffect(() => {
    const fresh = list().filter((each) => !known.has(id(each)));
    for (const each of fresh) known.add(id(each));
    if (fresh.length > 0) say();
  });
}

interface IdleProps {
  duty: Duty;
  known: boolean;
  claims: boolean;
  offers: number;
  done: number;
  onDuty: () => void;
}

/** Nothing is to be done: what there is to wait for, and the way on duty under the thumb. */
function Idle(props: IdleProps) {
  return (
    <section class="idle">
      <p class="idle-words">
        <Show when={props.known} fallback={t("app.loading")}>
          {props.duty === "off"
            ? t("rider.offDuty")
            : props.duty === "break"
              ? t("rider.onBreak")
              : props.claims && props.offers === 0
                ? t("rider.noOffers")
                : props.claims
                  ? t("rider.someOffers")
                  : t("rider.nothing")}
        </Show>
      </p>
      <Show when={props.done > 0}>
        <p class="muted">{t("rider.done", { n: props.done })}</p>
      </Show>
      <Show when={props.duty !== "on"}>
        <Hold class="idle-hold" label={t("act.onDuty")} onSure={() => props.onDuty()}>
          <span class="idle-on">{t("act.onDuty")}</span>
          <span class="idle-hint">{t("rider.hold")}</span>
        </Hold>
      </Show>
    </section>
  );
}
