import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";

function cpu(): { idle: number; all: number } {
  const line = readFileSync("/proc/stat", "utf8").split("\n")[0] ?? "";
  const ticks = line.trim().split(/\s+/).slice(1).map(Number);
  return { idle: (ticks[3] ?? 0) + (ticks[4] ?? 0), all: ticks.reduce((sum, n) => sum + n, 0) };
}

/** Share of the machine that nobody uses, over some seconds; undefined where nothing tells. */
export async function idleShare(seconds: number): Promise<number | undefined> {
  try {
    const before = cpu();
    await pause(seconds * 1000);
    const after = cpu();
    return (after.idle - before.idle) / (after.all - before.all);
  } catch {
    return undefined;
  }
}

/** Bytes of a process that are in memory and its own; undefined where nothing tells. */
export function ownBytes(pid: number): number | undefined {
  try {
    const [, resident = 0, shared = 0] = readFileSync(`/proc/${pid}/statm`, "utf8").split(" ").map(Number);
    return (resident - shared) * 4096;
  } catch {
    return undefined;
  }
}
