import fc from 'fast-check';
import { HOUR, MINUTE, SECOND } from './durations.js';
import { isOpen, nextOpening, parseTimeOfDay, parseWindow, WEEKDAYS, type TimeWindow } from './windows.js';

const at = (iso: string) => Date.parse(iso) * 1_000;
const iso = (instant: number) => new Date(instant / 1_000).toISOString().replace(':00.000Z', 'Z');
const BERLIN = 'Europe/Berlin';

const window = (days: string, from: string, to: string): TimeWindow => {
  const parsed = parseWindow(days === 'every day' ? WEEKDAYS : days.split(' '), from, to);
  if (typeof parsed === 'string') throw new Error(parsed);
  return parsed;
};
const open = (...windows: TimeWindow[]) => ({ startsAt: null, windows });

describe('a time of day', () => {
  it.each([
    ['00:00', 0],
    ['09:30', 570],
    ['23:59', 1_439],
    ['24:00', 0],
    ['24:01', undefined],
    ['25:00', undefined],
    ['9:30', undefined],
    ['09:60', undefined],
    ['09:30:00', undefined],
    ['', undefined],
  ])('%j is %s', (text, minutes) => {
    expect(parseTimeOfDay(text)).toBe(minutes);
  });
});

describe('a window as it comes', () => {
  it('has its days in the order of the week, each once', () => {
    expect(parseWindow(['fri', 'mon', 'fri'], '22:00', '24:00')).toEqual({
      days: ['mon', 'fri'],
      from: 1_320,
      to: 0,
    });
  });

  it.each([
    [[], '22:00', '06:00', /days/],
    [['mon', 'monday'], '22:00', '06:00', /days/],
    [['mon'], '22', '06:00', /times/],
    [['mon'], '22:00', '06:00Z', /times/],
  ])('with the days %j from %s to %s is wrong', (days, from, to, fault) => {
    expect(parseWindow(days, from, to)).toMatch(fault);
  });
});

describe('a window', () => {
  const night = window('fri', '22:00', '06:00');
  const day = window('fri', '09:00', '17:00');
  const whole = window('fri', '12:00', '12:00');

  // 27 November 2026 is a Friday. Berlin is an hour ahead of UTC.
  it.each([
    ['by day, before it opens', day, '2026-11-27T07:59:59Z', false],
    ['by day, when it opens', day, '2026-11-27T08:00:00Z', true],
    ['by day, before it closes', day, '2026-11-27T15:59:59Z', true],
    ['by day, when it closes', day, '2026-11-27T16:00:00Z', false],
    ['by day, on another day', day, '2026-11-26T10:00:00Z', false],
    ['at night, before midnight', night, '2026-11-27T21:00:00Z', true],
    ['at night, after midnight', night, '2026-11-28T04:59:59Z', true],
    ['at night, when it closes', night, '2026-11-28T05:00:00Z', false],
    ['at night, on the morning of its day', night, '2026-11-27T01:00:00Z', false],
    ['of 24 hours, when it opens', whole, '2026-11-27T11:00:00Z', true],
    ['of 24 hours, before it closes', whole, '2026-11-28T10:59:59Z', true],
    ['of 24 hours, when it closes', whole, '2026-11-28T11:00:00Z', false],
    ['until 24:00', window('fri', '22:00', '24:00'), '2026-11-27T22:59:59Z', true],
    ['until 24:00, at midnight', window('fri', '22:00', '24:00'), '2026-11-27T23:00:00Z', false],
    ['from Saturday into Sunday', window('sat', '22:00', '06:00'), '2026-11-29T01:00:00Z', true],
  ])('%s', (_, one, time, expected) => {
    expect(isOpen(open(one), at(time), BERLIN)).toBe(expected);
  });

  it('one of several is enough, and none is no limit', () => {
    expect(isOpen(open(day, night), at('2026-11-27T21:00:00Z'), BERLIN)).toBe(true);
    expect(isOpen(open(), at('2026-11-27T21:00:00Z'), BERLIN)).toBe(true);
  });

  it('opens nothing before the rollout starts', () => {
    const startsAt = at('2026-11-27T10:30:30Z');
    expect(isOpen({ startsAt, windows: [] }, startsAt - 1, BERLIN)).toBe(false);
    expect(isOpen({ startsAt, windows: [day] }, startsAt, BERLIN)).toBe(true);
    expect(nextOpening({ startsAt, windows: [day] }, at('2026-11-01T00:00:00Z'), BERLIN)).toBe(startsAt);
    expect(nextOpening({ startsAt, windows: [] }, startsAt - 1, BERLIN)).toBe(startsAt);
  });
});

