// The rider's page must open without signal: its files are kept as they come. Data is not:
// what the rider did waits in the page's own outbox, and nothing of /api is ever kept here.
const cacheName = "bros-rider-1";

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(cacheName).then((cache) => cache.add("/rider")));
  self.skipWaiting();
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) =>
        Promise.all(names.filter((name) => name !== cacheName).map((name) => caches.delete(name))),
      ),
  );
});

async function keep(key, response) {
  if (response.ok) {
    const cache = await caches.open(cacheName);
    await cache.put(key, response.clone());
  }
  return response;
}

// Pages: the server's newest, else the kept one. Files with hashed names never change.
async function page(request) {
  try {
    return await keep("/rider", await fetch(request));
  } catch {
    return (await caches.match("/rider")) ?? Response.error();
  }
}

async function file(request) {
  return (await caches.match(request)) ?? (await keep(request, await fetch(request)));
}

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) return;
  if (event.request.mode === "navigate" && url.pathname === "/rider") event.respondWith(page(event.request));
  else if (url.pathname.startsWith("/assets/")) event.respondWith(file(event.request));
});
