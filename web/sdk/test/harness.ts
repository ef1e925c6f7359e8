import type { Batch, Status } from "../src/line/batch.ts";
import { Engine } from "../src/line/engine.ts";
import type { LiveRecord, Volatile } from "../src/line/protocol.ts";
import { FakeServer } from "./fakeserver.ts";
import { Clock, fakeEnv } from "./world.ts";

/** An engine on a fake clock and server, and the page that gets its batches. */
export class Harness {
  readonly clock = new Clock();
  readonly server = new FakeServer(this.clock);
  readonly engine: Engine;
  /** What the page has, built from batches alone. */
  readonly page = new Map<string, Map<string, LiveRecord>>();
  batches: Batch[] = [];
  events: Volatile[] = [];
  status: Status | undefined;
  /** Every mode the badge went through, with the second of it. */
  modes: string[] = [];

  constructor(random?: () => number) {
    this.engine = new Engine(fakeEnv(this.clock, this.server, random), {
      batch: (batch) => this.#batch(batch),
      status: (status) => {
        if (this.status?.mode !== status.mode) this.modes.push(status.mode);
        this.status = status;
      },
    });
  }

  get mode(): string | undefined {
    return this.status?.mode;
  }

  /** Value of a record on the page. */
  value(address: string, key: string): unknown {
    return (this.page.get(address)?.get(key) as { value?: number } | undefined)?.value;
  }

  async start(...addresses: string[]): Promise<this> {
    for (const address of addresses) this.engine.subscribe(address);
    this.engine.start();
    await this.clock.advance(100);
    return this;
  }

  #batch(batch: Batch): void {
    this.batches.push(batch);
    this.events.push(...batch.events);
    for (const room of batch.rooms) {
      const records = this.page.get(room.address) ?? new Map<string, LiveRecord>();
      this.page.set(room.address, records);
      for (const record of room.set) records.set(record.id, record);
      for (const key of room.remove) records.delete(key);
    }
  }
}
