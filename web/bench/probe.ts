import type { CDPSession, Page } from "@playwright/test";
import { ownBytes } from "./machine.ts";

interface TraceEvent {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  ts: number;
  dur?: number;
  tdur?: number;
  args?: { name?: string };
}

/** What a page did while it was watched. */
export interface Figures {
  /** Shares of the time watched, by the page's own CPU time. */
  script: number;
  task: number;
  /** Longest task of the page, in milliseconds of its own CPU time, and by the wall's clock. */
  longestCpu: number;
  longestWall: number;
  /** How many tasks had more than 50 ms of own CPU time. */
  over50: number;
  /** What the longest tasks were made of: milliseconds of CPU by name. */
  longest: string[];
  /** Milliseconds from click and key to the next paint. */
  p50: number;
  p98: number;
  worst: number;
  inputs: number;
  /** The same by what was pressed: name, how many, half within, worst. */
  byInput: [string, number, number, number][];
  /** Megabytes of the page's heap before and after, garbage collected; of its process. */
  heap: [number, number];
  process: [number, number];
}

const mb = (bytes: number | undefined) => Math.round((bytes ?? 0) / 1e5) / 10;

/** Watches the main thread of a page while something acts on it. */
export async function watch(page: Page, act: () => Promise<void>): Promise<Figures> {
  const cdp = await page.context().newCDPSession(page);
  // CPU time of the thread: what other programs take from the machine is not in it.
  await cdp.send("Performance.enable", { timeDomain: "threadTicks" });
  await page.evaluate(listen);
  const before = await memory(page, cdp);
  const trace = await record(cdp);
  const from = await metrics(cdp);
  const startedAt = performance.now();
  await act();
  const seconds = (performance.now() - startedAt) / 1000;
  const to = await metrics(cdp);
  const events = mainThread(await trace());
  const tasks = events.filter(({ name }) => name === "RunTask");
  const after = await memory(page, cdp);
  const heard = await page.evaluate(() => (window as unknown as Heard).heardWaits);
  const waits = heard.map(({ ms }) => ms).sort((a, b) => a - b);
  const at = (share: number, of = waits) => Math.round(of[Math.ceil(of.length * share) - 1] ?? 0);
  const names = [...new Set(heard.map(({ name }) => name))];
  const cpu = tasks.map((task) => (task.tdur ?? 0) / 1000);
  return {
    script: ((to.ScriptDuration ?? 0) - (from.ScriptDuration ?? 0)) / seconds,
    task: ((to.TaskDuration ?? 0) - (from.TaskDuration ?? 0)) / seconds,
    longestCpu: Math.round(Math.max(0, ...cpu)),
    longestWall: Math.round(Math.max(0, ...tasks.map((task) => (task.dur ?? 0) / 1000))),
    over50: cpu.filter((ms) => ms > 50).length,
    longest: explain(tasks, events),
    p50: at(0.5),
    p98: at(0.98),
    worst: at(1),
    inputs: waits.length,
    byInput: names.map((name) => {
      const of = heard.flatMap((one) => (one.name === name ? one.ms : [])).sort((a, b) => a - b);
      return [name, of.length, at(0.5, of), at(1, of)];
    }),
    heap: [mb(before.heap), mb(after.heap)],
    process: [mb(before.process), mb(after.process)],
  };
}

interface Heard {
  heardWaits: { name: string; ms: number }[];
}

/** Runs in the page: from the event's own time to just after the frame that follows it. */
function listen(): void {
  const waits: Heard["heardWaits"] = [];
  (window as unknown as Heard).heardWaits = waits;
  for (const type of ["pointerdown", "keydown"]) {
    window.addEventListener(
      type,
      (event) => {
        const at = event.timeStamp;
        const name = event instanceof KeyboardEvent ? event.key.replace(/\d/, "a digit") : "click";
        const painted = () => waits.push({ name, ms: performance.now() - at });
        requestAnimationFrame(() => setTimeout(painted));
      },
      { capture: true },
    );
  }
}

async function metrics(cdp: CDPSession): Promise<Record<string, number>> {
  const { metrics: list } = await cdp.send("Performance.getMetrics");
  return Object.fromEntries(list.map(({ name, value }) => [name, value]));
}

async function memory(page: Page, cdp: CDPSession): Promise<{ heap: number; process: number }> {
  await cdp.send("HeapProfiler.enable");
  await cdp.send("HeapProfiler.collectGarbage");
  const heap = (await metrics(cdp)).JSHeapUsedSize ?? 0;
  const browser = page.context().browser();
  if (!browser) return { heap, process: 0 };
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  await session.detach();
  const renderers = processInfo.filter(({ type }) => type === "renderer");
  return { heap, process: Math.max(0, ...renderers.map(({ id }) => ownBytes(id) ?? 0)) };
}

/** Starts a trace of the threads' tasks; the answer ends it. */
async function record(cdp: CDPSession): Promise<() => Promise<TraceEvent[]>> {
  const events: TraceEvent[] = [];
  cdp.on("Tracing.dataCollected", ({ value }) => {
    for (const event of value as unknown as TraceEvent[]) {
      if (event.ph === "M" || event.ph === "X") events.push(event);
    }
  });
  await cdp.send("Tracing.start", {
    transferMode: "ReportEvents",
    traceConfig: {
      includedCategories: ["devtools.timeline", "disabled-by-default-devtools.timeline", "__metadata"],
    },
  });
  return async () => {
    const complete = new Promise<void>((done) => cdp.once("Tracing.tracingComplete", () => done()));
    await cdp.send("Tracing.end");
    await complete;
    return events;
  };
}

/** The tasks of the busiest page's main thread. */
function mainThread(events: TraceEvent[]): TraceEvent[] {
  const mains = new Set(
    events
      .filter((event) => event.name === "thread_name" && event.args?.name === "CrRendererMain")
      .map(({ pid, tid }) => `${pid} ${tid}`),
  );
  const byThread = new Map<string, TraceEvent[]>();
  for (const event of events) {
    const thread = `${event.pid} ${event.tid}`;
    if (event.ph !== "X" || !mains.has(thread)) continue;
    const list = byThread.get(thread) ?? [];
    byThread.set(thread, list);
    list.push(event);
  }
  const sum = (list: TraceEvent[]) => list.reduce((total, event) => total + (event.dur ?? 0), 0);
  return [...byThread.values()].sort((a, b) => sum(b) - sum(a))[0] ?? [];
}

/** The five longest tasks, and the longest of what ran within each. */
function explain(tasks: TraceEvent[], events: TraceEvent[]): string[] {
  const longest = [...tasks].sort((a, b) => (b.tdur ?? 0) - (a.tdur ?? 0)).slice(0, 5);
  return longest.map((task) => {
    const end = task.ts + (task.dur ?? 0);
    const within = events.filter(
      (event) => event !== task && event.ts >= task.ts && event.ts + (event.dur ?? 0) <= end,
    );
    const byName = new Map<string, number>();
    for (const event of within) byName.set(event.name, (byName.get(event.name) ?? 0) + (event.tdur ?? 0));
    const parts = [...byName]
      .sort((a, b) => b[1] - a[1])
      .slice(0, 5)
      .map(([name, us]) => `${name} ${Math.round(us / 1000)}`);
    return `${Math.round((task.tdur ?? 0) / 1000)} ms: ${parts.join(", ")}`;
  });
}
