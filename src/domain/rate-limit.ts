/** How often something may be done: `burst` times at once, and once more after each interval. */
export interface Rate {
  readonly intervalMs: number;
  /** At least 1. */
  readonly burst: number;
}

const MINUTE_MS = 60_000;

/** @param times more than 0 */
export const perMinute = (times: number, leastBurst = 1): Rate => ({
  intervalMs: MINUTE_MS / times,
  burst: Math.max(times, leastBurst),
});

/*
 * The generic cell rate algorithm: all that is to be remembered is the instant at which what was done will be paid off,
 * one interval for each time. An instant in the past says the same as none, so that it may be forgotten.
 */

/** @returns milliseconds until it may be done again; 0: now */
export function waitMs(paidOffAt: number, now: number, rate: Rate): number {
  return Math.max(0, debtMs(paidOffAt, now, rate) - (rate.burst - 1) * rate.intervalMs);
}

/** It is done now. @returns the instant at which all will be paid off */
export function afterOne(paidOffAt: number, now: number, rate: Rate): number {
  return now + debtMs(paidOffAt, now, rate) + rate.intervalMs;
}

/** More than a whole burst is owed only when the clock went back: then nobody waits for the time that it lost. */
function debtMs(paidOffAt: number, now: number, { intervalMs, burst }: Rate): number {
  return Math.min(Math.max(0, paidOffAt - now), burst * intervalMs);
}
