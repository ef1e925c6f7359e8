import type { LiveRecord } from "../line/protocol.ts";
import type { Room } from "../line/room.ts";

/** Where views get their records from. */
export interface Source {
  /** The server's time, as the wire has it. */
  now(): string;
  records(addresses: readonly string[]): Iterable<LiveRecord>;
  state(addresses: readonly string[]): { ready: boolean; closed: Record<string, string> };
}

/** The rooms of an engine as a source. */
export class RoomSource implements Source {
  readonly #rooms: ReadonlyMap<string, Room>;
  readonly now: () => string;

  constructor(rooms: ReadonlyMap<string, Room>, now: () => string) {
    this.#rooms = rooms;
    this.now = now;
  }

  *records(addresses: readonly string[]): Generator<LiveRecord> {
    for (const address of addresses) {
      const room = this.#rooms.get(address);
      if (room) yield* room.records.values();
    }
  }

  state(addresses: readonly string[]): { ready: boolean; closed: Record<string, string> } {
    const closed: Record<string, string> = {};
    let ready = true;
    for (const address of addresses) {
      const room = this.#rooms.get(address);
      const why = room?.refused ?? (room?.revoked ? "revoked" : undefined);
      if (why) closed[address] = why;
      else if (room?.epoch === undefined) ready = false;
    }
    return { ready, closed };
  }
}
