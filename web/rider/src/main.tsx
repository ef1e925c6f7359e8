import { applyLanguage, explain, Toasts, t } from "@bros/ui";
import "@bros/ui/base.css";
import "@bros/ui/parts.css";
import { createResource, Match, Switch } from "solid-js";
import { render } from "solid-js/web";
import { App } from "./App.tsx";
import "./rider.css";
import { type Session, session } from "./session.ts";

applyLanguage(t("rider.title"));
if (window.isSecureContext)
  navigator.serviceWorker?.register("/rider-sw.js", { scope: "/rider" }).catch(() => {});

function Rider() {
  const [found, { refetch }] = createResource(session);
  const ready = () => (found.error ? undefined : found());
  return (
    <>
      <Switch fallback={<p class="empty">{t("app.loading")}</p>}>
        <Match when={found.error}>
          <div class="empty">
            <p>{explain(found.error)}</p>
            <button type="button" onClick={() => refetch()}>
              {t("app.retry")}
            </button>
          </div>
        </Match>
        <Match when={ready() === "not a rider"}>
          <p class="empty">{t("rider.onlyRiders")}</p>
        </Match>
        <Match when={ready()}>{(session) => <App session={session() as Session} />}</Match>
      </Switch>
      <Toasts />
    </>
  );
}

const root = document.getElementById("app");
if (root) render(() => <Rider />, root);
