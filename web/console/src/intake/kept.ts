/**
 * What an agent is typing, kept in this tab: it is there again after a reload, another page of
 * the console, or a new login of the same person. It holds customers' data, so it goes with the
 * tab, with a logout, and after half a day.
 */

const prefix = "bros.intake.";
const keepMs = 12 * 3_600_000;

/** What was kept for a user under a name, or undefined. */
export function kept<T>(userId: string, name: string): T | undefined {
  try {
    const text = sessionStorage.getItem(`${prefix}${userId}.${name}`);
    const found = text ? (JSON.parse(text) as { at: number; value: T }) : undefined;
    return found && Date.now() - found.at < keepMs ? found.value : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps a value; undefined forgets it. */
export function keep(userId: string, name: string, value: unknown): void {
  const key = `${prefix}${userId}.${name}`;
  try {
    if (value === undefined) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, JSON.stringify({ at: Date.now(), value }));
  } catch {
    // Without storage it lives as long as the page.
  }
}

/** Forgets what anybody was typing in this tab: somebody logged out. */
export function forgetKept(): void {
  try {
    for (const key of Object.keys(sessionStorage)) if (key.startsWith(prefix)) sessionStorage.removeItem(key);
  } catch {
    // Then nothing was kept either.
  }
}
