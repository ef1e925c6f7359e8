// The connection worker: sockets, client rule, polling and batching, off the page's thread.
import type { SocketLike } from "./commands.ts";
import { Engine, type EngineEnv } from "./engine.ts";
import type { FromWorker, ToWorker } from "./live.ts";
import { subprotocol } from "./protocol.ts";
import { newKey, Rest } from "./rest.ts";

interface Scope {
  postMessage(message: FromWorker): void;
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
  location: { origin: string };
}

const scope = globalThis as unknown as Scope;

// One name per worker: a reload is a new one, so two tabs never throw each other out.
const clientId = newKey();
let engine: Engine | undefined;

function environment(language: string): EngineEnv {
  return {
    rest: new Rest({ base: scope.location.origin, language: () => language }),
    socket: async () => {
      const url = `${scope.location.origin.replace(/^http/, "ws")}/api/v1/realtime?client=${clientId}`;
      return new WebSocket(url, subprotocol) as SocketLike;
    },
    now: () => Date.now(),
    random: Math.random,
    setTimeout: (fn, ms) => setTimeout(fn, ms),
    clearTimeout: (handle) => clearTimeout(handle as number | undefined),
  };
}

scope.onmessage = (event) => {
  const message = event.data;
  switch (message.type) {
    case "start":
      engine = new Engine(environment(message.language), {
        batch: (batch) => scope.postMessage({ type: "batch", batch }),
        status: (status) => scope.postMessage({ type: "status", status }),
      });
      engine.start();
      break;
    case "subscribe":
      engine?.subscribe(message.address);
      break;
    case "unsubscribe":
      engine?.unsubscribe(message.address);
      break;
    case "wake":
      engine?.wake();
      break;
    case "catchUp":
      engine
        ?.caughtUp(message.addresses, message.point, message.timeoutMs)
        .then((reached) => scope.postMessage({ type: "caughtUp", id: message.id, reached }));
      break;
    case "stop":
      engine?.stop();
      engine = undefined;
  }
};
