import type { Batch, Live, LiveRecord, RiderPlace, RoomBatch, Status } from "@bros/sdk";
import { type Accessor, createEffect, createMemo, createSignal, on, onCleanup } from "solid-js";

export type { Batch };

/** The records of some addresses, as one keyed set that follows the live view. */
export interface Records<T> {
  /** All of them, in no order; a new array after every batch. */
  list: Accessor<T[]>;
  get(id: string | undefined): T | undefined;
  /** Every address has had its first snapshot. */
  ready: Accessor<boolean>;
  /** Why an address is refused or was taken away, by address. */
  closed: Accessor<Record<string, string>>;
}

/** Follows addresses, which may change. `places` gets volatile rider positions. */
export function followRecords<T extends LiveRecord>(
  live: Live,
  addresses: Accessor<string[]>,
  places?: (places: RiderPlace[]) => void,
): Records<T> {
  const records = new Map<string, T>();
  const [tick, setTick] = createSignal(0, { equals: false });
  const [open, setOpen] = createSignal<Record<string, boolean>>({});
  const [closed, setClosed] = createSignal<Record<string, string>>({});
  const changed = (batch: RoomBatch) => {
    for (const record of batch.set) records.set(record.id, record as T);
    for (const key of batch.remove) records.delete(key);
    const why = batch.refused ?? (batch.revoked ? "revoked" : undefined);
    if (why !== closed()[batch.address]) setClosed({ ...closed(), [batch.address]: why ?? "" });
    if (batch.ready !== open()[batch.address]) setOpen({ ...open(), [batch.address]: batch.ready });
    setTick(tick() + 1);
  };
  createEffect(
    on(
      () => addresses().join(" "),
      () => {
        records.clear();
        setOpen({});
        setClosed({});
        setTick(0);
        const stops = addresses().map((address) => live.follow(address, { changed, places }));
        onCleanup(() => {
          for (const stop of stops) stop();
        });
      },
    ),
  );
  const list = createMemo(() => {
    tick();
    return [...records.values()];
  });
  return {
    list,
    get: (id) => {
      tick();
      return id === undefined ? undefined : records.get(id);
    },
    ready: () => addresses().every((address) => open()[address] || closed()[address]),
    closed,
  };
}

/** The state of the connection. */
export function followStatus(live: Live): Accessor<Status> {
  const [status, setStatus] = createSignal(live.status);
  onCleanup(live.onStatus(setStatus));
  return status;
}

const [second, setSecond] = createSignal(Date.now());
setInterval(() => setSecond(Date.now()), 1000);
let offset = 0;

/** Server time in milliseconds, moving once a second: the one timer of all countdowns. */
export function now(): number {
  return second() + offset;
}

/** Sets how far the server's clock is ahead of this machine's. */
export function setClockOffset(ms: number): void {
  // Half a second of network is no reason to make every countdown jump.
  if (Math.abs(ms - offset) > 700) offset = ms;
}
