// The connection worker: sockets, client rule, polling, views and batching, off the page's
// thread. As a SharedWorker it serves all tabs of a browser over one connection.
import type { SocketLike } from "../line/commands.ts";
import { Engine } from "../line/engine.ts";
import { subprotocol } from "../line/protocol.ts";
import { Standby } from "../line/standby.ts";
import { newKey, Rest } from "../rest/rest.ts";
import { Host } from "./host.ts";
import type { FromWorker, ToWorker } from "./messages.ts";

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

const clock = {
  now: () => Date.now(),
  random: Math.random,
  setTimeout: (fn: () => void, ms: number) => setTimeout(fn, ms),
  clearTimeout: (handle: unknown) => clearTimeout(handle as number | undefined),
};

const host = new Host({
  ...clock,
  engine: (language, user, sink) => {
    const rest = new Rest({ base: scope.location.origin, language: () => language });
    const standby = new Standby<WebSocket>({
      ...clock,
      rest,
      home: scope.location.origin,
      open: (origin, ticket) => {
        const query = ticket ? `&ticket=${ticket}` : "";
        const url = `${origin.replace(/^http/, "ws")}/api/v1/realtime?client=${clientId}${query}`;
        return new WebSocket(url, subprotocol);
      },
    });
    const socket = async () => standby.connect() as SocketLike;
    return new Engine({ ...clock, user, rest, socket, stopped: () => standby.stop() }, sink);
  },
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
