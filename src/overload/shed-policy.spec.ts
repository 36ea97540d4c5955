import fc from 'fast-check';
import { median, pressureOf, retryAfter, shedShare } from './shed-policy.js';

describe('what is refused under load', () => {
  it.each([
    [0, { check: 0, download: 0, status: 0 }],
    [1, { check: 0, download: 0, status: 0 }],
    [1.5, { check: 0.5, download: 0, status: 0 }],
    [2, { check: 1, download: 0.5, status: 0 }],
    [2.5, { check: 1, download: 1, status: 0.5 }],
    [9, { check: 1, download: 1, status: 1 }],
  ])('at a pressure of %d: %j', (pressure, shares) => {
    for (const route of ['check', 'download', 'status'] as const) {
      expect(shedShare(route, pressure)).toBe(shares[route]);
    }
  });

  it('is every login before the first check', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 5, noNaN: true }), (pressure) => {
        if (shedShare('check', pressure) > 0) expect(shedShare('login', pressure)).toBe(1);
      }),
    );
    expect([0.5, 0.75, 1].map((pressure) => shedShare('login', pressure))).toEqual([0, 0.5, 1]);
  });

  it('is checks before downloads before status, and more with more pressure', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 5, noNaN: true }),
        fc.double({ min: 0, max: 5, noNaN: true }),
        (a, b) => {
          expect(shedShare('check', a)).toBeGreaterThanOrEqual(shedShare('download', a));
          expect(shedShare('download', a)).toBeGreaterThanOrEqual(shedShare('status', a));
          expect(shedShare('check', a + b)).toBeGreaterThanOrEqual(shedShare('check', a));
        },
      ),
    );
  });

  it('follows the worst of the loads', () => {
    expect(
      pressureOf([
        { value: 50, limit: 250 },
        { value: 900, limit: 1000 },
      ]),
    ).toBe(0.9);
  });

  it('asks devices to spread out before anything is refused', () => {
    expect(retryAfter(0.49, () => 0)).toBeNull();
    expect(retryAfter(0.5, () => 0)).toBe(10);
    expect(retryAfter(0.5, () => 0.999)).toBe(120);
  });

  it('takes no single pause for overload', () => {
    expect(median([0, 900, 1, 2, 0])).toBe(1);
    expect(median([0, 900, 800, 700, 0])).toBe(700);
    expect(median([])).toBe(0);
  });
});
