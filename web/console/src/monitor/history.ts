import type { MonitorNode } from "@bros/sdk";

/** How many seconds of figures a chart shows. */
export const kept = 180;

/** One second of a node: rates are per second. */
export interface Moment {
  cpu: number; // of one core, in percent
  heap: number; // MB
  connections: number;
  messages: number;
  kilobytes: number;
}

/** The last minutes of each node, made of counters that only grow. */
export class NodeHistory {
  readonly #last = new Map<string, { node: MonitorNode; at: number }>();
  readonly #moments = new Map<string, Moment[]>();

  /** Takes in the figures of all nodes; `at` is a time in milliseconds. */
  add(nodes: MonitorNode[], at: number): void {
    for (const node of nodes) {
      const last = this.#last.get(node.id);
      // A node that fell silent says nothing new; one that started again counts from nothing.
      if (last && last.node.uptimeSec === node.uptimeSec && node.silentSec) continue;
      this.#last.set(node.id, { node, at });
      if (!last || last.node.startedAt !== node.startedAt || at <= last.at) {
        this.#moments.set(node.id, []);
        continue;
      }
      const seconds = (at - last.at) / 1000;
      const rate = (now: number, before: number) => Math.max(0, now - before) / seconds;
      const moments = [
        ...(this.#moments.get(node.id) ?? []),
        {
          cpu: rate(node.cpuSec, last.node.cpuSec) * 100,
          heap: node.heapBytes / 1e6,
          connections: node.connections,
          messages: rate(node.messagesSent, last.node.messagesSent),
          kilobytes: rate(node.bytesSent, last.node.bytesSent) / 1000,
        },
      ];
      this.#moments.set(node.id, moments.slice(-kept));
    }
    const there = new Set(nodes.map((node) => node.id));
    for (const id of this.#last.keys()) {
      if (!there.has(id)) {
        this.#last.delete(id);
        this.#moments.delete(id);
      }
    }
  }

  /** A node's moments, oldest first; a new array after every add. */
  of(id: string): Moment[] {
    return this.#moments.get(id) ?? [];
  }
}
