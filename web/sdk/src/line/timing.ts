/** The patience of a client's connection (link.ts), in milliseconds. */
export const timing = {
  /** A socket that has not opened by then is given up. */
  connect: 4_000,
  /** An open socket that answers no subscription, nor a part of one, for so long is given up. */
  join: 5_000,
  /** Patience with an answer doubles when one didn't come, to at most so many times these. */
  mostPatience: 8,
  /** Polling starts this long after the socket was lost. */
  pollAfter: 500,
  /** A lost socket keeps its "live" badge for at most this long, so that a hiccup doesn't flicker. */
  grace: 2_500,
  /** The same for one that was given up because it went silent. */
  cutGrace: 1_000,
  /** Silence after which the server is asked for a sign; it sends one every 5 s by itself. */
  probe: 6_000,
  /** Silence after which the socket is given up. */
  silent: 8_500,
  /** How long a sign may take after waking up. */
  wakeProbe: 2_000,
  /** First and longest wait before the next attempt. */
  backoff: 500,
  backoffMax: 15_000,
  /** A connection that lived so long starts the backoff anew. */
  stable: 5_000,
  /** A timer so much too late means that the machine slept. */
  slept: 4_000,
} as const;
