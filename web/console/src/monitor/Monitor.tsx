import type { MonitorFigures } from "@bros/sdk";
import { complain, Empty, explain, Failed, t, tell } from "@bros/ui";
import { createResource, createSignal, onCleanup, Show } from "solid-js";
import { api, useApp } from "../app.ts";
import { Connections } from "./Connections.tsx";
import { NodeHistory } from "./history.ts";
import "./monitor.css";
import { Nodes } from "./Nodes.tsx";
import { Rooms } from "./Rooms.tsx";

const refreshMs = 5_000;

/** Nodes, rooms and connections as they are now, the same from any node. */
export default function Monitor() {
  const app = useApp();
  const [view, { refetch }] = createResource(() => api.monitor());
  const [figures, setFigures] = createSignal<MonitorFigures>();
  const [search, setSearch] = createSignal("");
  const history = new NodeHistory();
  const timer = setInterval(() => {
    if (!document.hidden) void refetch();
  }, refreshMs);
  onCleanup(() => clearInterval(timer));
  onCleanup(app.live.follow("monitor/cluster", { changed: () => {} }));
  onCleanup(
    app.live.onEvent((event) => {
      if (event.address !== "monitor/cluster") return;
      const told = event.data as MonitorFigures;
      history.add(told.nodes, Date.now());
      setFigures(told);
    }),
  );
  const nodes = () => figures()?.nodes ?? view.latest?.nodes ?? [];
  const rooms = () => figures()?.rooms ?? view.latest?.rooms ?? [];
  const partial = () => figures()?.partial ?? view.latest?.partial ?? false;
  /** An address with the name of its center instead of the id. */
  const named = (address: string) => {
    const [namespace, room] = address.split("/");
    const center = app.centers().find((candidate) => candidate.id === room);
    return center ? `${namespace}/${center.name}` : address;
  };
  const disconnect = async (id: string) => {
    try {
      await api.remove("monitor/connections", id);
      tell(t("monitor.disconnected"));
      await refetch();
    } catch (error) {
      complain(explain(error));
    }
  };

  return (
    <main class="page">
      <Show when={!view.error || view.latest} fallback={<Failed error={view.error} onRetry={refetch} />}>
        <Show when={partial()}>
          <p class="monitor-warning" role="status" data-testid="monitor-partial">
            ⚠ {t(nodes().some(({ silentSec }) => silentSec) ? "monitor.silentNode" : "monitor.partial")}
          </p>
        </Show>
        <Show when={nodes().length > 0} fallback={<Empty title={t("app.loading")} />}>
          <Nodes
            nodes={nodes()}
            moments={(id) => {
              figures();
              return history.of(id);
            }}
          />
        </Show>
        <div class="line page-next">
          <input
            type="search"
            class="monitor-search"
            placeholder={t("monitor.search")}
            aria-label={t("monitor.search")}
            value={search()}
            onInput={(event) => setSearch(event.currentTarget.value)}
          />
        </div>
        <div class="monitor-split page-next">
          <Connections
            connections={view.latest?.connections ?? []}
            search={search().trim().toLowerCase()}
            named={named}
            onDisconnect={disconnect}
          />
          <Rooms rooms={rooms()} search={search().trim().toLowerCase()} named={named} />
        </div>
      </Show>
    </main>
  );
}
