import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { limit, lnThreshold, logE } from './evidence.js';

type Vector = readonly [n: number, k: number, p0: number, b: number, logE: string];
const vectors = JSON.parse(readFileSync('test/fixtures/rollout-rule/vectors.json', 'utf8')) as Vector[];

const rate = fc.double({ min: 0.001, max: 0.3, noNaN: true });
const strength = fc.integer({ min: 1, max: 50 });
/** Devices that count, and failures among them. */
const tally = (most: number) =>
  fc.nat(most).chain((n) => fc.tuple(fc.constant(n), fc.oneof(fc.nat(n), fc.nat(Math.min(n, 20)))));

describe('the evidence', () => {
  it.each(vectors)('of %d devices with %d failures, p0 = %d, b = %d', (n, k, p0, b, expected) => {
    expect(Math.abs(logE(n, k, p0, b) - Number(expected))).toBeLessThan(1e-11);
  });

  it('has 51 vectors', () => {
    expect(vectors).toHaveLength(51);
  });

  it('is 1 before the first device, and b/(n+b) while none has failed', () => {
    fc.assert(
      fc.property(fc.nat(10_000_000), rate, strength, (n, p0, b) => {
        expect(logE(n, 0, p0, b)).toBeCloseTo(Math.log(b / (n + b)), 12);
      }),
    );
    expect(logE(0, 0, 0.02)).toBe(0);
  });

  it('stays the same on average over the next device, where p0 fail: a martingale', () => {
    fc.assert(
      fc.property(tally(2_000), rate, strength, ([n, k], p0, b) => {
        const now = logE(n, k, p0, b);
        const mean =
          (1 - p0) * Math.exp(logE(n + 1, k, p0, b) - now) + p0 * Math.exp(logE(n + 1, k + 1, p0, b) - now);
        expect(Math.abs(mean - 1)).toBeLessThan(2e-10);
      }),
    );
  });

  it('rises with each failure and falls with each device', () => {
    fc.assert(
      fc.property(tally(5_000), rate, ([n, k], p0) => {
        const now = logE(n, k, p0);
        if (k < n) expect(logE(n, k + 1, p0)).toBeGreaterThan(now);
        expect(logE(n + 1, k, p0)).toBeLessThan(now);
      }),
    );
  });

  it.each([
    [10_000_000, 0],
    [10_000_000, 200_000],
    [10_000_000, 400_000],
    [9_999_999, 9_999_999],
    [1_000_000, 999_999],
  ])('is finite for %d devices with %d failures', (n, k) => {
    expect(Number.isFinite(logE(n, k, 0.02))).toBe(true);
  });

  it('is finite at all failure rates', () => {
    fc.assert(
      fc.property(tally(20_000), rate, ([n, k], p0) => {
        expect(Number.isFinite(logE(n, k, p0))).toBe(true);
      }),
    );
  });
});

describe('the limit', () => {
  // n, then the limit with weight 1 (evidence 100 : 1) and with weight ½ (200 : 1).
  it.each([
    [0, 1, 1],
    [1, 2, 2],
    // With half the weight, two of two are not enough yet: 4.88 < ln 200.
    [2, 2, 3],
    [3, 3, 3],
    [8, 3, 3],
    [9, 3, 4],
    [11, 3, 4],
    [12, 4, 4],
    [23, 4, 5],
    [24, 5, 5],
    [50, 6, 7],
    [100, 9, 9],
    [500, 24, 25],
    [1_000, 40, 40],
    [5_000, 143, 145],
    [10_000, 261, 263],
  ])('of %d devices is %d, with half the weight %d', (n, whole, half) => {
    expect([limit(n, 1, 0.02, 0.01), limit(n, 0.5, 0.02, 0.01)]).toEqual([whole, half]);
  });

  it('is the first number of failures whose evidence is enough', () => {
    const weight = fc.double({ min: 1e-6, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.nat(3_000), weight, rate, (n, w, p0) => {
        const at = limit(n, w, p0, 0.01);
        const evidence = (k: number) => logE(n, k, p0) + Math.log(w);
        if (at <= n) expect(evidence(at)).toBeGreaterThanOrEqual(lnThreshold(0.01));
        expect(at).toBeLessThanOrEqual(n + 1);
        expect(evidence(at - 1)).toBeLessThan(lnThreshold(0.01));
      }),
    );
  });

  it('never falls, and rises by at most one with each device', () => {
    for (const weight of [1, 0.5, 1 / 48]) {
      for (let n = 0, before = 1; n < 1_500; n++) {
        const now = limit(n, weight, 0.02, 0.01);
        expect([0, 1]).toContain(now - before);
        before = now;
      }
    }
  });
});
