// The service worker: it opens the app without signal, and rings while the app is closed.
// Nothing of /api is ever kept here: data is the page's own business, and waits in its store.
import { en, ko } from "@bros/ui/texts/rider";

/** The app's files and a name for this set of them: put in by the build. */
declare const __RIDER_FILES__: string[];
declare const __RIDER_VERSION__: string;

interface Waits {
  waitUntil(work: Promise<unknown>): void;
}
interface FetchLike extends Waits {
  request: Request;
  respondWith(answer: Promise<Response>): void;
}
interface PushLike extends Waits {
  data: { json(): unknown } | null;
}
interface ClickLike extends Waits {
  notification: Notification;
}
interface Page {
  visibilityState: string;
  url: string;
  focus(): Promise<unknown>;
}
interface Worker {
  location: Location;
  registration: ServiceWorkerRegistration;
  clients: {
    claim(): Promise<void>;
    matchAll(options: object): Promise<Page[]>;
    openWindow(url: string): Promise<unknown>;
  };
  skipWaiting(): Promise<void>;
  addEventListener(type: "install" | "activate", listener: (event: Waits) => void): void;
  addEventListener(type: "fetch", listener: (event: FetchLike) => void): void;
  addEventListener(type: "message", listener: (event: { data: unknown }) => void): void;
  addEventListener(type: "push", listener: (event: PushLike) => void): void;
  addEventListener(type: "notificationclick", listener: (event: ClickLike) => void): void;
}
const worker = globalThis as unknown as Worker;

const family = "bros-rider-";
const cacheName = family + __RIDER_VERSION__;
const shell = "/rider";

// A version is on the phone whole or not at all. It waits until the page says that nobody is
// in the middle of a delivery; the first one has nobody to wait for.
worker.addEventListener("install", (event) => {
  const fresh = [shell, ...__RIDER_FILES__].map((path) => new Request(path, { cache: "no-cache" }));
  event.waitUntil(caches.open(cacheName).then((cache) => cache.addAll(fresh)));
});

worker.addEventListener("message", (event) => {
  if (event.data === "use") worker.skipWaiting();
});

worker.addEventListener("activate", (event) => {
  const tidy = async () => {
    for (const name of await caches.keys()) {
      if (name.startsWith(family) && name !== cacheName) await caches.delete(name);
    }
    await worker.clients.claim();
  };
  event.waitUntil(tidy());
});

async function kept(path: string, request: Request): Promise<Response> {
  const cache = await caches.open(cacheName);
  return (await cache.match(path, { ignoreVary: true })) ?? fetch(request);
}

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== worker.location.origin) return;
  if (request.mode === "navigate") {
    if (url.pathname === shell) event.respondWith(kept(shell, request));
  } else if (__RIDER_FILES__.includes(url.pathname)) {
    event.respondWith(kept(url.pathname, request));
  }
});

/** What the server tells; see its push notices. */
interface Notice {
  kind:
    | "assigned"
    | "taken"
    | "cancelled"
    | "offer"
    | "chat"
    | "ask"
    | "amended"
    | "resolved"
    | "returning"
    | "returned"
    | "failed"
    | "reopened";
  lang: "ko" | "en";
  deliveryId?: string;
  number?: string;
  shop?: string;
}

async function show(notice: Notice): Promise<void> {
  const pages = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
  // The app is looked at: it rings by itself. Apple wants to see a notification for each message.
  const apple = /^((?!chrome|android).)*safari/i.test(navigator.userAgent);
  if (!apple && pages.some((page) => page.visibilityState === "visible" && isOurs(page))) return;
  const texts = notice.lang === "en" ? en : ko;
  const title = texts[`rider.note.${notice.kind}`].replace("{number}", notice.number ?? "");
  const options: NotificationOptions & { renotify?: boolean; vibrate?: number[] } = {
    body: notice.kind === "chat" ? texts["rider.note.chatBody"] : (notice.shop ?? ""),
    // The newest word about a delivery replaces the older one, and rings again.
    tag: notice.kind === "offer" || notice.kind === "chat" ? notice.kind : (notice.deliveryId ?? notice.kind),
    renotify: true,
    requireInteraction: ["assigned", "cancelled", "amended", "returning"].includes(notice.kind),
    vibrate: [200, 100, 200, 100, 400],
    icon: "/icon-192.png",
    badge: "/badge-96.png",
    lang: notice.lang,
  };
  await worker.registration.showNotification(title, options);
}

function isOurs(page: Page): boolean {
  return new URL(page.url).pathname === shell;
}

worker.addEventListener("push", (event) => {
  const notice = event.data?.json() as Notice | undefined;
  if (notice && `rider.note.${notice.kind}` in en) event.waitUntil(show(notice));
});

worker.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const open = async () => {
    const pages = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
    const page = pages.find(isOurs);
    await (page ? page.focus() : worker.clients.openWindow(shell));
  };
  event.waitUntil(open());
});
