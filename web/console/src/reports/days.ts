/** Today where the center is, as YYYY-MM-DD. */
export function today(timezone: string | undefined): string {
  try {
    return new Date().toLocaleDateString("sv-SE", { timeZone: timezone });
  } catch {
    return new Date().toISOString().slice(0, 10);
  }
}

/** The day so many days after one; both as YYYY-MM-DD. */
export function addDays(day: string, days: number): string {
  const at = new Date(`${day}T00:00:00Z`);
  at.setUTCDate(at.getUTCDate() + days);
  return at.toISOString().slice(0, 10);
}

/** Every day from one to another, both with it; at most 400. */
export function eachDay(from: string, to: string): string[] {
  const days: string[] = [];
  for (let day = from; day <= to && days.length < 400; day = addDays(day, 1)) days.push(day);
  return days;
}

/** 7:05 hours of so many seconds. */
export function hours(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}`;
}
