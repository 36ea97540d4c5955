/** A key is the current one for this long, and for as long again tickets under it are taken. */
export const PERIOD_MS = 24 * 3600 * 1000;
/** A key is made this long before it starts, so that every server has heard of it by then. */
const LEAD_MS = 3600 * 1000;

export interface ScheduledKey {
  readonly startsAt: Date;
}

/** Keys in the order in which they start. */
export type Schedule<K extends ScheduledKey> = readonly K[];

export interface KeysInUse<K extends ScheduledKey> {
  /** Under which tickets are given out. */
  readonly current: K;
  /** Under which tickets are still taken. */
  readonly previous: K | null;
}

/** When a key has to start that is not in the schedule yet; null while there is no need of one. */
export function nextKeyStart(schedule: Schedule<ScheduledKey>, now: Date): Date | null {
  const last = schedule.at(-1);
  if (!last) return now;
  const due = endOf(last);
  if (due - LEAD_MS > now.getTime()) return null;
  return new Date(Math.max(due, now.getTime()));
}

/** Null when none has started. */
export function keysInUse<K extends ScheduledKey>(schedule: Schedule<K>, now: Date): KeysInUse<K> | null {
  const index = schedule.findLastIndex(({ startsAt }) => startsAt <= now);
  const current = schedule[index];
  if (!current) return null;
  const previous = endOf(current) > now.getTime() ? schedule[index - 1] : undefined;
  return { current, previous: previous ?? null };
}

/** Milliseconds until {@link keysInUse} gives another answer; Infinity when only a new key can bring that about. */
export function timeToChange(schedule: Schedule<ScheduledKey>, now: Date): number {
  const changes = schedule.flatMap((key) => [key.startsAt.getTime(), endOf(key)]);
  return Math.min(...changes.filter((at) => at > now.getTime())) - now.getTime();
}

/** Keys whose tickets nobody takes any more. */
export function endedKeys<K extends ScheduledKey>(schedule: Schedule<K>, now: Date): K[] {
  return schedule.filter((_key, index) => {
    const successor = schedule[index + 1];
    return successor !== undefined && endOf(successor) <= now.getTime();
  });
}

const endOf = ({ startsAt }: ScheduledKey): number => startsAt.getTime() + PERIOD_MS;
