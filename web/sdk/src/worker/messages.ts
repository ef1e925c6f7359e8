import type { RoomBatch, Status } from "../line/batch.ts";
import type { LiveRecord, RiderPlace, Volatile } from "../line/protocol.ts";
import type { LogPoint } from "../rest/rest.ts";
import type { OpenDelta, Range, ViewAnswer, ViewDelta, ViewQuestion, ViewSpec } from "../views/spec.ts";

/** What a tab says to its worker. */
export type ToWorker =
  /** First of all: who speaks. `lock` is held as long as the tab lives, where the browser has locks. */
  | { type: "start"; language: string; lock?: string; user?: string }
  | { type: "subscribe" | "unsubscribe"; address: string }
  | { type: "view"; view: number; spec: ViewSpec; rev: number; range: Range }
  | { type: "look"; view: number; range: Range }
  | { type: "hold"; view: number; hold: boolean }
  | { type: "unview"; view: number }
  | { type: "ask"; id: number; view: number; question: ViewQuestion }
  | { type: "open"; open: number; addresses: string[] }
  | { type: "unopen"; open: number }
  /** One record, wherever it is among the addresses; without an id: no longer. */
  | { type: "watch"; watch: number; addresses: string[]; id?: string }
  | { type: "unwatch"; watch: number }
  /** The last update has been painted: the next may come. */
  | { type: "ack" }
  | { type: "alive" }
  | { type: "wake" }
  /** The tab is going (`bye`: it may come back out of the page cache; `stop`: logged out). */
  | { type: "bye" | "stop" }
  | { type: "catchUp"; id: number; addresses: string[]; point: LogPoint; timeoutMs: number };

/** A room as one tab gets it; `reset`: forget what was there. */
export interface TabRoom extends RoomBatch {
  reset: boolean;
}

/** One record that is watched; absent when it isn't there. */
export interface WatchDelta {
  watch: number;
  ready: boolean;
  record?: LiveRecord;
}

/** All that changed for one tab since its last update. */
export interface Update {
  rooms: TabRoom[];
  views: ViewDelta[];
  open: OpenDelta[];
  watches: WatchDelta[];
  places: Record<string, RiderPlace[]>;
  events: Volatile[];
}

/** What a worker says to one of its tabs. */
export type FromWorker =
  | { type: "update"; update: Update }
  | { type: "status"; status: Status }
  | { type: "answer"; id: number; answer: ViewAnswer }
  | { type: "caughtUp"; id: number; reached: boolean }
  /** The worker took the tab for dead: it must say everything again. */
  | { type: "lost" };
