import { applyLanguage, explain, Toasts, t } from "@bros/ui";
import "@bros/ui/base.css";
import "@bros/ui/parts.css";
import { createSignal, Match, onMount, Show, Switch } from "solid-js";
import { render } from "solid-js/web";
import { App } from "./App.tsx";
import { armSound } from "./device.ts";
import { Login } from "./Login.tsx";
import { keepLook } from "./look.ts";
import "./rider.css";
import "./stop.css";
import "./panes.css";
import "./day.css";
import { ask, forget, type Session, type Standing } from "./session.ts";
import { Store } from "./store.ts";
import { keepReady } from "./update.ts";

applyLanguage(t("rider.title"));
keepLook();
armSound();
keepReady();

function Rider() {
  const [store, setStore] = createSignal<Store>();
  const [standing, setStanding] = createSignal<Standing>();
  let outAt = Number.NEGATIVE_INFINITY;
  const [waiting, setWaiting] = createSignal({ n: 0, name: "" });

  const stand = async (next: Standing) => {
    const now = standing();
    const kept = store();
    // The same rider in the same kind of center as before: what is on the screen goes on.
    if (next.kind === "in" && now?.kind === "in" && same(next.session, now.session)) return;
    if (next.kind === "away" && now?.kind === "in") return;
    if (next.kind === "out" && kept) {
      const owner = await kept.owner().catch(() => undefined);
      if (owner) {
        const acts = await kept.acts(owner.userId).catch(() => []);
        setWaiting({ n: acts.length, name: owner.name });
        // A login that is over shows nothing of customers, also without signal.
        await forget(kept, owner.userId);
      }
    }
    setStanding(next);
  };
  const look = async () => {
    const kept = store();
    if (kept) await stand(await ask(kept));
  };
  // The line or the outbox says that the login is over; the server knows whose there is now.
  const out = async () => {
    const kept = store();
    if (!kept || performance.now() - outAt < 5_000) return;
    outAt = performance.now();
    const next = await ask(kept);
    const now = standing();
    if (next.kind === "in" && now?.kind === "in" && next.session.user.id === now.session.user.id) {
      setStanding(undefined); // a new login of the same rider: begin anew
    }
    await stand(next);
  };
  onMount(async () => {
    const kept = await Store.open();
    setStore(kept);
    // Without signal, or before it answers: who rode last on this phone.
    const session = await kept.session().catch(() => undefined);
    if (session) setStanding({ kind: "in", session });
    await look();
  });
  const error = () => {
    const now = standing();
    return now?.kind === "away" ? now.error : undefined;
  };
  const session = (): Session | undefined => {
    const now = standing();
    return now?.kind === "in" ? now.session : undefined;
  };

  return (
    <>
      <Switch fallback={<p class="empty">{t("app.loading")}</p>}>
        <Match when={error()}>
          <div class="empty">
            <p>{explain(error())}</p>
            <button type="button" onClick={look}>
              {t("app.retry")}
            </button>
          </div>
        </Match>
        <Match when={standing()?.kind === "other"}>
          <p class="empty">{t("rider.onlyRiders")}</p>
        </Match>
        <Match when={standing()?.kind === "out"}>
          <Login waiting={waiting().n} name={waiting().name} onIn={look} />
        </Match>
        <Match when={session()}>
          <Show when={session()} keyed>
            {(session) => <App session={session} store={store() as Store} onOut={out} />}
          </Show>
        </Match>
      </Switch>
      <Toasts />
    </>
  );
}

function same(a: Session, b: Session): boolean {
  return a.user.id === b.user.id && a.center.assignMode === b.center.assignMode;
}

const root = document.getElementById("app");
if (root) render(() => <Rider />, root);
