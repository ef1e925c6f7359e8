import { type Center, openLive, Problem, type User } from "@bros/sdk";
import {
  applyLanguage,
  explain,
  keepLanguage,
  language,
  lookOf,
  mendComposedEnter,
  mendSearchFields,
  renewWhenReplaced,
  Toasts,
  t,
  tell,
} from "@bros/ui";
import "@bros/ui/base.css";
import "@bros/ui/parts.css";
import { batch, createResource, createSignal, Match, onCleanup, Show, Switch } from "solid-js";
import { render } from "solid-js/web";
import { type App, AppContext, api, centersAsked } from "./app.ts";
import "./console.css";
import { Login } from "./Login.tsx";
import { go, path } from "./router.ts";
import { Shell } from "./Shell.tsx";

applyLanguage("bros");
mendSearchFields();
mendComposedEnter();

const renew = renewWhenReplaced({
  busy: () => document.querySelector("[data-testid=phone-order], [data-testid=entity-form]") !== null,
  offer: (reload) => tell(t("app.newer"), reload, t("app.reload")),
});

interface Session {
  user: User;
  centers: Center[];
}

/** Who is logged in; nobody goes to the login page, a rider to the rider's. */
async function session(): Promise<Session | undefined> {
  try {
    const user = await api.me();
    if (user.role === "rider") {
      location.replace(keepLanguage("/rider"));
      return undefined;
    }
    const { items } = await api.centers();
    return { user, centers: items.sort((a, b) => a.name.localeCompare(b.name, language())) };
  } catch (error) {
    if (!(error instanceof Problem) || !error.sessionEnded) throw error;
    const next =
      location.pathname === "/" ? "" : `?next=${encodeURIComponent(location.pathname + location.search)}`;
    go(`/login${next}`, true);
    return undefined;
  }
}

function Console() {
  const [current, { refetch }] = createResource(() => path() !== "/login", session);
  return (
    <Switch>
      <Match when={path() === "/login"}>
        <Login />
      </Match>
      <Match when={current.error}>
        <main class="empty full">
          <p>{explain(current.error)}</p>
          <button type="button" onClick={() => refetch()}>
            {t("app.retry")}
          </button>
        </main>
      </Match>
      {/* Not while it is asked anew: the one before was another's. */}
      <Match when={!current.loading && current()}>{(found) => <LoggedIn session={found()} />}</Match>
    </Switch>
  );
}

function LoggedIn(props: { session: Session }) {
  const { user } = props.session;
  lookOf(user.id);
  const [centers, setCenters] = createSignal(props.session.centers);
  const asked = centersAsked(location.search).filter((id) => centers().some((c) => c.id === id));
  // Everything one may see, unless that is a whole country.
  const start =
    asked.length > 0
      ? asked
      : centers()
          .map((center) => center.id)
          .slice(0, 8);
  const [chosen, setChosen] = createSignal(start);
  const app: App = {
    user,
    live: openLive(language(), { user: user.id, batch, missing: renew }),
    centers,
    setCenters(list) {
      const before = new Set(centers().map((center) => center.id));
      const all = chosen().length === before.size;
      setCenters(list);
      // A new one is looked at, too, where all were; one that is gone is not.
      const kept = chosen().filter((id) => list.some((center) => center.id === id));
      const fresh = list.map((center) => center.id).filter((id) => !before.has(id));
      const next = (all || kept.length === 0 ? [...kept, ...fresh] : kept).slice(0, Math.max(8, kept.length));
      if (next.join() !== chosen().join()) app.choose(next);
    },
    chosen,
    choose(ids) {
      setChosen(ids);
      const url = new URL(location.href);
      url.searchParams.delete("centerId");
      if (ids.length < centers().length) url.searchParams.set("centerId", ids.join(","));
      history.replaceState(null, "", url);
    },
  };
  // Centers come and go with one's rights; who slept through the message asks on waking.
  const refresh = async () => {
    try {
      const { items } = await api.centers();
      const known = centers().map(({ id, version }) => `${id} ${version}`);
      const list = items.sort((a, b) => a.name.localeCompare(b.name, language()));
      if (list.map(({ id, version }) => `${id} ${version}`).join() !== known.join()) app.setCenters(list);
    } catch {
      // Those that are known stay; the badge tells that the server is away.
    }
  };
  onCleanup(
    app.live.onEvent((event) => {
      if (event.event === "setup:rights" && event.address === `user/${user.id}`) void refresh();
    }),
  );
  let hiddenAt = 0;
  const onVisible = () => {
    if (document.hidden) hiddenAt = Date.now();
    else if (Date.now() - hiddenAt > 30_000) void refresh();
  };
  document.addEventListener("visibilitychange", onVisible);
  onCleanup(() => document.removeEventListener("visibilitychange", onVisible));
  return (
    <AppContext.Provider value={app}>
      <Show when={user}>
        <Shell />
      </Show>
      <Toasts />
    </AppContext.Provider>
  );
}

const root = document.getElementById("app");
if (root) render(() => <Console />, root);
