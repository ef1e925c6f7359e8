import { explain, t } from "@bros/ui";
import { createMemo, createResource, createSignal, For, Show } from "solid-js";
import { api } from "../app.ts";
import type { Row } from "./EntityForm.tsx";
import "./webhooks.css";

/** An event that a webhook did not take. */
interface Dead {
  id: string;
  event: string;
  at: string;
  attempts: number;
  lastError?: string;
}

/** What webhooks have not taken, and a button to send again what was given up. */
export function Webhooks(props: { rows: Row[]; onChange: () => void }) {
  const [said, setSaid] = createSignal("");
  const number = (row: Row, field: string) => Number(row[field] ?? 0);
  const waiting = createMemo(() =>
    props.rows.filter(
      (row) =>
        row.stopped || row.lastError || row.missed || number(row, "pending") > 0 || number(row, "dead") > 0,
    ),
  );
  const replay = async (row: Row) => {
    try {
      const { data } = await api.create<{ replayed: number }>(`webhooks/${row.id}/replay`, {});
      setSaid(t("hook.replayed", { n: data.replayed }));
      props.onChange();
    } catch (error) {
      setSaid(explain(error));
    }
  };
  return (
    <section class="settings-hooks">
      <h2>{t("hook.state")}</h2>
      <p role="status">{said()}</p>
      <Show when={waiting().length > 0} fallback={<p class="empty">{t("hook.fine")}</p>}>
        <table>
          <thead>
            <tr>
              <th>{t("set.name")}</th>
              <th>{t("hook.behind")}</th>
              <th>{t("hook.pending")}</th>
              <th>{t("hook.dead")}</th>
              <th>{t("hook.lastError")}</th>
              <th />
            </tr>
          </thead>
          <tbody>
            <For each={waiting()}>
              {(row) => (
                <tr data-testid="hook-row" data-id={row.id}>
                  <td>{String(row.name)}</td>
                  <td>{number(row, "behind")}</td>
                  <td>{number(row, "pending")}</td>
                  <td>{number(row, "dead")}</td>
                  <td>
                    {row.stopped
                      ? t("hook.stopped")
                      : row.missed
                        ? t("hook.missed")
                        : String(row.lastError ?? "")}
                  </td>
                  <td class="number">
                    <Show when={number(row, "dead") > 0}>
                      <button type="button" class="quiet small" onClick={() => replay(row)}>
                        {t("hook.replay")}
                      </button>
                    </Show>
                  </td>
                </tr>
              )}
            </For>
          </tbody>
        </table>
        <For each={waiting().filter((row) => number(row, "dead") > 0)}>
          {(row) => <DeadEvents row={row} />}
        </For>
      </Show>
    </section>
  );
}

function DeadEvents(props: { row: Row }) {
  const [dead] = createResource(
    () => props.row,
    async (row) =>
      (await api.rest.get<{ items: Dead[] }>(`/webhooks/${row.id}/deliveries`, { status: "dead", limit: 20 }))
        .items,
  );
  return (
    <>
      <h3>{t("hook.deadOf", { name: String(props.row.name) })}</h3>
      <table>
        <thead>
          <tr>
            <th>{t("hook.event")}</th>
            <th>{t("hook.at")}</th>
            <th>{t("hook.attempts")}</th>
            <th>{t("hook.lastError")}</th>
          </tr>
        </thead>
        <tbody>
          <For each={dead.latest ?? []}>
            {(one) => (
              <tr>
                <td>{one.event}</td>
                <td>{new Date(one.at).toLocaleString()}</td>
                <td>{one.attempts}</td>
                <td>{one.lastError}</td>
              </tr>
            )}
          </For>
        </tbody>
      </table>
    </>
  );
}
