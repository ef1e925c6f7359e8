import { Problem } from "@bros/sdk";
import { complain, explain, language, t } from "@bros/ui";
import { createSignal } from "solid-js";
import { type PushState, pushAgain, pushOff, pushOn, pushState } from "./push.ts";
import { api } from "./session.ts";

const laterKey = "bros.push.later";

/** Notifications while the app is closed: how they stand, and whether to ask for them. */
export function useBell() {
  const [state, setState] = createSignal<PushState>("off");
  const [ask, setAsk] = createSignal(localStorage.getItem(laterKey) === null);
  pushState().then(setState);
  pushAgain(api, language()).catch(() => {});
  const turn = async (on: boolean) => {
    setState("busy");
    try {
      setState(on ? await pushOn(api, language()) : await pushOff(api));
    } catch (error) {
      complain(error instanceof Problem ? explain(error) : t("rider.push.failed"));
      setState(await pushState());
    }
  };
  const later = () => {
    localStorage.setItem(laterKey, "1");
    setAsk(false);
  };
  /** Before a logout: this phone rings no more for whoever leaves. */
  const off = async () => {
    if (state() === "on") await pushOff(api);
  };
  return { state, ask, turn, later, off };
}
