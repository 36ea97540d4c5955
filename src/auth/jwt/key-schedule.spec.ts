import fc from 'fast-check';
import { isKeyDue, keysToRemove, keysToRetire, signingKey, type ScheduledKey } from './key-schedule.js';

const HOUR = 3600 * 1000;
const DAY = 24 * HOUR;
const at = (ms: number): Date => new Date(Date.UTC(2026, 0, 1) + ms);
const key = (keyId: string, createdMs: number, retiredMs: number | null = null): ScheduledKey => ({
  keyId,
  createdAt: at(createdMs),
  retiredAt: retiredMs === null ? null : at(retiredMs),
});
const idsOf = (keys: readonly ScheduledKey[]): string[] => keys.map(({ keyId }) => keyId);

describe('the keys of JWTs', () => {
  it('begin with one that signs at once', () => {
    expect(isKeyDue([], at(0))).toBe(true);
    expect(signingKey([], at(0))).toBeNull();
    expect(signingKey([key('a', 0)], at(0))?.keyId).toBe('a');
  });

  it('get another one after 30 days, which signs an hour later', () => {
    const first = key('a', 0);
    expect(isKeyDue([first], at(30 * DAY - 1))).toBe(false);
    expect(isKeyDue([first], at(30 * DAY))).toBe(true);
    const both = [first, key('b', 30 * DAY)];
    expect(isKeyDue(both, at(30 * DAY))).toBe(false);
    for (const [ms, signing, retired] of [
      [0, 'a', []],
      [HOUR - 1, 'a', []],
      [HOUR, 'b', ['a']],
      [9 * DAY, 'b', ['a']],
    ] as const) {
      const now = at(30 * DAY + ms);
      expect(signingKey(both, now)?.keyId).toBe(signing);
      expect(idsOf(keysToRetire(both, now))).toEqual(retired);
    }
  });

  it('are kept until the tokens that they signed have expired', () => {
    const keys = [key('a', 0, 31 * DAY), key('b', 30 * DAY)];
    const ttlSeconds = 43_200;
    expect(keysToRetire(keys, at(32 * DAY))).toEqual([]);
    expect(keysToRemove(keys, at(31 * DAY + 13 * HOUR), ttlSeconds)).toEqual([]);
    expect(idsOf(keysToRemove(keys, at(31 * DAY + 13 * HOUR + 1), ttlSeconds))).toEqual(['a']);
  });

  it('log nobody out, whenever servers look', () => {
    const ttlSeconds = 12 * 3600;
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 20 * DAY }), { minLength: 1, maxLength: 60 }),
        (pauses) => {
          let keys: ScheduledKey[] = [];
          let now = 0;
          let signed: { keyId: string; untilMs: number }[] = [];
          for (const pause of pauses) {
            now += pause;
            // A server that has not looked for a while signs with the key that it knows until it looks.
            signed = signed.filter(({ untilMs }) => untilMs > now);
            for (const { keyId } of signed) expect(idsOf(keys)).toContain(keyId);
            if (isKeyDue(keys, at(now))) keys = [...keys, key(`${now}`, now)];
            const retired = idsOf(keysToRetire(keys, at(now)));
            keys = keys.map((one) => (retired.includes(one.keyId) ? { ...one, retiredAt: at(now) } : one));
            const removed = idsOf(keysToRemove(keys, at(now), ttlSeconds));
            keys = keys.filter(({ keyId }) => !removed.includes(keyId));
            const signing = signingKey(keys, at(now))!;
            expect(signing.retiredAt).toBeNull();
            signed.push({ keyId: signing.keyId, untilMs: now + ttlSeconds * 1000 });
          }
        },
      ),
    );
  });
});
