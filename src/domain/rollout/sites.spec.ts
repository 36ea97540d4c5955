import fc from 'fast-check';
import type { RolloutDevice } from './device-events.js';
import { HOUR } from './durations.js';
import { countFailures, sharedAddresses, siteOf } from './sites.js';

const device = (
  state: RolloutDevice['state'],
  site: string | null = null,
  installingAt: number | null = 0,
): RolloutDevice => ({
  seq: 1,
  groups: [],
  site,
  offeredAt: 0,
  installingAt,
  state,
  attempts: 0,
  isUnreported: false,
});

describe('the site of a device', () => {
  const shared = sharedAddresses(
    new Map([
      ['192.0.2.1', 21],
      ['192.0.2.2', 20],
      ['192.0.2.3', 59],
    ]),
  );

  it('is no address that more than a fifth of the devices have', () => {
    expect([...shared]).toEqual(['192.0.2.1', '192.0.2.3']);
  });

  it.each([
    ['munich', '192.0.2.2', 'tag:munich'],
    [null, '192.0.2.2', 'address:192.0.2.2'],
    [null, '192.0.2.1', null],
    ['munich', '192.0.2.1', 'tag:munich'],
    [null, null, null],
  ])('tagged %s, at %s: %s', (tag, address, site) => {
    expect(siteOf(tag, address, shared)).toBe(site);
  });
});

describe('the failures that count', () => {
  it.each<[string, RolloutDevice[], number]>([
    ['no device', [], 0],
    [
      'devices that are well',
      [device('confirmed'), device('pending'), device('excused'), device('released')],
      0,
    ],
    ['each that failed, wherever', [device('failed', 'a'), device('failed', 'a')], 2],
    ['silent ones of one site and hour once', [device('silent', 'a', 1), device('silent', 'a', HOUR - 1)], 1],
    ['silent ones of another hour', [device('silent', 'a', HOUR - 1), device('silent', 'a', HOUR)], 2],
    ['silent ones of another site', [device('silent', 'a'), device('silent', 'b')], 2],
    ['silent ones without a site', [device('silent'), device('silent')], 2],
    ['failed and silent ones of one site', [device('failed', 'a'), device('silent', 'a')], 2],
  ])('%s', (_, devices, k) => {
    expect(countFailures(devices)).toBe(k);
  });

  it('are never more than the devices that are bad, and not fewer when one more is', () => {
    const any = fc.record({
      state: fc.constantFrom('confirmed' as const, 'failed' as const, 'silent' as const),
      site: fc.constantFrom(null, 'a', 'b'),
      at: fc.nat(3 * HOUR),
    });
    fc.assert(
      fc.property(fc.array(any), (given) => {
        const devices = given.map(({ state, site, at }) => device(state, site, at));
        const bad = devices.filter(({ state }) => state !== 'confirmed');
        const counted = countFailures(devices);
        expect(counted).toBeLessThanOrEqual(bad.length);
        expect(countFailures(devices.slice(1))).toBeLessThanOrEqual(counted);
      }),
    );
  });
});
