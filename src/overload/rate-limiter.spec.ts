import fc from 'fast-check';
import { afterOne, waitMs, type Rate } from '../domain/rate-limit.js';
import { RateLimiter } from './rate-limiter.js';

const RATE: Rate = { intervalMs: 1_000, burst: 3 };
const MIB = 2 ** 20;

describe('rate limits of many keys', () => {
  let now: number;
  const clock = (): number => now;

  beforeEach(() => {
    now = 0;
  });

  it('are those of each key alone, as long as there is room', () => {
    const key = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constantFrom(2 ** 48, 2 ** 53 - 1));
    const uses = fc.array(fc.record({ key, step: fc.nat(2_000) }), { maxLength: 200 });
    fc.assert(
      fc.property(uses, (steps) => {
        now = 0;
        const limiter = new RateLimiter(RATE, 2 ** 12, clock);
        const model = new Map<number, number>();
        for (const { key, step } of steps) {
          now += step;
          const paidOffAt = model.get(key) ?? -Infinity;
          const wait = waitMs(paidOffAt, now, RATE);
          expect([limiter.waitOf(key), limiter.take(key)]).toEqual([wait, wait]);
          if (wait === 0) model.set(key, afterOne(paidOffAt, now, RATE));
        }
      }),
    );
  });

  it('are not reset by a flood of other keys, for a key that is at its limit', () => {
    const limiter = new RateLimiter(RATE, 64, clock);
    for (let times = 0; times < RATE.burst; times++) limiter.take(7);
    let refused = 0;
    for (let key = 1_000; key < 10_000; key++) if (limiter.take(key) > 0) refused += 1;
    expect(refused).toBe(0);
    expect(limiter.take(7)).toBe(RATE.intervalMs);
  });

  it('forget the keys that are paid off first', () => {
    const limiter = new RateLimiter(RATE, 8, clock);
    for (let key = 1; key <= 8; key++) for (let times = 0; times < 3; times++) limiter.take(key);
    now += 3 * RATE.intervalMs;
    for (let key = 101; key <= 107; key++) for (let times = 0; times < 3; times++) limiter.take(key);
    limiter.take(108);
    for (let key = 101; key <= 107; key++) expect(limiter.waitOf(key)).toBe(RATE.intervalMs);
  });

  it('take 16 bytes for a key: a million in 16 MiB', () => {
    const before = process.memoryUsage().arrayBuffers;
    const limiter = new RateLimiter(RATE, 2 ** 20, clock);
    expect(limiter.take(1)).toBe(0);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThanOrEqual(16 * MIB);
  });
});
