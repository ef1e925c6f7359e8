// The connection worker: sockets, client rule, polling, views and batching, off the page's
// thread. As a SharedWorker it serves all tabs of a browser over one connection.
import type { SocketLike } from "./commands.ts";
import { Engine } from "./engine.ts";
import { Host } from "./host.ts";
import type { FromWorker, ToWorker } from "./messages.ts";
import { subprotocol } from "./protocol.ts";
import { newKey, Rest } from "./rest.ts";

interface Port {
  postMessage(message: FromWorker): void;
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
}

interface Scope extends Port {
  onconnect?: ((event: MessageEvent) => void) | null;
  location: { origin: string };
  navigator: { locks?: LockManager };
}

const scope = globalThis as unknown as Scope;

// One name per worker: a reload is a new one, so two workers never throw each other out.
const clientId = newKey();
const { locks } = scope.navigator;

const host = new Host({
  engine: (language, user, sink) =>
    new Engine(
      {
        user,
        rest: new Rest({ base: scope.location.origin, language: () => language }),
        socket: async () => {
          const url = `${scope.location.origin.replace(/^http/, "ws")}/api/v1/realtime?client=${clientId}`;
          return new WebSocket(url, subprotocol) as SocketLike;
        },
        now: () => Date.now(),
        random: Math.random,
        setTimeout: (fn, ms) => setTimeout(fn, ms),
        clearTimeout: (handle) => clearTimeout(handle as number | undefined),
      },
      sink,
    ),
  now: () => Date.now(),
  setTimeout: (fn, ms) => setTimeout(fn, ms),
  clearTimeout: (handle) => clearTimeout(handle as number | undefined),
  // A port says nothing when its tab is gone; the tab's lock does.
  whenFree: locks && ((lock, gone) => void locks.request(lock, gone).catch(() => {})),
});

function serve(port: Port): void {
  port.onmessage = (event) => host.message(port, event.data);
}

if ("onconnect" in scope) {
  scope.onconnect = (event) => {
    const [port] = event.ports;
    if (port) serve(port as unknown as Port);
  };
} else {
  serve(scope);
}
