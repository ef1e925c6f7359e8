import { type Delivery, openLive, Problem } from "@bros/sdk";
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
  time,
} from "@bros/ui";
import { createEffect, createMemo, createSignal, For, Match, on, onCleanup, Show, Switch } from "solid-js";
import { AmendSheet } from "./AmendSheet.tsx";
import { AskSheet } from "./AskSheet.tsx";
import { useAmendments } from "./amend.ts";
import { useAsk } from "./ask.ts";
import { useBell } from "./bell.ts";
import { offset, setExact } from "./clock.ts";
import { ring } from "./device.ts";
import { useDuty } from "./duty.ts";
import { Idle } from "./Idle.tsx";
import { Icon, type Shape } from "./icons.tsx";
import { More } from "./More.tsx";
import { doneToday, lastOfEach, stops } from "./model.ts";
import { Notices } from "./Notices.tsx";
import { useNews } from "./news.ts";
import { OfferList, OfferSheet } from "./OfferCards.tsx";
import { useOffers } from "./offers.ts";
import { type Draft, takeBackMs } from "./outbox.ts";
import { ProblemSheet } from "./Problem.tsx";
import type { ProofOf } from "./Proof.tsx";
import { usePlaces } from "./places.ts";
import { Current, Next, type Step } from "./Stop.tsx";
import { Hold } from "./Sure.tsx";
import { api, leave, rideAs, type Session } from "./session.ts";
import type { Act, Store } from "./store.ts";
import { Today } from "./Today.tsx";
import { useTalk } from "./talk.ts";
import { Undo } from "./Undo.tsx";
import { updateWhenIdle } from "./update.ts";
import { useWork } from "./work.ts";

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
  const [pane, setPane] = createSignal<Pane>("now");
  const live = openLive(language());
  onCleanup(() => live.stop());
  const status = followStatus(live);
  rideAs(user.id);
  createEffect(() => {
    if (status().mode === "live") setExact(status().clockOffset);
  });
  createEffect(() => setClockOffset(offset() ?? 0));
  // Without it the system may throw away what waits here when the phone gets full.
  navigator.storage?.persist?.().catch(() => {});
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
  const waits = createMemo(() => new Set(work.due().map((act) => act.deliveryId)));
  // What was gathered at a door stays with its delivery, whatever comes in between.
  const [proofs, setProofs] = createSignal<ReadonlyMap<string, ProofOf>>(new Map());
  const add = (draft: Draft) => {
    ring("done");
    work.outbox.add(draft).catch((error) => complain(explain(error)));
  };
  const act = (delivery: Delivery, what: Step, proof: ProofOf = {}) =>
    add({ what, delivery, ...proof, holdMs: what === "pickup" ? undefined : takeBackMs });
  const undo = async (act: Act) => {
    const back = await work.outbox.takeBack(act.key);
    if (back) tell(t("rider.undone"));
    else complain(t("rider.undoLate"));
  };
  const [trouble, setTrouble] = createSignal<Delivery>();
  createEffect(() => {
    // What is no longer in hand has no trouble to be told of.
    const id = trouble()?.id;
    const is = open().find((delivery) => delivery.id === id);
    if (id && is?.status !== trouble()?.status) setTrouble(is);
  });

  const duty = useDuty({
    session: props.session,
    store,
    live,
    open: () => open().length,
    before: () => work.outbox.hurry(),
  });
  const { rider } = duty;
  const offers = useOffers({ center, live, work, rider, online, carries: () => open().length });
  createEffect(() => {
    // The offers were taken away: somebody has changed the duty.
    if (offers.revoked()) duty.reread();
  });
  const ask = useAsk({ riderId, live, work });
  const own = () => new Set([...offers.claiming(), ...ask.accepted()]);
  const news = useNews({ user, store, work, own });
  const amend = useAmendments({ user, store, work, online });
  const talk = useTalk({ user, center, live, open: () => pane() === "chat" });
  const places = usePlaces({
    user,
    store,
    duty: () => rider().duty,
    carries: () => open().length > 0,
    offered: () => offers.offered().length > 0 || ask.open().length > 0,
  });
  const bell = useBell();
  const busy = () => open().length > 0 || work.acts().length > 0;
  updateWhenIdle(busy);

  // Another page, or another thing to do, begins at its top.
  let main!: HTMLElement;
  const top = createMemo(() => `${pane()} ${open()[0]?.id} ${open()[0]?.status}`);
  createEffect(on(top, () => main.scrollTo(0, 0), { defer: true }));

  const [unsent, setUnsent] = createSignal(0);
  const logout = async () => {
    const left = () => work.acts().length + work.waiting().photos;
    if (unsent() === 0 && left() > 0) {
      await work.outbox.hurry();
      if (left() > 0) {
        setUnsent(left()); // it is asked again, in words
        return;
      }
    }
    try {
      await leave(store, user.id);
      await bell.off();
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
          <Hold class="top-hold" label={t("act.break")} onSure={() => duty.set("break")} />
        </Show>
        <Show when={rider().duty !== "off"}>
          <Hold class="top-hold" label={t("act.offDuty")} onSure={() => duty.set("off")} />
        </Show>
      </header>
      <Show when={work.due().length > 0 && !work.quick()}>
        <p class="bar-waits rider-waiting" role="status">
          {work.due().length === 1 ? t("rider.waitingOne") : t("rider.waiting", { n: work.due().length })}
        </p>
      </Show>
      <Show when={work.waiting().unkept > 0}>
        <p class="bar-waits bar-bad" role="alert">
          {t("rider.unkept", { n: work.waiting().unkept })}
        </p>
      </Show>
      <Show when={work.waiting().photos > 0 && !work.quick()}>
        <p class="bar-waits" role="status">
          {t("rider.photosFollow", { n: work.waiting().photos })}
        </p>
      </Show>
      <Show when={!online() && work.asOf()}>
        {(at) => (
          <p class="bar-waits" role="status">
            {t("rider.asOf", { time: time(new Date(at()).toISOString()) })}
          </p>
        )}
      </Show>
      <Show when={!online() && work.acts().length === 0}>
        <p class="bar-waits" role="status">
          {t("rider.noSignal")}
        </p>
      </Show>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and a keyboard must be able to */}
      <main class="main" tabIndex={0} ref={main}>
        <Switch>
          <Match when={pane() === "now"}>
            <Notices
              riderId={riderId}
              refusals={lastOfEach(work.refusals())}
              onRead={(refusal) => work.outbox.forgive(refusal.deliveryId)}
              ended={news.ended()}
              onSeen={news.see}
              sharing={places.sharing()}
              onAllow={() => places.watch()}
              push={bell.state()}
              askPush={bell.ask() && rider().duty === "on" && open().length === 0}
              onPush={() => bell.turn(true)}
              onLater={bell.later}
            />
            <Show
              when={open()[0]}
              fallback={
                <Idle
                  duty={rider().duty}
                  known={work.known()}
                  claims={offers.claims}
                  offers={offers.offered().length}
                  done={done().length}
                  onDuty={() => duty.set("on")}
                />
              }
            >
              <Show when={`${open()[0]?.id} ${open()[0]?.status}`} keyed>
                <Current
                  delivery={open()[0] as Delivery}
                  currency={center.currency}
                  here={places.here()}
                  waits={waits().has(open()[0]?.id ?? "") && !work.quick()}
                  proof={proofs().get(open()[0]?.id ?? "") ?? {}}
                  onProof={(proof) => setProofs(new Map([...proofs(), [open()[0]?.id ?? "", proof]]))}
                  onAct={(what, proof) => {
                    const [first] = open();
                    if (first) act(first, what, proof);
                  }}
                  userId={user.id}
                  onArrive={() => {
                    const [first] = open();
                    const place = first?.status === "assigned" ? "shop" : "door";
                    if (first) add({ what: "arrive", delivery: first, place });
                  }}
                  onProblem={() => setTrouble(open()[0])}
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
                      here={places.here()}
                      waits={waits().has(delivery.id)}
                      onAct={(what) => act(delivery, what)}
                      onFront={() => setFront(delivery.id)}
                    />
                  )}
                </For>
              </section>
            </Show>
            <Show when={offers.resting().length > 0}>
              <section class="rest" aria-label={t("rider.offers")}>
                <h2 class="rest-title">
                  {t("rider.offers")} {offers.resting().length}
                </h2>
                <OfferList
                  offers={offers.resting()}
                  currency={center.currency}
                  here={places.here()}
                  full={offers.full()}
                  claiming={offers.claiming()}
                  onClaim={offers.claim}
                />
              </section>
            </Show>
          </Match>
          <Match when={pane() === "today"}>
            <Today done={done()} waiting={waits()} currency={center.currency} />
          </Match>
          <Match when={pane() === "chat"}>
            <Chat api={api} talk={talk} userId={user.id} centers={[center]} onClose={() => setPane("now")} />
          </Match>
          <Match when={pane() === "more"}>
            <More
              name={rider().name}
              center={center.name}
              sharing={places.sharing()}
              push={bell.state()}
              onPush={bell.turn}
              busy={busy()}
              unsent={unsent()}
              unkept={work.waiting().unkept}
              onLogout={logout}
            />
          </Match>
        </Switch>
      </main>
      <Switch>
        <Match when={ask.open().length > 0}>
          <AskSheet
            offers={ask.open()}
            currency={center.currency}
            onAccept={ask.accept}
            onDecline={ask.decline}
          />
        </Match>
        <Match when={amend.waiting().length > 0}>
          <AmendSheet
            waiting={amend.waiting()}
            before={amend.before}
            currency={center.currency}
            onSee={(delivery) => {
              ring("done");
              amend.see(delivery).catch((error) => complain(explain(error)));
            }}
          />
        </Match>
        <Match when={pane() === "now"}>
          <OfferSheet
            offers={offers.risen()}
            currency={center.currency}
            here={places.here()}
            full={offers.full()}
            claiming={offers.claiming()}
            onClaim={offers.claim}
            left={(id) => offers.left(id)}
            onSkip={offers.skip}
          />
        </Match>
      </Switch>
      <Show when={trouble()?.id} keyed>
        {(_id) => (
          <ProblemSheet
            delivery={trouble() as Delivery}
            mayGiveBack={center.riderMayGiveBack !== false}
            onReport={(report) => {
              add({ what: "problem", delivery: trouble() as Delivery, ...report, holdMs: takeBackMs });
              setTrouble();
            }}
            onGiveBack={(reason) => {
              add({ what: "giveback", delivery: trouble() as Delivery, reason, holdMs: takeBackMs });
              setTrouble();
            }}
            onClose={() => setTrouble()}
          />
        )}
      </Show>
      <Undo held={work.held()} onUndo={undo} />
      <nav class="tabs">
        <For each={panes}>
          {(tab) => (
            <button
              type="button"
              aria-current={pane() === tab.pane ? "page" : undefined}
              onClick={() => setPane(tab.pane)}
            >
              <Icon shape={tab.shape} />
              <Show when={tab.pane === "chat" && talk.unread() > 0}>
                <span class="unread">
                  {Math.min(talk.unread(), 99)}
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
