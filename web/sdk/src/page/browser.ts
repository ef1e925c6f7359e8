import { newKey } from "../rest/rest.ts";
import { type Batching, Live, type Port } from "./live.ts";
import { Watch } from "./watch.ts";

export interface OpenOptions {
  /**
   * Id of who is logged in. With it, all tabs of this user share one worker and so one
   * connection, where the browser has shared workers.
   */
  user?: string;
  /** How the page takes all that one update changes in one step. */
  batch?: Batching;
  /** The worker's script can't be had: the server has a newer version, or there is no line. */
  missing?: () => void;
}

/** How often the page says that it is there, and looks whether its worker is. */
const aliveEveryMs = 10_000;
const channelName = "bros-session";

/** Starts the connection worker of this page, or joins it, and tells it when the page wakes. */
export function openLive(language: string, options: OpenOptions = {}): Live {
  const { user, missing } = options;
  const lock = holdLock();
  // A worker that went dead is left behind under its name.
  let turn = "";
  const connect = (): Port => {
    const name = `bros-live${user ? ` ${user}` : ""}${turn}`;
    if (user && typeof SharedWorker === "function") return sharedPort(name, missing);
    return workerPort(name, missing);
  };
  const live = new Live(connect, { language, user, lock }, options.batch);

  let asleep = false;
  const wake = () => {
    if (asleep) {
      asleep = false;
      live.reopen();
    }
    live.wake();
  };
  const onVisible = () => {
    if (document.visibilityState === "visible") wake();
  };
  const onHide = (event: PageTransitionEvent) => {
    live.bye();
    asleep = event.persisted;
  };
  const watch = new Watch();
  const look = () => {
    // A hidden page is slow to hear, and nobody looks at it.
    const looking = document.visibilityState === "visible" && !asleep;
    const dead = watch.look(live.heard, looking);
    if (!dead) {
      live.alive();
      return;
    }
    live.deaf();
    turn = ` ${newKey()}`;
    live.reopen();
  };
  const timer = setInterval(look, aliveEveryMs);
  document.addEventListener("visibilitychange", onVisible);
  window.addEventListener("pageshow", wake);
  window.addEventListener("online", wake);
  window.addEventListener("pagehide", onHide);
  live.onStop(() => {
    clearInterval(timer);
    document.removeEventListener("visibilitychange", onVisible);
    window.removeEventListener("pageshow", wake);
    window.removeEventListener("online", wake);
    window.removeEventListener("pagehide", onHide);
  });
  if (user) watchLogins(live, user);
  return live;
}

/** A login of somebody else in another tab takes the cookie of this one. */
function watchLogins(live: Live, user: string): void {
  if (typeof BroadcastChannel !== "function") return;
  const channel = new BroadcastChannel(channelName);
  channel.postMessage(user);
  channel.onmessage = (event) => {
    if (event.data !== user) live.replaced();
  };
  live.onStop(() => channel.close());
}

/** Takes a lock for as long as this page lives; undefined where there are none (plain HTTP). */
function holdLock(): string | undefined {
  if (!navigator.locks) return undefined;
  const name = `bros-tab ${newKey()}`;
  navigator.locks.request(name, () => new Promise(() => {})).catch(() => {});
  return name;
}

function sharedPort(name: string, missing?: () => void): Port {
  const worker = new SharedWorker(new URL("../worker/worker.ts", import.meta.url), { type: "module", name });
  if (missing) worker.addEventListener("error", missing);
  return Object.assign(worker.port as Port, { end: () => worker.port.close() });
}

function workerPort(name: string, missing?: () => void): Port {
  const worker = new Worker(new URL("../worker/worker.ts", import.meta.url), { type: "module", name });
  if (missing) worker.addEventListener("error", missing);
  return Object.assign(worker as Port, { end: () => worker.terminate() });
}
