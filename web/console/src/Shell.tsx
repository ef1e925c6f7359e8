import type { Role } from "@bros/sdk";
import {
  Chat,
  complain,
  Empty,
  Failed,
  followStatus,
  followTalk,
  Icon,
  type Key,
  keepLanguage,
  LinkBadge,
  now,
  phone,
  setClockOffset,
  t,
  tell,
  timeSeconds,
} from "@bros/ui";
import { createEffect, createSignal, ErrorBoundary, For, Match, onCleanup, Show, Switch } from "solid-js";
import { api, atLeast, useApp } from "./app.ts";
import { Board } from "./board/Board.tsx";
import { CenterPicker } from "./CenterPicker.tsx";
import { type Call, callOf, calls, ring, ringAgain, wantCall } from "./calls.ts";
import { Intake } from "./intake/Intake.tsx";
import { keep, kept } from "./intake/kept.ts";
import { later } from "./later.tsx";
import { follow, go, path } from "./router.ts";
import { UserMenu } from "./UserMenu.tsx";

const Audit = later(() => import("./audit/Audit.tsx"));
const Monitor = later(() => import("./monitor/Monitor.tsx"));
const Plan = later(() => import("./plan/Plan.tsx"));
const Reports = later(() => import("./reports/Reports.tsx"));
const Settings = later(() => import("./settings/Settings.tsx"));

const pages: { path: string; key: Key; least: Role }[] = [
  { path: "/intake", key: "app.intake", least: "agent" },
  { path: "/board", key: "app.board", least: "agent" },
  { path: "/plan", key: "app.plan", least: "agent" },
  { path: "/monitor", key: "app.monitor", least: "manager" },
  { path: "/reports", key: "app.reports", least: "manager" },
  { path: "/audit", key: "app.audit", least: "manager" },
  { path: "/settings", key: "app.settings", least: "manager" },
];

/** The frame of every page: where one is, which centers, the connection, chat. */
export function Shell() {
  const app = useApp();
  const status = followStatus(app.live);
  const [chat, setChat] = createSignal(false);
  const talk = followTalk({ api, live: app.live, user: app.user, centers: app.chosen, open: chat });
  const unread = () => talk.unread();

  ringAgain(kept<Call[]>(app.user.id, "calls") ?? []);
  createEffect(() => keep(app.user.id, "calls", calls().length > 0 ? calls() : undefined));
  createEffect(() => setClockOffset(status().clockOffset));
  createEffect(() => {
    if (status().fatal !== "session") return;
    app.live.stop();
    go(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
  });
  createEffect(() => {
    const page = pages.find((p) => p.path === path());
    document.title = page ? `${t(page.key)} · bros` : "bros";
    if (path() === "/") go("/board", true);
  });
  onCleanup(
    app.live.onEvent((event) => {
      const call = callOf(event);
      if (call) {
        ring(call);
        if (path() !== "/intake") {
          const take = () => {
            wantCall(call);
            go("/intake");
          };
          tell(t("intake.callFrom", { phone: phone(call) }), take, t("intake.takeCall"));
        }
      }
      const data = event.data as { number?: string };
      if (event.event === "notice:late_deliver" && event.address === `user/${app.user.id}`)
        complain(t("board.lateDeliver", { number: data.number ?? "" }));
    }),
  );
  onCleanup(() => app.live.stop());

  return (
    <div class="shell">
      <a class="skip" href="#content">
        {t("app.skip")}
      </a>
      <header class="top">
        <strong class="brand">bros</strong>
        <nav class="tabs" aria-label={t("app.pages")}>
          <For each={pages.filter((page) => atLeast(app.user.role, page.least))}>
            {(page) => (
              <a
                class="tab"
                href={keepLanguage(page.path)}
                aria-current={path() === page.path ? "page" : undefined}
                onClick={follow}
              >
                {t(page.key)}
              </a>
            )}
          </For>
        </nav>
        <CenterPicker />
        <span class="grow" />
        <time class="muted top-clock">{timeSeconds(now())}</time>
        <LinkBadge status={status()} />
        <button type="button" class="quiet" aria-pressed={chat()} onClick={() => setChat(!chat())}>
          <Icon name="chat" />
          <span class="chat-word">{t("app.chat")}</span>
          <Show when={unread() > 0}>
            <span class="chat-unread" data-testid="unread">
              {unread() > 99 ? "99+" : unread()}
            </span>
          </Show>
        </button>
        <UserMenu />
      </header>
      <div class="shell-body" id="content" tabIndex={-1}>
        <ErrorBoundary
          fallback={(error, reset) => {
            reportError(error); // for the console, and for tests
            return <Failed error={error} onRetry={reset} />;
          }}
        >
          <Show
            when={app.centers().length > 0 || path() === "/settings"}
            fallback={<Empty sign="◌" title={t("app.noCenter")} />}
          >
            <Switch fallback={<Empty sign="?" title={t("app.notFound")} />}>
              <Match when={path() === "/intake"}>
                <Intake />
              </Match>
              <Match when={path() === "/board"}>
                <Board />
              </Match>
              <Match when={path() === "/plan"}>
                <Plan />
              </Match>
              <Match when={path() === "/monitor"}>
                <Monitor />
              </Match>
              <Match when={path() === "/reports"}>
                <Reports />
              </Match>
              <Match when={path() === "/audit"}>
                <Audit />
              </Match>
              <Match when={path() === "/settings"}>
                <Settings />
              </Match>
            </Switch>
          </Show>
        </ErrorBoundary>
        <Show when={chat()}>
          <Chat
            api={api}
            talk={talk}
            userId={app.user.id}
            centers={app.centers().filter((center) => app.chosen().includes(center.id))}
            moderates={atLeast(app.user.role, "manager")}
            onClose={() => setChat(false)}
          />
        </Show>
      </div>
    </div>
  );
}
