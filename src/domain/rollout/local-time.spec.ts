import { MINUTE } from './durations.js';
import { isTimeZone, localTimeOf, offsetOf, zoneOf } from './local-time.js';

const at = (iso: string) => Date.parse(iso) * 1_000;

describe('a zone', () => {
  it.each([
    ['Europe/Berlin', true],
    ['UTC', true],
    ['America/Argentina/Buenos_Aires', true],
    ['Europe/Munich', false],
    ['CET-1CEST,M3.5.0,M10.5.0/3', false],
    ['', false],
    ['x'.repeat(65), false],
  ])('%j: %s', (name, expected) => {
    expect(isTimeZone(name)).toBe(expected);
  });

  it.each([
    ['Asia/Tokyo', 'Europe/Berlin', 'Asia/Tokyo', false],
    ['device', 'Europe/Berlin', 'Europe/Berlin', false],
    ['device', 'CET-1CEST', 'UTC', true],
    ['device', undefined, 'UTC', true],
    ['device', 7, 'UTC', true],
  ])('set to %s, of a device in %s: %s, not known: %s', (setting, ofDevice, zone, isFallback) => {
    expect(zoneOf(setting, ofDevice)).toEqual({ zone, isFallback });
  });

  it.each([
    ['2026-03-29T00:59:59Z', 'Europe/Berlin', 60],
    ['2026-03-29T01:00:00Z', 'Europe/Berlin', 120],
    ['2026-10-25T00:59:59Z', 'Europe/Berlin', 120],
    ['2026-10-25T01:00:00Z', 'Europe/Berlin', 60],
    ['2026-01-01T00:00:00Z', 'America/New_York', -300],
    ['2026-01-01T00:00:00Z', 'Asia/Kathmandu', 345],
    ['2026-07-01T00:00:00Z', 'Australia/Lord_Howe', 630],
    ['2026-01-01T00:00:00Z', 'Pacific/Kiritimati', 840],
    ['2026-01-01T00:00:00Z', 'Nowhere', 0],
  ])('at %s, %s is %d minutes ahead of UTC', (iso, zone, offset) => {
    expect(offsetOf(at(iso), zone)).toBe(offset);
  });
});

describe('the local time', () => {
  it.each([
    ['2026-11-28T22:59:59.999Z', 'Europe/Berlin', 6, 1_439],
    ['2026-11-28T23:00:00Z', 'Europe/Berlin', 0, 0],
    ['2026-11-29T00:30:00Z', 'America/New_York', 6, 1_170],
    ['1969-12-31T23:00:00Z', 'UTC', 3, 1_380],
    ['1960-01-01T00:00:00Z', 'UTC', 5, 0],
  ])('at %s in %s', (iso, zone, weekday, minute) => {
    expect(localTimeOf(at(iso), zone)).toEqual({ weekday, minute });
  });

  it('is that of the minute that has begun', () => {
    expect(localTimeOf(at('2026-01-01T12:30:00Z') + MINUTE - 1, 'UTC').minute).toBe(750);
  });
});
