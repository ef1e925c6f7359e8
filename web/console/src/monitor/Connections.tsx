import type { ConnInfo } from "@bros/sdk";
import { ago, now, t, tOr } from "@bros/ui";
import { createMemo, For, Show } from "solid-js";

/** Painted at once; the search finds the others. */
const painted = 200;

/** Every connection of every node: who, from where, how far away, and what it listens to. */
export function Connections(props: {
  connections: ConnInfo[];
  search: string;
  named: (address: string) => string;
  onDisconnect: (id: string) => void;
}) {
  const haystack = (one: ConnInfo) =>
    [
      one.login,
      one.role,
      tOr(`role.${one.role}`, ""),
      one.nodeId,
      one.remoteAddr,
      ...one.addresses.map(props.named),
    ]
      .join(" ")
      .toLowerCase();
  const found = createMemo(() =>
    props.search
      ? props.connections.filter((one) => haystack(one).includes(props.search))
      : props.connections,
  );
  // The same connection is a new object with every answer: rows go by id, so that they stay.
  const byId = createMemo(() => new Map(found().map((one) => [one.id, one])));
  const shown = createMemo(() =>
    found()
      .slice(0, painted)
      .map((one) => one.id),
  );
  return (
    <section class="panel">
      <header>
        <h2 class="grow">{t("monitor.connections")}</h2>
        <span class="muted" data-testid="connection-count">
          {found().length === props.connections.length
            ? props.connections.length
            : `${found().length} / ${props.connections.length}`}
        </span>
      </header>
      <div class="table-scroll">
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
              <th class="number">{t("node.queueBytes")}</th>
              <th />
            </tr>
          </thead>
          <tbody>
            <For each={shown()}>
              {(id) => (
                <Show when={byId().get(id)}>
                  {(connection) => (
                    <tr data-testid="connection-row" data-id={id}>
                      <td class="strong">{connection().login || connection().userId}</td>
                      <td>{tOr(`role.${connection().role}`, connection().role)}</td>
                      <td>{connection().nodeId}</td>
                      <td>{connection().remoteAddr}</td>
                      <td>{ago(now() - Date.parse(connection().connectedAt))}</td>
                      <td class="small muted connection-addresses">
                        {connection()
                          .addresses.filter((address) => !address.startsWith("user/"))
                          .map(props.named)
                          .join(" · ")}
                      </td>
                      <td class="number">
                        {connection().rttMs === 0 ? "" : t("link.ms", { n: Math.round(connection().rttMs) })}
                      </td>
                      <td class="number">
                        {connection().queueBytes ? `${(connection().queueBytes / 1000).toFixed(0)} KB` : ""}
                      </td>
                      <td class="number">
                        <button type="button" class="danger small" onClick={() => props.onDisconnect(id)}>
                          {t("monitor.disconnect")}
                        </button>
                      </td>
                    </tr>
                  )}
                </Show>
              )}
            </For>
          </tbody>
        </table>
      </div>
      <Show when={found().length > painted}>
        <p class="muted small connection-more">{t("monitor.more", { n: painted, of: found().length })}</p>
      </Show>
    </section>
  );
}
