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
 * end stays where it was promised, and once that is over the order is late and said to be. While a
 * rider has the order and it is not late, the server's own range is told instead.
 */
export function expectedAt(
  promisedAt: string | undefined,
  now: number,
  eta?: { from: string; to: string },
): Expected | undefined {
  const promised = Date.parse(promisedAt ?? "");
  if (!Number.isFinite(promised)) return undefined;
  const round = (ms: number) => Math.round(ms / range.stepMs) * range.stepMs;
  const [first, to] = [round(promised - range.beforeMs), round(promised + range.afterMs)];
  const late = now > to;
  const from = late ? first : Math.min(Math.max(first, round(now)), to - range.stepMs);
  if (eta && !late) {
    const [soonest, latest] = [Date.parse(eta.from), Date.parse(eta.to)];
    if (latest > now) return { from: Math.max(soonest, now), to: latest, late };
  }
  return { from, to, late };
}
