import { useSyncExternalStore } from 'react';

/** One clock for all times on a page: a timer for each would wake the page a thousand times. */
const TICK_MS = 10_000;
let now = Date.now();
const watchers = new Set<() => void>();
// It also goes while nobody watches: were it set by who comes, all who came with it would be drawn twice.
setInterval(() => {
  now = Date.now();
  for (const each of watchers) each();
}, TICK_MS);

function watch(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

const useNow = (): number => useSyncExternalStore(watch, () => now);

const ABSOLUTE = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'medium' });
const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** @returns such as "Nov 27, 2026, 6:22:04 AM (Europe/Riga)": in the viewer's zone, which is named */
export const absolute = (time: string): string => `${ABSOLUTE.format(new Date(time))} (${ZONE})`;

const STEPS = [
  [60, 's', 1],
  [3_600, 'm', 60],
  [86_400, 'h', 3_600],
  [Infinity, 'd', 86_400],
] as const;

/** @returns such as "7 m", the largest unit alone */
export function span(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [, unit, size] = STEPS.find(([most]) => whole < most) ?? STEPS[3];
  return `${Math.floor(whole / size)}${unit}`;
}

interface AgoProps {
  /** As the API writes it. */
  readonly time: string;
}

/** How long ago, or in how long; the time itself when the pointer rests on it. */
export function Ago({ time }: AgoProps) {
  const seconds = (useNow() - Date.parse(time)) / 1000;
  const text = Math.abs(seconds) < 10 ? 'now' : seconds > 0 ? `${span(seconds)} ago` : `in ${span(-seconds)}`;
  return (
    <time dateTime={time} title={absolute(time)} className="tnum whitespace-nowrap">
      {text}
    </time>
  );
}

/** The time itself, where seconds matter. */
export function At({ time }: AgoProps) {
  return (
    <time dateTime={time} title={ZONE} className="tnum">
      {ABSOLUTE.format(new Date(time))}
    </time>
  );
}