describe('the next opening', () => {
  it.each([
    [
      'now, to the microsecond',
      window('fri', '09:00', '17:00'),
      '2026-11-27T10:12:13Z',
      '2026-11-27T10:12:13.000Z',
    ],
    ['later on the same day', window('fri', '09:00', '17:00'), '2026-11-27T00:10:20Z', '2026-11-27T08:00Z'],
    ['in a week', window('fri', '09:00', '17:00'), '2026-11-27T16:00:00Z', '2026-12-04T08:00Z'],
    [
      'on the first of several days',
      window('tue wed', '09:00', '17:00'),
      '2026-11-27T16:00:00Z',
      '2026-12-01T08:00Z',
    ],
  ])('%s', (_, one, from, expected) => {
    expect(iso(nextOpening(open(one), at(from), BERLIN))).toBe(expected);
  });
});

// On 29 March 2026 the clocks of Berlin go from 02:00 to 03:00, on 25 October from 03:00 back to 02:00.
describe('when clocks are changed', () => {
  it.each([
    [
      'an hour that is skipped is not made up for',
      '02:15',
      '02:45',
      '2026-03-28T12:00:00Z',
      '2026-03-30T00:15Z',
    ],
    [
      'what is open after the gap opens with it',
      '02:15',
      '04:00',
      '2026-03-28T12:00:00Z',
      '2026-03-29T01:00Z',
    ],
    ['it opens by the new clock', '04:00', '05:00', '2026-03-28T12:00:00Z', '2026-03-29T02:00Z'],
    ['it opens in the first of two hours', '02:15', '02:45', '2026-10-24T12:00:00Z', '2026-10-25T00:15Z'],
    ['and again in the second', '02:15', '02:45', '2026-10-25T00:45:00Z', '2026-10-25T01:15Z'],
    ['and when clocks go back into it', '01:30', '02:30', '2026-10-25T00:30:00Z', '2026-10-25T01:00Z'],
    ['it opens by the old clock', '04:00', '05:00', '2026-10-24T12:00:00Z', '2026-10-25T03:00Z'],
  ])('%s', (_, from, to, start, expected) => {
    expect(iso(nextOpening(open(window('every day', from, to)), at(start), BERLIN))).toBe(expected);
  });

  it('a window of which the only day is skipped opens a week later', () => {
    expect(iso(nextOpening(open(window('sun', '02:15', '02:45')), at('2026-03-27T00:00:00Z'), BERLIN))).toBe(
      '2026-04-05T00:15Z',
    );
  });

  it('a night is an hour shorter in spring and an hour longer in autumn', () => {
    const night = open(window('every day', '22:00', '06:00'));
    const minutes = (start: string) =>
      Array.from({ length: 24 * 60 }, (_, minute) => at(start) + minute * MINUTE).filter((time) =>
        isOpen(night, time, BERLIN),
      ).length;
    expect(minutes('2026-03-28T12:00:00Z')).toBe(7 * 60);
    expect(minutes('2026-10-24T12:00:00Z')).toBe(9 * 60);
  });
});

describe('properties of openings', () => {
  const zone = fc.constantFrom(
    BERLIN,
    'UTC',
    'America/New_York',
    'Australia/Lord_Howe',
    'Pacific/Apia',
    'Asia/Kathmandu',
  );
  const anyWindow = fc.record({
    days: fc.subarray([...WEEKDAYS], { minLength: 1 }),
    from: fc.nat(1_439),
    to: fc.nat(1_439),
  });
  /** Around the changes of clocks, and at any other time. */
  const time = fc.oneof(
    fc
      .tuple(
        fc.constantFrom(
          '2026-03-29T01:00:00Z',
          '2026-10-25T01:00:00Z',
          '2026-03-08T07:00:00Z',
          '2026-04-04T15:00:00Z',
        ),
        fc.integer({ min: -48 * 3_600, max: 48 * 3_600 }),
      )
      .map(([change, seconds]) => at(change) + seconds * SECOND),
    fc.integer({ min: 1_700_000_000, max: 1_900_000_000 }).map((seconds) => seconds * SECOND),
  );

  it('the next one is open, and nothing is open before it', () => {
    fc.assert(
      fc.property(fc.array(anyWindow, { minLength: 1, maxLength: 3 }), time, zone, (windows, now, where) => {
        const schedule = { startsAt: null, windows };
        const next = nextOpening(schedule, now, where);
        expect(isOpen(schedule, next, where)).toBe(true);
        expect(next).toBeGreaterThanOrEqual(now);
        expect(next).toBeLessThanOrEqual(now + 15 * 24 * HOUR);
        if (next > now) expect(isOpen(schedule, next - 1, where)).toBe(false);
        for (let between = now; between < next; between += 37 * MINUTE)
          expect(isOpen(schedule, between, where)).toBe(false);
      }),
      { numRuns: 60 },
    );
  });
});
