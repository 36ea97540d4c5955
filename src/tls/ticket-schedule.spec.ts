import fc from 'fast-check';
import { currentKey, endedKeys, nextKeyStart, PERIOD_MS, timeToChange } from './ticket-schedule.js';

const HOUR = 3600 * 1000;
const at = (hours: number): Date => new Date(hours * HOUR);
const keys = (...hours: number[]) => hours.map((hour) => ({ startsAt: at(hour) }));
const hoursOf = (all: readonly { startsAt: Date }[]) => all.map(({ startsAt }) => startsAt.getTime() / HOUR);

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

  it.each<[string, number[], number, number | null, number[]]>([
    ['nothing before the first', [5], 4, null, []],
    ['the first', [0], 1, 0, []],
    ['a successor that has not started is not used', [0, 24], 23.5, 0, []],
    ['a successor takes over', [0, 24], 24, 24, [0]],
    ['of two that have started, the later', [0, 24, 24], 24, 24, [0, 24]],
    ['the last stays while there is no other', [24], 60, 24, []],
  ])('%s', (_name, starts, now, current, ended) => {
    const schedule = keys(...starts);
    expect(currentKey(schedule, at(now))?.startsAt ?? null).toEqual(current === null ? null : at(current));
    expect(hoursOf(endedKeys(schedule, at(now)))).toEqual(ended);
  });

  it('keeps two keys at most, and rotates on time while somebody looks at it in time', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 30 * HOUR }), { minLength: 5, maxLength: 60 }),
        (pauses) => {
          let schedule: { startsAt: Date }[] = [];
          let now = 0;
          for (const pause of pauses) {
            now += pause;
            const time = new Date(now);
            const start = nextKeyStart(schedule, time);
            if (start) schedule.push({ startsAt: start });
            const ended = endedKeys(schedule, time);
            schedule = schedule.filter((key) => !ended.includes(key));
            const current = currentKey(schedule, time)!;
            expect(schedule[0]).toBe(current);
            expect(schedule.length).toBeLessThanOrEqual(2);
            expect(now - current.startsAt.getTime()).toBeLessThan(PERIOD_MS);
            expect(timeToChange(schedule, time)).toBeGreaterThan(0);
          }
        },
      ),
    );
  });
});
