import { type Api, Problem } from "@bros/sdk";

/**
 * Notifications while the app is closed. `unable`: the browser has none (on an iPhone: not
 * before the app is on the home screen); `denied`: the rider has said no in the browser.
 */
export type PushState = "unable" | "denied" | "off" | "on" | "busy";

const wanted = "bros.push";

function able(): boolean {
  return (
    window.isSecureContext &&
    "serviceWorker" in navigator &&
    "PushManager" in window &&
    "Notification" in window
  );
}

/** What holds now, without asking anybody for anything. */
export async function pushState(): Promise<PushState> {
  if (!able()) return "unable";
  if (Notification.permission === "denied") return "denied";
  const registration = await navigator.serviceWorker.getRegistration("/rider");
  const subscription = await registration?.pushManager.getSubscription();
  return subscription && Notification.permission === "granted" && localStorage.getItem(wanted) === "on"
    ? "on"
    : "off";
}

/** Asks for permission and subscribes; call it from a touch. */
export async function pushOn(api: Api, language: string): Promise<PushState> {
  if (!able()) return "unable";
  const permission = await Notification.requestPermission();
  if (permission === "denied") return "denied";
  if (permission !== "granted") return "off";
  await subscribe(api, language);
  localStorage.setItem(wanted, "on");
  return "on";
}

/** Tells the server of this browser again: a new login is a new subscription. */
export async function pushAgain(api: Api, language: string): Promise<void> {
  if ((await pushState()) === "on") await subscribe(api, language);
}

export async function pushOff(api: Api): Promise<PushState> {
  localStorage.removeItem(wanted);
  const registration = await navigator.serviceWorker.getRegistration("/rider");
  const subscription = await registration?.pushManager.getSubscription();
  if (subscription) {
    const id = await idOf(subscription.endpoint);
    await subscription.unsubscribe();
    // The server finds out by itself when it sends there the next time.
    await api.rest.delete(`/push/subscriptions/${id}`).catch(() => {});
  }
  return pushState();
}

async function subscribe(api: Api, language: string): Promise<void> {
  const { publicKey } = await api.rest.get<{ publicKey: string }>("/push/key");
  const { pushManager } = await navigator.serviceWorker.ready;
  const options = { userVisibleOnly: true, applicationServerKey: fromBase64(publicKey) };
  let subscription: PushSubscription;
  try {
    subscription = await pushManager.subscribe(options);
  } catch (error) {
    // One with the key of another server is in the way.
    const old = await pushManager.getSubscription();
    if (!old) throw error;
    await old.unsubscribe();
    subscription = await pushManager.subscribe(options);
  }
  const { endpoint, keys } = subscription.toJSON();
  if (!endpoint || !keys) throw new Problem("http", 0, { detail: "the browser gave no address" });
  const body = { endpoint, keys: { p256dh: keys.p256dh, auth: keys.auth }, language };
  await api.rest.post("/push/subscriptions", body);
}

/** The server's name for a subscription: the first 20 bytes of the address's SHA-256. */
async function idOf(endpoint: string): Promise<string> {
  const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(endpoint)));
  return Array.from(sum.slice(0, 20), (b) => b.toString(16).padStart(2, "0")).join("");
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const raw = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(raw, (c) => c.charCodeAt(0));
}
