import type { MonitorNode, MonitorRedis } from "@bros/sdk";
import { age, ago, now, t } from "@bros/ui";
import { For, Show } from "solid-js";
import type { Moment } from "./history.ts";
import { Spark } from "./Spark.tsx";

/** The nodes, each with its last minutes. */
export function Nodes(props: { nodes: MonitorNode[]; moments: (id: string) => Moment[] }) {
  return (
    <div class="node-grid">
      {/* By place: the figures change each second, the cards stay. */}
      <For each={props.nodes.map((node) => node.id)}>
        {(id) => (
          <Show when={props.nodes.find((node) => node.id === id)}>
            {(node) => <Node node={node()} moments={props.moments(id)} />}
          </Show>
        )}
      </For>
    </div>
  );
}

function Node(props: { node: MonitorNode; moments: Moment[] }) {
  const node = () => props.node;
  const line = (of: keyof Moment) => props.moments.map((moment) => moment[of]);
  const resyncs = () => Object.values(node().resyncs).reduce((sum, n) => sum + n, 0);
  return (
    <section
      class="panel node"
      data-testid="node"
      data-id={node().id}
      data-silent={node().silentSec ? "true" : "false"}
    >
      <header>
        <h2 class="grow">{node().id}</h2>
        <Show when={node().draining}>
          <span class="node-state" data-bad="true">
            {t("node.draining")}
          </span>
        </Show>
        <Show
          when={node().silentSec}
          fallback={<span class="muted small">{t("monitor.up", { age: age(node().uptimeSec * 1000) })}</span>}
        >
          {(silent) => (
            <span class="node-state" data-bad="true" role="status">
              {t("monitor.silent", { age: age(silent() * 1000) })}
            </span>
          )}
        </Show>
      </header>
      <div class="sparks">
        <Spark label={t("monitor.cpu")} unit="%" values={line("cpu")} />
        <Spark label={t("monitor.memory")} unit="MB" values={line("heap")} />
        <Spark label={t("monitor.connections")} unit="" values={line("connections")} />
        <Spark label={t("monitor.messages")} unit="/s" values={line("messages")} />
        <Spark label={t("monitor.bytes")} unit="KB/s" values={line("kilobytes")} />
      </div>
      <dl class="node-figures">
        <Figure name={t("node.version")} value={node().version || "devel"} />
        <Figure name={t("monitor.redis")} value={redis(node().redis)} bad={node().redis?.up === false} />
        <Figure name={t("node.logLagSec")} value={node().logLagSec.toFixed(1)} bad={node().logLagSec > 5} />
        <Figure name={t("node.dbWaiting")} value={count(node().dbWaiting)} />
        <Figure name={t("node.queueBytes")} value={`${(node().queueBytes / 1000).toFixed(0)} KB`} />
        <Figure name={t("node.pollsWaiting")} value={count(node().pollsWaiting)} />
        <Figure name={t("node.logs")} value={count(node().logs)} />
        <Figure name={t("node.goroutines")} value={count(node().goroutines)} />
        <Figure name={t("node.resyncs")} value={count(resyncs())} />
        <Figure name={t("node.slowClosed")} value={count(node().slowClosed)} />
        <Figure name={t("node.dbReads")} value={count(node().dbReads)} />
        <Figure name={t("node.dbWrites")} value={count(node().dbWrites)} />
      </dl>
    </section>
  );
}

function Figure(props: { name: string; value: string; bad?: boolean }) {
  return (
    <div data-bad={props.bad}>
      <dt>{props.name}</dt>
      <dd>
        {props.bad ? "⚠ " : ""}
        {props.value}
      </dd>
    </div>
  );
}

function count(n: number): string {
  return n.toLocaleString("en-US");
}

/** How a node does with what joins it to the others. */
function redis(state: MonitorRedis | undefined): string {
  if (!state) return t("monitor.alone");
  const since = ago(now() - Date.parse(state.since));
  if (!state.up) return `${t("node.redis.away")} (${since})`;
  return `${t("node.redis.up")} · ${t("link.ms", { n: Math.round(state.probeMs * 10) / 10 })}`;
}
