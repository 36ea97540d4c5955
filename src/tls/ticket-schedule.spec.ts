import fc from 'fast-check';
import { endedKeys, keysInUse, nextKeyStart, PERIOD_MS, timeToChange } from './ticket-schedule.js';

const HOUR = 3600 * 1000;
const at = (hours: number): Date => new Date(hours * HOUR);
const keys = (...hours: number[]) => hours.map((hour) => ({ startsAt: at(hour) }));

describe('the schedule of ticket keys', () => {
  it.each<[string, number[], number, number | null]>([
    ['the first key starts at once', [], 5, 5],
    ['a fresh one has no successor', [0], 1, null],
    ['an hour before its end the successor is made', [0], 23, 24],
    ['which is made once', [0, 24], 23.5, null],
    ['after a long pause the successor starts at once', [0], 100, 100],
  ])('%s', (_name, starts, now, expected) => {
    expect(nextKeyStart(keys(...starts), at(now))).toEqual(expected === null ? null : at(expected));
  });

  it.each<[string, number[], number, [number, number | null] | null]>([
    ['nothing before the first', [5], 4, null],
    ['the first alone', [0], 1, [0, null]],
    ['a successor that has not started is not used', [0, 24], 23.5, [0, null]],
    ['a successor takes over, and the key before is still taken', [0, 24], 24, [24, 0]],
    ['for a period', [0, 24], 47.9, [24, 0]],
    ['and no longer', [0, 24, 48], 48, [48, 24]],
    ['the last stays while there is no other', [0, 24], 60, [24, null]],
  ])('%s', (_name, starts, now, expected) => {
    const inUse = keysInUse(keys(...starts), at(now));
    expect(inUse && [inUse.current.startsAt, inUse.previous?.startsAt ?? null]).toEqual(
      expected && [at(expected[0]), expected[1] === null ? null : at(expected[1])],
    );
  });

  it('takes every ticket for a period, however late the servers look', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 30 * HOUR }), { minLength: 5, maxLength: 60 }),
        (pauses) => {
          const schedule: { startsAt: Date }[] = [];
          const ticketKeys: { key: { startsAt: Date }; takenUntil: number }[] = [];
          let now = 0;
          for (const pause of pauses) {
            now += pause;
            const time = new Date(now);
            const start = nextKeyStart(schedule, time);
            if (start) schedule.push({ startsAt: start });
            for (const ended of endedKeys(schedule, time)) schedule.splice(schedule.indexOf(ended), 1);
            const inUse = keysInUse(schedule, time);
            if (!inUse) throw new Error('There is always a key.');
            for (const { key, takenUntil } of ticketKeys) {
              if (now < takenUntil) expect([inUse.current, inUse.previous]).toContain(key);
            }
            // Only of a ticket that is given out on time is a full period promised.
            const isOverdue = now - inUse.current.startsAt.getTime() > PERIOD_MS;
            if (!isOverdue)
              ticketKeys.push({
                key: inUse.current,
                takenUntil: inUse.current.startsAt.getTime() + 2 * PERIOD_MS,
              });
            expect(timeToChange(schedule, time)).toBeGreaterThan(0);
            expect(schedule.length).toBeLessThanOrEqual(3);
          }
        },
      ),
    );
  });
});
