import fc from 'fast-check';
import {
  countedOf,
  DEFAULT_SETTINGS,
  mayOffer,
  NO_LIMIT,
  pendingOf,
  rolloutConstants,
  windowOf,
  type Counters,
} from './admission.js';
import { HOUR, MINUTE } from './durations.js';
import { evaluate, WHOLE } from './parts.js';

const constantsOf = (targetSize: number) => rolloutConstants({ ...DEFAULT_SETTINGS, targetSize });

describe('the constants of a rollout', () => {
  // Devices, how many may be unconfirmed at first, how many may be pending in the end.
  it.each([
    [0, 1, 1],
    [1, 1, 1],
    [16, 1, 1],
    [17, 2, 2],
    [50, 2, 2],
    [500, 6, 10],
    [1_000, 8, 20],
    [10_000, 10, 200],
    [1_000_000, 10, 20_000],
  ])('for %d devices: %d, then up to %d', (targetSize, firstWindow, maxAtRisk) => {
    expect(constantsOf(targetSize)).toMatchObject({ targetSize, firstWindow, maxAtRisk });
  });

  it('a device is silent after 15 minutes, and an offer expires after two hours', () => {
    expect(constantsOf(10)).toMatchObject({ silentAfter: 15 * MINUTE, offerExpiresAfter: 2 * HOUR });
  });

  it('an offer to devices that seldom check is kept for three of their intervals', () => {
    const settings = { ...DEFAULT_SETTINGS, targetSize: 10, checkIntervalSeconds: 86_400 };
    expect(rolloutConstants(settings).offerExpiresAfter).toBe(72 * HOUR);
  });

  it('a share of a round number is not rounded down', () => {
    const settings = { ...DEFAULT_SETTINGS, targetSize: 100, maxAtRiskShare: 0.29 };
    expect(rolloutConstants(settings).maxAtRisk).toBe(29);
  });

  it('the ramp `all` holds nobody back', () => {
    const constants = rolloutConstants({ ...DEFAULT_SETTINGS, targetSize: 100, ramp: 'all' });
    const limits = { ...constants, window: windowOf(constants, 0, 1), phaseCap: NO_LIMIT };
    const counters = { offered: 99, confirmed: 0, bad: 50, released: 0, excused: 0 };
    expect(mayOffer(counters, limits)).toBe(true);
  });
});

describe('an offer', () => {
  // Devices, offers, failures, confirmed, released; what follows.
  it.each([
    [1000, 8, 0, 0, 0, -1.648658626, 8, 8, 8, 'wait'],
    [1000, 8, 2, 0, 0, 2.205992039, 8, 8, 6, 'wait'],
    [1000, 8, 3, 0, 0, 4.895710931, 8, 8, 5, 'halt'],
    [10000, 450, 9, 400, 10, -3.653813257, 100, 100, 31, 'offer'],
    [10000, 450, 22, 400, 10, 4.320340626, 100, 10, 18, 'wait'],
    [10000, 450, 24, 400, 10, 6.329931196, 100, 10, 16, 'halt'],
    [10000, 60, 5, 45, 0, 1.665372233, 11, 10, 10, 'wait'],
    [50, 2, 1, 0, 0, 1.897119985, 2, 2, 1, 'wait'],
    [50, 2, 2, 0, 0, 4.880273476, 2, 2, 0, 'halt'],
    [50, 3, 1, 2, 0, 1.62713749, 2, 2, 0, 'offer'],
    [500, 20, 3, 14, 1, 2.418028359, 6, 6, 2, 'offer'],
    [1000000, 400000, 3000, 390000, 1000, -11.509055983, 97500, 20000, 6000, 'offer'],
  ] as const)(
    'of %d devices, %d offered, %d failed, %d confirmed, %d released: evidence %d, cap %d, window %d, %d pending: %s',
    (targetSize, offered, bad, confirmed, released, xLog, cap, window, pending, decision) => {
      const constants = constantsOf(targetSize);
      const counters = { offered, confirmed, bad, released, excused: 0 };
      const whole = { ...WHOLE, rank: 1, n: countedOf(counters), k: bad };
      const evaluation = evaluate(constants, confirmed, [whole]);
      expect(evaluation.xLog).toBeCloseTo(xLog, 8);
      expect(Math.max(constants.firstWindow, Math.floor(confirmed / 4))).toBe(cap);
      expect(evaluation.window).toBe(window);
      expect(pendingOf(counters)).toBe(pending);
      const isAdmitted = mayOffer(counters, { ...constants, window: evaluation.window, phaseCap: NO_LIMIT });
      expect(evaluation.halt ? 'halt' : isAdmitted ? 'offer' : 'wait').toBe(decision);
    },
  );

  const counters = (most: number) =>
    fc
      .record({
        pending: fc.nat(most),
        confirmed: fc.nat(most),
        bad: fc.nat(most),
        released: fc.nat(most),
        excused: fc.nat(most),
      })
      .map(({ pending, ...counted }) => ({
        offered: pending + counted.confirmed + counted.bad + counted.released + counted.excused,
        ...counted,
      }));

  it('is decided as the statement for PostgreSQL says it', () => {
    const limits = fc.record({ firstWindow: fc.nat(12), window: fc.nat(60), phaseCap: fc.nat(300) });
    fc.assert(
      fc.property(counters(60), limits, (given, { firstWindow, window, phaseCap }) => {
        const { offered: n, confirmed: s, bad, released: rel, excused: exc } = given;
        const statement =
          n - rel < phaseCap &&
          (n - s - bad - rel - exc <= 0 ||
            (n - s - rel - exc < Math.max(firstWindow, Math.trunc(s / 4)) &&
              n - s - bad - rel - exc < window));
        expect(mayOffer(given, { firstWindow, window, phaseCap })).toBe(statement);
      }),
      { numRuns: 500 },
    );
  });

  it('is always possible, however many have failed, when nothing is pending', () => {
    fc.assert(
      fc.property(counters(1_000), fc.nat(10), (given, window) => {
        const settled: Counters = { ...given, offered: given.offered - pendingOf(given) };
        expect(mayOffer(settled, { firstWindow: 1, window, phaseCap: NO_LIMIT })).toBe(true);
      }),
    );
  });

  it('never makes more devices unconfirmed than one for each four that are confirmed, beyond the first window', () => {
    fc.assert(
      fc.property(
        counters(200),
        fc.integer({ min: 1, max: 10 }),
        fc.integer({ min: 1, max: 50 }),
        (...all) => {
          const [given, firstWindow, window] = all;
          if (pendingOf(given) === 0 || !mayOffer(given, { firstWindow, window, phaseCap: NO_LIMIT })) return;
          expect(pendingOf(given) + given.bad + 1).toBeLessThanOrEqual(
            Math.max(firstWindow, given.confirmed / 4),
          );
          expect(pendingOf(given) + 1).toBeLessThanOrEqual(window);
        },
      ),
    );
  });

  it('is none when the phase is full', () => {
    const settled = { offered: 12, confirmed: 10, bad: 0, released: 2, excused: 0 };
    expect(mayOffer(settled, { firstWindow: 5, window: 5, phaseCap: 10 })).toBe(false);
    expect(mayOffer(settled, { firstWindow: 5, window: 5, phaseCap: 11 })).toBe(true);
  });
});
