import type { Answer, Api, Delivery, Live, LogPoint, Status, User } from "@bros/sdk";
import { complain, now, type Records, t } from "@bros/ui";
import { type Accessor, createEffect, createMemo, createSignal, on, onCleanup } from "solid-js";
import { offset } from "./clock.ts";
import { newest, withActs } from "./model.ts";
import { heldFor, Outbox, type Waiting } from "./outbox.ts";
import { anyone, api } from "./session.ts";
import type { Act, Picture, Refusal, Store } from "./store.ts";

/** How long an answer stands against a live view that has not caught up with it. */
const answerMs = 20_000;
/** How long after that the page has surely been told of what the worker knows. */
const settledMs = 1_500;
/** An act that is sent within this time was never seen waiting. */
const quickMs = 1_200;
const photoMs = 120_000;
/** A picture of the world that is older is none of today's. */
const pictureMs = 12 * 3_600_000;

/** Runs a job unless another copy of the app is at it; false: it is. */
export async function exclusive(name: string, job: () => Promise<void>): Promise<boolean> {
  if (!navigator.locks) {
    await job();
    return true;
  }
  return navigator.locks.request(name, { ifAvailable: true }, async (lock) => {
    if (lock) await job();
    return lock !== null;
  });
}

interface Needs {
  user: User;
  riderId: string;
  store: Store;
  live: Live;
  mine: Records<Delivery>;
  status: Accessor<Status>;
  onOut: () => void;
}

/**
 * The rider's deliveries as they are known best: the live view, or before it is there what was
 * last seen; over it what the server has answered, and over that what still waits to be sent.
 */
export function useWork(needs: Needs) {
  const { user, store, live, mine, riderId } = needs;
  const [acts, setActs] = createSignal<Act[]>([]);
  const [refusals, setRefusals] = createSignal<Refusal[]>([]);
  const [answers, setAnswers] = createSignal<ReadonlyMap<string, Delivery>>(new Map());
  const [picture, setPicture] = createSignal<Picture>();
  const [quick, setQuick] = createSignal(true);
  const [waiting, setWaiting] = createSignal<Waiting>({ photos: 0, unkept: 0 });
  store.picture(user.id).then(
    (kept) => {
      if (kept && Math.abs(Date.now() - kept.at) < pictureMs) setPicture(kept);
      else if (kept) store.keepPicture(user.id, undefined).catch(() => {});
    },
    () => {},
  );

  const forget = (delivery: Delivery) => {
    if (answers().get(delivery.id) !== delivery) return;
    const rest = new Map(answers());
    rest.delete(delivery.id);
    setAnswers(rest);
  };
  const answered = (delivery: Delivery, seq: LogPoint | undefined) => {
    setAnswers(new Map([...answers(), [delivery.id, delivery]]));
    // Where the live view has the record, the newer of the two counts; it may also be gone from it.
    live.caughtUp([`mine/${riderId}`], seq).then((there) => {
      if (there) setTimeout(() => forget(delivery), settledMs);
    });
    setTimeout(() => forget(delivery), answerMs);
  };

  const channel = new BroadcastChannel("bros.rider");
  let echo = false;
  const outbox = new Outbox(user.id, store, {
    act: (act) => sendAct(api, act),
    photo: (act, photo) => sendPhoto(api, act, photo),
    user: async () => (await anyone.me()).id,
    exclusive: (what, send) => exclusive(what === "acts" ? "bros.outbox" : "bros.photos", send),
    now: () => Date.now(),
    offset,
    setTimeout: (fn, ms) => setTimeout(fn, ms),
    clearTimeout: (handle) => clearTimeout(handle as number | undefined),
    changed: (acts, refused, waiting) => {
      setActs(acts);
      setRefusals(refused);
      setWaiting(waiting);
      if (!echo) channel.postMessage("changed");
    },
    sent: (_act, deliveries, seq) => {
      for (const delivery of deliveries) answered(delivery, seq);
    },
    loggedOut: needs.onOut,
    photoLost: (act) => complain(t("rider.photoLost", { number: act.number })),
  });
  // Another copy of the app has sent or added something; looking at it is not telling of it.
  channel.onmessage = async () => {
    echo = true;
    await outbox.reload();
    echo = false;
  };
  const flush = () => outbox.flush();
  window.addEventListener("online", flush);
  document.addEventListener("visibilitychange", flush);
  outbox.open();
  onCleanup(() => {
    window.removeEventListener("online", flush);
    document.removeEventListener("visibilitychange", flush);
    channel.close();
    outbox.close();
  });

  /** What may still be taken back, newest first. */
  const held = createMemo(() => {
    now();
    return acts()
      .filter((act) => heldFor(act, Date.now()) > 0)
      .reverse();
  });
  /** What waits for signal: not what merely may be taken back while there is some. */
  const due = createMemo(() => {
    if (needs.status().mode === "offline") return acts();
    const before = new Set(held());
    return acts().filter((act) => !before.has(act));
  });
  // "Waits for signal" is not said of what is just on its way.
  createEffect(
    on(
      () => due().length > 0,
      (some) => {
        setQuick(true);
        if (!some) return;
        const timer = setTimeout(() => setQuick(false), quickMs);
        onCleanup(() => clearTimeout(timer));
      },
    ),
  );

  const known = () => mine.ready() || picture() !== undefined;
  const base = createMemo(() =>
    newest(mine.ready() ? mine.list() : (picture()?.deliveries ?? []), answers()),
  );
  const deliveries = createMemo(() => withActs(base(), acts()));
  // What is known now is what is shown at the next start without signal.
  const minute = createMemo(() => Math.floor(now() / 60_000));
  createEffect(() => {
    minute();
    const picture = { deliveries: base(), at: Date.now() };
    if (!mine.ready() || needs.status().mode === "offline") return;
    const timer = setTimeout(() => store.keepPicture(user.id, picture).catch(() => {}), 300);
    onCleanup(() => clearTimeout(timer));
  });
  /** When what is shown was last known to be so, while that is not now. */
  const asOf = () => (mine.ready() ? undefined : picture()?.at);
  return { outbox, acts, due, held, refusals, waiting, base, deliveries, known, quick, answered, asOf };
}

async function sendAct(api: Api, act: Act): Promise<Answer<Delivery[]>> {
  const { key, what, deliveryId, at, receivedBy, note, photoId, kind, reason, place, version } = act;
  if (what === "accept" || what === "decline") {
    const { data, ...rest } = await api.answerOffer(deliveryId, what, { at, reason }, key);
    return { ...rest, data: data.deliveries };
  }
  const body = { at, receivedBy, note, photoId, kind, reason, place, version };
  const { data, ...rest } = await api.act(deliveryId, what, body, key);
  return { ...rest, data: [data] };
}

async function sendPhoto(api: Api, act: Act, photo: Blob): Promise<string> {
  const { data } = await api.rest.request<{ photoId: string }>(
    "POST",
    `/deliveries/${act.deliveryId}/photo${act.what === "problem" ? "?for=problem" : ""}`,
    {
      blob: photo,
      idempotencyKey: `${act.key}-photo`,
      timeoutMs: photoMs,
    },
  );
  return data.photoId;
}
