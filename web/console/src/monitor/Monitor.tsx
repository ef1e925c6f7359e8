import type { MonitorFigures, MonitorRedis } from "@bros/sdk";
import { age, ago, complain, explain, now, t, time, tOr } from "@bros/ui";
import { createResource, createSignal, For, onCleanup, Show } from "solid-js";
import { api, useApp } from "../app.ts";

const refreshMs = 5_000;

/** Nodes, rooms and connections as they are now. */
export default function Monitor() {
  const app = useApp();
  const [view, { refetch }] = createResource(() => api.monitor());
  const [figures, setFigures] = createSignal<MonitorFigures>();
  const timer = setInterval(refetch, refreshMs);
  onCleanup(() => clearInterval(timer));
  onCleanup(app.live.follow("monitor/cluster", { changed: () => {} }));
  onCleanup(
    app.live.onEvent((event) => {
      if (event.address === "monitor/cluster") setFigures(event.data as MonitorFigures);
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
      await refetch();
    } catch (error) {
      complain(explain(error));
    }
  };

  return (
    <main class="page">
      <Show when={!view.error} fallback={<p class="empty">{explain(view.error)}</p>}>
        <Show when={partial()}>
          <p class="empty" role="status" data-testid="monitor-partial">
            {t("monitor.partial")}
          </p>
        </Show>
        <div class="page-grid">
          <For each={nodes()}>
            {(node) => (
              <section class="panel">
                <header>
                  <h2>
                    {t("monitor.node")} {String(node.id)}
                  </h2>
                </header>
                <table class="figures">
                  <tbody>
                    <For each={Object.entries(node).filter(([name]) => name !== "id")}>
                      {([name, value]) => (
                        <tr>
                          <td class="muted">{tOr(`node.${name}`, name)}</td>
                          <td class="number">{figure(name, value)}</td>
                        </tr>
                      )}
                    </For>
                  </tbody>
                </table>
              </section>
            )}
          </For>
          <section class="panel">
            <header>
              <h2>{t("monitor.rooms")}</h2>
              <span class="muted">{rooms().length}</span>
            </header>
            <table>
              <thead>
                <tr>
                  <th>{t("monitor.address")}</th>
                  <th class="number">{t("monitor.subscribers")}</th>
                </tr>
              </thead>
              <tbody>
                <For each={rooms()}>
                  {(room) => (
                    <tr>
                      <td>{named(room.address)}</td>
                      <td class="number">{room.subscribers}</td>
                    </tr>
                  )}
                </For>
              </tbody>
            </table>
          </section>
        </div>
        <section class="panel page-next">
          <header>
            <h2>{t("monitor.connections")}</h2>
            <span class="muted">{view.latest?.connections.length ?? 0}</span>
          </header>
          <table>
            <thead>
              <tr>
                <th>{t("monitor.user")}</th>
                <th>{t("monitor.role")}</th>
                <th>{t("monitor.node")}</th>
                <th>{t("monitor.remote")}</th>
                <th>{t("monitor.since")}</th>
                <th>{t("monitor.address")}</th>
                <th class="number">{t("monitor.rtt")}</th>
                <th />
              </tr>
            </thead>
            <tbody>
              <For each={view.latest?.connections}>
                {(connection) => (
                  <tr>
                    <td>{connection.login}</td>
                    <td>{tOr(`role.${connection.role}`, connection.role)}</td>
                    <td>{connection.nodeId}</td>
                    <td>{connection.remoteAddr}</td>
                    <td>{ago(now() - Date.parse(connection.connectedAt))}</td>
                    <td class="small muted">
                      {connection.addresses
                        .filter((a) => !a.startsWith("user/"))
                        .map(named)
                        .join(" · ")}
                    </td>
                    <td class="number">
                      {connection.rttMs === 0 ? "" : t("link.ms", { n: Math.round(connection.rttMs) })}
                    </td>
                    <td class="number">
                      <button type="button" class="danger small" onClick={() => disconnect(connection.id)}>
                        {t("monitor.disconnect")}
                      </button>
                    </td>
                  </tr>
                )}
              </For>
            </tbody>
          </table>
        </section>
      </Show>
    </main>
  );
}

const mega = 1_000_000;

/** A figure of a node, in the unit that its name says. */
function figure(name: string, value: unknown): string {
  if (name === "startedAt") return time(String(value));
  if (name === "uptimeSec") return age(Number(value) * 1000);
  if (name.endsWith("ytes") || name === "bytesSent") return `${(Number(value) / mega).toFixed(1)} MB`;
  if (typeof value === "number") return value.toLocaleString("en-US", { maximumFractionDigits: 1 });
  if (typeof value !== "object" || value === null) return String(value);
  if (name === "redis") return redis(value as MonitorRedis);
  const parts = Object.entries(value).map(([cause, n]) => `${cause} ${n}`);
  return parts.join(", ");
}

/** How a node does with what joins it to the others. */
function redis(state: MonitorRedis): string {
  const since = ago(now() - Date.parse(state.since));
  if (!state.up) return `${t("node.redis.away")} (${since})`;
  return `${t("node.redis.up")} · ${t("link.ms", { n: Math.round(state.probeMs * 10) / 10 })}`;
}
