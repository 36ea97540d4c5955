import type { Instant } from '../instant.js';
import { MINUTE, SECOND } from './durations.js';

/** Time in which devices could not report, so that no device is silent because of it. */
export interface Pause {
  readonly from: Instant;
  readonly to: Instant;
}

/** A server says this often at least that it runs; after a longer gap none ran. */
const LONGEST_HEARTBEAT_GAP = 60 * SECOND;
/** Check-ins are counted for this long at a time. */
export const CHECK_IN_INTERVAL = 5 * MINUTE;
const INTERVALS_OF_AN_HOUR = 12;
/** Fewer check-ins than this vary too much by chance to say anything. */
const FEWEST_CHECK_INS = 20;

/**
 * The times in which no server ran.
 * @param beats of all servers together, in their order
 * @param now ends the last gap: nobody has spoken since
 */
export function pausesOfServers(beats: readonly Instant[], now: Instant): Pause[] {
  return [...beats, now].flatMap((to, index, all) => {
    const from = all[index - 1];
    return from !== undefined && to - from > LONGEST_HEARTBEAT_GAP ? [{ from, to }] : [];
  });
}

/**
 * Whether an interval has so few check-ins that the network must be down: fewer than half as many as in the hour before.
 * While the last interval is low, nothing new is offered.
 * @param before the intervals before it, oldest first; without a whole hour of them nothing is known
 */
export function isLow(checkIns: number, before: readonly number[]): boolean {
  const hour = before.slice(-INTERVALS_OF_AN_HOUR);
  if (hour.length < INTERVALS_OF_AN_HOUR) return false;
  const mean = hour.reduce((sum, count) => sum + count, 0) / hour.length;
  return mean >= FEWEST_CHECK_INS && checkIns < mean / 2;
}

/**
 * The times in which the network was down.
 * @param begin of the first interval
 * @param checkIns for each interval, of devices that are not in the rollout: those in it may be silent because of it
 */
export function pausesOfNetwork(begin: Instant, checkIns: readonly number[]): Pause[] {
  return checkIns.flatMap((count, index) => {
    const from = begin + index * CHECK_IN_INTERVAL;
    return isLow(count, checkIns.slice(0, index)) ? [{ from, to: from + CHECK_IN_INTERVAL }] : [];
  });
}

/** Pauses in their order, none of which touches another. */
export function merged(pauses: readonly Pause[]): Pause[] {
  const result: Pause[] = [];
  for (const pause of pauses.toSorted((a, b) => a.from - b.from)) {
    const last = result.at(-1);
    if (!last || pause.from > last.to) result.push(pause);
    else if (pause.to > last.to) result[result.length - 1] = { from: last.from, to: pause.to };
  }
  return result;
}

/**
 * How much time has passed on a clock that stands still during pauses.
 * @param pauses merged
 */
export function unpausedBetween(from: Instant, to: Instant, pauses: readonly Pause[]): number {
  let passed = Math.max(0, to - from);
  for (const pause of pauses) passed -= Math.max(0, Math.min(to, pause.to) - Math.max(from, pause.from));
  return passed;
}
