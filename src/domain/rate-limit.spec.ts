import fc from 'fast-check';
import { afterOne, perMinute, waitMs, type Rate } from './rate-limit.js';

/** Intervals and steps are whole milliseconds, so that sums are exact. */
const rates = fc.record({
  intervalMs: fc.integer({ min: 1, max: 5_000 }),
  burst: fc.integer({ min: 1, max: 50 }),
});
const steps = (min: number) => fc.array(fc.integer({ min, max: 3_000 }), { maxLength: 300 });

/** Someone who tries after each step. @returns the readings of the clock at which it was allowed */
function allowedAt(rate: Rate, moves: readonly number[], begin = 1_000_000): number[] {
  let now = begin;
  let paidOffAt = -Infinity;
  return moves.flatMap((step) => {
    now += step;
    if (waitMs(paidOffAt, now, rate) > 0) return [];
    paidOffAt = afterOne(paidOffAt, now, rate);
    return [now];
  });
}

describe('a rate limit', () => {
  it('never allows more than the burst and the rate, in any span of time', () => {
    fc.assert(
      fc.property(rates, steps(0), (rate, moves) => {
        const times = allowedAt(rate, moves);
        const isBroken = times.some((from, first) =>
          times.slice(first).some((to, more) => more + 1 > rate.burst + (to - from) / rate.intervalMs),
        );
        expect(isBroken).toBe(false);
      }),
    );
  });

  it('never refuses who keeps to the rate', () => {
    fc.assert(
      fc.property(rates, steps(0), (rate, pauses) => {
        const moves = pauses.map((pause) => rate.intervalMs + pause);
        expect(allowedAt(rate, moves)).toHaveLength(moves.length);
      }),
    );
  });

  it('allows a whole burst after a rest, however long the one before was', () => {
    fc.assert(
      fc.property(rates, fc.nat(200), (rate, tries) => {
        const atOnce = new Array<number>(tries).fill(0);
        const moves = [...atOnce, rate.burst * rate.intervalMs, ...atOnce.slice(1)];
        expect(allowedAt(rate, moves)).toHaveLength(2 * Math.min(tries, rate.burst) || 1);
      }),
    );
  });

  it('is allowed again after the wait that it says, and not a millisecond before', () => {
    fc.assert(
      fc.property(rates, steps(0), (rate, moves) => {
        let now = 0;
        let paidOffAt = -Infinity;
        for (const step of moves) {
          now += step;
          const wait = waitMs(paidOffAt, now, rate);
          expect(wait).toBeLessThanOrEqual(rate.intervalMs);
          expect(waitMs(paidOffAt, now + wait, rate)).toBe(0);
          if (wait > 0) expect(waitMs(paidOffAt, now + wait - 1, rate)).toBe(1);
          else paidOffAt = afterOne(paidOffAt, now, rate);
        }
      }),
    );
  });

  it('allows the burst and no more while the clock stands still', () => {
    fc.assert(
      fc.property(rates, fc.nat(100), (rate, tries) => {
        const allowed = allowedAt(rate, new Array<number>(tries).fill(0));
        expect(allowed).toHaveLength(Math.min(tries, rate.burst));
      }),
    );
  });

  it('makes nobody wait longer than an interval when the clock goes back, and gives nothing away', () => {
    fc.assert(
      fc.property(rates, steps(-1_000_000), (rate, moves) => {
        let now = 0;
        let paidOffAt = -Infinity;
        let allowed = 0;
        let passed = 0;
        for (const step of moves) {
          now += step;
          passed += Math.max(0, step);
          expect(waitMs(paidOffAt, now, rate)).toBeLessThanOrEqual(rate.intervalMs);
          if (waitMs(paidOffAt, now, rate) > 0) continue;
          paidOffAt = afterOne(paidOffAt, now, rate);
          allowed += 1;
        }
        expect(allowed).toBeLessThanOrEqual(rate.burst + passed / rate.intervalMs);
      }),
    );
  });

  it.each([
    [60, 1, { intervalMs: 1_000, burst: 60 }],
    [6, 30, { intervalMs: 10_000, burst: 30 }],
    [1_000, 30, { intervalMs: 60, burst: 1_000 }],
  ])('of %d a minute, at least %d at once', (times, least, rate) => {
    expect(perMinute(times, least)).toEqual(rate);
  });
});
