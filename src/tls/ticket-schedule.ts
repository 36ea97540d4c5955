/** For this long tickets are given out under a key and taken; a ticket lives no longer than its key. */
export const PERIOD_MS = 24 * 3600 * 1000;
/** A key is made this long before it starts, so that every server has heard of it by then. */
const LEAD_MS = 3600 * 1000;

export interface ScheduledKey {
  readonly startsAt: Date;
}

/** Keys in the order in which they start. */
export type Schedule<K extends ScheduledKey> = readonly K[];

/** When a key has to start that is not in the schedule yet; null while there is no need of one. */
export function nextKeyStart(schedule: Schedule<ScheduledKey>, now: Date): Date | null {
  const last = schedule.at(-1);
  if (!last) return now;
  const due = last.startsAt.getTime() + PERIOD_MS;
  if (due - LEAD_MS > now.getTime()) return null;
  return new Date(Math.max(due, now.getTime()));
}

/** The key in use: the one that started last, however long ago. Null when none has started. */
export function currentKey<K extends ScheduledKey>(schedule: Schedule<K>, now: Date): K | null {
  return schedule.findLast(({ startsAt }) => startsAt <= now) ?? null;
}

/** Keys that are out of use. */
export function endedKeys<K extends ScheduledKey>(schedule: Schedule<K>, now: Date): K[] {
  const current = currentKey(schedule, now);
  return current ? schedule.slice(0, schedule.indexOf(current)) : [];
}

/** Milliseconds until {@link currentKey} gives another answer; Infinity when only a new key can bring that about. */
export function timeToChange(schedule: Schedule<ScheduledKey>, now: Date): number {
  const starts = schedule.map(({ startsAt }) => startsAt.getTime());
  return Math.min(...starts.filter((at) => at > now.getTime())) - now.getTime();
}
