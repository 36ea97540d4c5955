import type { Instant } from '../instant.js';
import { MINUTE } from './durations.js';
import { localTimeOf, offsetOf, type LocalTime, type TimeZone } from './local-time.js';

export const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** Hours of the week in which devices may be offered the firmware, by the clock on the wall. */
export interface TimeWindow {
  /** On which it opens; it may go on past midnight. */
  readonly days: readonly Weekday[];
  /** Minutes since midnight, 0..1439. */
  readonly from: number;
  /** When it closes, 0..1439: the next day if it is not after `from`, so that the same time is 24 hours. */
  readonly to: number;
}

export interface Schedule {
  readonly startsAt: Instant | null;
  /** None: it is always open. */
  readonly windows: readonly TimeWindow[];
}

const MINUTES_OF_A_DAY = 1_440;

/** Reads `HH:MM`; `24:00` is midnight. @returns undefined when it is no time of day */
export function parseTimeOfDay(text: string): number | undefined {
  const [, hours, minutes] = /^([01]\d|2[0-4]):([0-5]\d)$/.exec(text) ?? [];
  const time = Number(hours) * 60 + Number(minutes);
  return time <= MINUTES_OF_A_DAY ? time % MINUTES_OF_A_DAY : undefined;
}

/** Reads a window as it comes from a client. @returns a sentence when it is none */
export function parseWindow(days: readonly string[], from: string, to: string): TimeWindow | string {
  const known = days.filter((day): day is Weekday => (WEEKDAYS as readonly string[]).includes(day));
  if (known.length === 0 || known.length < days.length)
    return `The days of a window are one or more of ${WEEKDAYS.join(', ')}.`;
  const [opens, closes] = [parseTimeOfDay(from), parseTimeOfDay(to)];
  if (opens === undefined || closes === undefined)
    return 'The times of a window are written as HH:MM, from 00:00 to 24:00.';
  return { days: WEEKDAYS.filter((day) => known.includes(day)), from: opens, to: closes };
}

function showsWithin({ weekday, minute }: LocalTime, { days, from, to }: TimeWindow): boolean {
  const opensOn = (day: number): boolean => days.some((name) => WEEKDAYS.indexOf(name) === day);
  if (from < to) return opensOn(weekday) && minute >= from && minute < to;
  return (minute >= from && opensOn(weekday)) || (minute < to && opensOn((weekday + 6) % 7));
}

/**
 * Whether devices in a zone may be offered the firmware. A window is open whenever the clock on the wall shows a time in
 * it: an hour that is skipped in spring is not made up for, and one that comes twice in autumn is open twice.
 */
export function isOpen({ startsAt, windows }: Schedule, at: Instant, zone: TimeZone): boolean {
  if (startsAt !== null && at < startsAt) return false;
  if (windows.length === 0) return true;
  const local = localTimeOf(at, zone);
  return windows.some((window) => showsWithin(local, window));
}

/**
 * When devices in a zone may be offered the firmware next.
 * @returns `at` itself while it is open; otherwise the start of a minute, or startsAt
 */
export function nextOpening(schedule: Schedule, at: Instant, zone: TimeZone): Instant {
  const { startsAt, windows } = schedule;
  let time = startsAt !== null && startsAt > at ? startsAt : at;
  // Each turn comes to an opening, or to a change of clocks, of which there are few.
  while (!isOpen(schedule, time, zone)) {
    const begin = Math.floor(time / MINUTE) * MINUTE;
    const opening = begin + minutesUntilOpening(localTimeOf(time, zone), windows) * MINUTE;
    time = firstTransition(begin, opening, zone) ?? opening;
  }
  return time;
}

/** By a clock that is not changed meanwhile. At least 1, at most a week. */
function minutesUntilOpening({ weekday, minute }: LocalTime, windows: readonly TimeWindow[]): number {
  const waits = windows.flatMap(({ days, from }) =>
    days.map((day) => {
      const wait = ((WEEKDAYS.indexOf(day) - weekday + 7) % 7) * MINUTES_OF_A_DAY + from - minute;
      return wait > 0 ? wait : wait + 7 * MINUTES_OF_A_DAY;
    }),
  );
  return Math.min(...waits);
}

/**
 * When the clocks of a zone are changed; a window may be open from then on.
 * @returns the first minute with other clocks; null when they stay
 */
function firstTransition(from: Instant, to: Instant, zone: TimeZone): Instant | null {
  const offset = offsetOf(from, zone);
  if (offsetOf(to, zone) === offset) return null;
  let [before, after] = [from / MINUTE, to / MINUTE];
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (offsetOf(middle * MINUTE, zone) === offset) before = middle;
    else after = middle;
  }
  return after * MINUTE;
}
