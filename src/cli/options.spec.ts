import { deviceId, duration, pointInTime } from './options.js';

describe('a device id', () => {
  it.each([
    ['123', 123],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
    ['24:6f:28:03:7e:51', 0x246f28037e51],
    ['24-6F-28-03-7E-51', 0x246f28037e51],
    ['246f28037e51', 0x246f28037e51],
    ['0x246F28037e51', 0x246f28037e51],
    ['0x7b', 123],
    // Digits alone are decimal.
    ['123456789012', 123456789012],
    ['12:34:56:78:90:12', 0x123456789012],
  ])('%s is %i', (text, value) => {
    expect(deviceId(text)).toBe(value);
  });

  it.each([
    '0',
    '-1',
    '1.5',
    '',
    'abc',
    '0x',
    '9007199254740992',
    '24:6f:28:03:7e',
    '24:6f-28:03:7e:51',
    '00:00:00:00:00:00',
  ])('"%s" is none', (text) => {
    expect(() => deviceId(text)).toThrow(/number from 1 to 2\^53-1 or a MAC/);
  });
});

describe('times', () => {
  it.each([
    ['500ms', 500],
    ['60', 60_000],
    ['5m', 300_000],
    ['1.5h', 5_400_000],
    ['2d', 172_800_000],
  ])('%s is %i ms', (text, value) => {
    expect(duration(text)).toBe(value);
  });

  const at = pointInTime(() => Date.parse('2026-01-31T12:00:00Z'));

  it.each([
    ['2h', '2026-01-31T10:00:00.000Z'],
    ['7d', '2026-01-24T12:00:00.000Z'],
    ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00.000Z'],
    ['2026-01-01T00:00:00.5+01:00', '2025-12-31T23:00:00.500Z'],
    ['2026-01-01 10:00Z', '2026-01-01T10:00:00.000Z'],
  ])('%s is %s', (text, iso) => {
    expect(at(text)).toBe(iso);
  });

  it('a time without a zone is local, a date alone its first moment', () => {
    expect(at('2026-01-01')).toBe(new Date(2026, 0, 1).toISOString());
    expect(at('2026-01-01T10:00')).toBe(new Date(2026, 0, 1, 10).toISOString());
  });

  it.each(['yesterday', '5', '', '2026-13-01', '01.02.2026', '99999999999999d'])('"%s" is none', (text) => {
    expect(() => at(text)).toThrow(/how long ago, such as 30m/);
  });
});
