import type { Duty, User } from "@bros/sdk";
import { type Accessor, createEffect, createSignal, onCleanup } from "solid-js";
import { offset } from "./clock.ts";
import { Awake, batteryLevel } from "./device.ts";
import { Positions, type Sharing } from "./positions.ts";
import { anyone, api } from "./session.ts";
import type { Fix, Store } from "./store.ts";
import { exclusive } from "./work.ts";

interface Needs {
  user: User;
  store: Store;
  duty: Accessor<Duty>;
  carries: Accessor<boolean>;
  offered: Accessor<boolean>;
}

/** Where the phone is, shared while on duty; and its screen, kept on while there is something to carry. */
export function usePlaces(needs: Needs) {
  const { user, store } = needs;
  const [sharing, setSharing] = createSignal<Sharing>("off");
  const [here, setHere] = createSignal<Fix>();
  const positions = new Positions(user.id, store, {
    geolocation: window.isSecureContext ? navigator.geolocation : undefined,
    send: (fixes) => api.positions(fixes),
    user: async () => (await anyone.me()).id,
    exclusive: (send) => exclusive("bros.fixes", send),
    battery: batteryLevel,
    now: () => Date.now(),
    offset,
    setTimeout: (fn, ms) => setTimeout(fn, ms),
    clearTimeout: (handle) => clearTimeout(handle as number | undefined),
    tell: setSharing,
    here: setHere,
  });
  onCleanup(() => positions.stop());
  createEffect(() => {
    const busy = needs.carries();
    const off = needs.duty() === "off" || (needs.duty() === "break" && !busy);
    positions.pace(off ? "off" : busy || needs.offered() ? "ride" : "idle");
  });
  const awake = new Awake();
  createEffect(() => awake.want(needs.carries()));
  onCleanup(() => awake.want(false));
  return { sharing, here, watch: () => positions.watch() };
}
