/** A promise is told as a range: nobody can promise a minute. */
const range = { beforeMs: 5 * 60_000, afterMs: 10 * 60_000, stepMs: 5 * 60_000 };

/** From when to when an order comes, as milliseconds, and whether that is over. */
export interface Expected {
  from: number;
  to: number;
  late: boolean;
}

/**
 * The range around a promise, to the nearest five minutes. Its beginning is never in the past; its
 * end stays where it was promised, and once that is over the order is late and said to be.
 */
export function expectedAt(promisedAt: string | undefined, now: number): Expected | undefined {
  const promised = Date.parse(promisedAt ?? "");
  if (!Number.isFinite(promised)) return undefined;
  const round = (ms: number) => Math.round(ms / range.stepMs) * range.stepMs;
  const [first, to] = [round(promised - range.beforeMs), round(promised + range.afterMs)];
  const late = now > to;
  const from = late ? first : Math.min(Math.max(first, round(now)), to - range.stepMs);
  return { from, to, late };
}
