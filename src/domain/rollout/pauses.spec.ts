import fc from 'fast-check';
import { HOUR, MINUTE, SECOND } from './durations.js';
import {
  CHECK_IN_INTERVAL,
  isLow,
  merged,
  pausesOfNetwork,
  pausesOfServers,
  unpausedBetween,
  type Pause,
} from './pauses.js';

describe('the time in which no server ran', () => {
  const beats = [0, 30 * SECOND, 90 * SECOND, HOUR];

  it('is no gap of a minute', () => {
    expect(pausesOfServers([0, MINUTE, 2 * MINUTE + 1], 2 * MINUTE + 1)).toEqual([
      { from: MINUTE, to: 2 * MINUTE + 1 },
    ]);
  });

  it('is a gap of more than a minute between heartbeats', () => {
    expect(pausesOfServers(beats, HOUR + MINUTE)).toEqual([{ from: 90 * SECOND, to: HOUR }]);
  });

  it('goes on until now when nobody has spoken since', () => {
    expect(pausesOfServers(beats, 2 * HOUR)).toEqual([
      { from: 90 * SECOND, to: HOUR },
      { from: HOUR, to: 2 * HOUR },
    ]);
    expect(pausesOfServers([], HOUR)).toEqual([]);
  });
});

describe('the time in which the network was down', () => {
  const hour = Array.from({ length: 12 }, () => 100);

  it.each([
    ['half as many check-ins as before', 50, hour, false],
    ['fewer than half', 49, hour, true],
    ['a mean of 20', 9, hour.map(() => 20), true],
    ['too few to say anything', 0, hour.map(() => 19), false],
    ['less than an hour before', 0, hour.slice(1), false],
    ['an hour that was busier before', 45, [1_000_000, ...hour], true],
  ])('%s', (_, checkIns, before, expected) => {
    expect(isLow(checkIns, before)).toBe(expected);
  });

  it('is the intervals with few check-ins', () => {
    const begin = 7 * HOUR;
    expect(pausesOfNetwork(begin, [...hour, 10, 90, 100])).toEqual([
      { from: begin + HOUR, to: begin + HOUR + CHECK_IN_INTERVAL },
    ]);
  });
});

describe('a clock that stands still during pauses', () => {
  const pause = fc
    .tuple(fc.nat(500), fc.nat(60))
    .map(([from, length]): Pause => ({ from, to: from + length }));
  const pauses = fc.array(pause, { maxLength: 12 });

  it.each<[string, Pause[], Pause[]]>([
    ['none', [], []],
    [
      'apart',
      [
        { from: 5, to: 6 },
        { from: 1, to: 2 },
      ],
      [
        { from: 1, to: 2 },
        { from: 5, to: 6 },
      ],
    ],
    [
      'that overlap',
      [
        { from: 1, to: 4 },
        { from: 3, to: 6 },
      ],
      [{ from: 1, to: 6 }],
    ],
    [
      'that touch',
      [
        { from: 1, to: 3 },
        { from: 3, to: 6 },
      ],
      [{ from: 1, to: 6 }],
    ],
    [
      'one within another',
      [
        { from: 1, to: 9 },
        { from: 3, to: 6 },
      ],
      [{ from: 1, to: 9 }],
    ],
  ])('merges pauses: %s', (_, given, expected) => {
    expect(merged(given)).toEqual(expected);
  });

  it('counts each moment outside of all pauses once', () => {
    fc.assert(
      fc.property(pauses, fc.nat(500), fc.nat(200), (given, from, length) => {
        const to = from + length;
        let passed = 0;
        for (let at = from; at < to; at++) {
          if (!given.some((pause) => pause.from <= at && at < pause.to)) passed += 1;
        }
        expect(unpausedBetween(from, to, merged(given))).toBe(passed);
      }),
    );
  });

  it('does not run backwards', () => {
    expect(unpausedBetween(10, 5, [{ from: 0, to: 20 }])).toBe(0);
  });
});
