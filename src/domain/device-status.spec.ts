import fc from 'fast-check';
import {
  DEVICE_STATUSES,
  deviceStatus,
  silenceOf,
  type DeviceCondition,
  type DeviceStatus,
  type LastUpdate,
} from './device-status.js';
import { NO_UPDATE_REASONS } from './update-decision.js';
import { ATTEMPT_STATUSES } from './ota-attempt.js';

const NOW = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;
const HEALTHY: DeviceCondition = {
  standing: 'admitted',
  hasChecked: true,
  lastSeenAt: NOW,
  checkInterval: 3_600,
  reason: 'up_to_date',
  lastUpdate: null,
};
const update = (status: LastUpdate['status'], minutesAgo = 0, isRolledBack = false): LastUpdate => ({
  status,
  isRolledBack,
  changedAt: NOW - minutesAgo * MINUTE,
});
const offered: Partial<DeviceCondition> = { reason: null };

const TABLE: readonly [string, Partial<DeviceCondition>, DeviceStatus][] = [
  ['that runs the newest', {}, 'up_to_date'],
  ['of a type without releases', { reason: 'no_release' }, 'unknown'],
  ['that was offered a firmware', offered, 'waiting'],
  ['that has not begun', { ...offered, lastUpdate: update('pending') }, 'waiting'],
  ['below the floor', { reason: 'below_min_current_version' }, 'waiting'],
  ['that downloads', { ...offered, lastUpdate: update('downloading') }, 'updating'],
  ['that installs', { ...offered, lastUpdate: update('installing', 60) }, 'updating'],
  ['that began long ago', { ...offered, lastUpdate: update('downloading', 61) }, 'waiting'],
  ['that runs the new one and has not said so', { lastUpdate: update('installing') }, 'updating'],
  ['whose update failed', { ...offered, lastUpdate: update('failed', 600) }, 'failed'],
  ['that rolled back', { ...offered, lastUpdate: update('failed', 600, true) }, 'rolled_back'],
  ['whose failed firmware was withdrawn', { lastUpdate: update('failed') }, 'up_to_date'],
  ['that was updated and is offered the next', { ...offered, lastUpdate: update('success') }, 'waiting'],
  ['that installs the same for ever', { reason: 'update_loop', lastUpdate: update('success') }, 'failed'],
  ['whose version cannot be ordered', { reason: 'unparsable_current_version' }, 'unknown'],
  ['that never checked', { hasChecked: false }, 'unknown'],
  ['without a word for three intervals', { lastSeenAt: NOW - 181 * MINUTE }, 'silent'],
  ['that is just in time', { lastSeenAt: NOW - 180 * MINUTE }, 'up_to_date'],
  [
    'that went silent in an update',
    { lastSeenAt: NOW - 181 * MINUTE, lastUpdate: update('installing', 5) },
    'silent',
  ],
  ['that is blocked and silent', { standing: 'blocked', lastSeenAt: 0 }, 'blocked'],
  ['that was rejected', { standing: 'rejected' }, 'blocked'],
  ['that waits to be accepted', { standing: 'pending', hasChecked: false }, 'pending'],
];

describe('deviceStatus', () => {
  it.each(TABLE)('says of a device %s what it is', (_words, condition, status) => {
    expect(deviceStatus({ ...HEALTHY, ...condition }, NOW)).toBe(status);
  });

  it('has one answer for every device, the same for the same device at the same time', () => {
    const condition = fc.record<DeviceCondition>({
      standing: fc.constantFrom('admitted', 'blocked', 'pending', 'rejected'),
      hasChecked: fc.boolean(),
      lastSeenAt: fc.integer({ min: NOW - 1e9, max: NOW + 1e6 }),
      checkInterval: fc.option(fc.integer({ min: 1, max: 2_592_000 })),
      reason: fc.option(fc.constantFrom(...NO_UPDATE_REASONS)),
      lastUpdate: fc.option(
        fc.record<LastUpdate>({
          status: fc.constantFrom(...ATTEMPT_STATUSES),
          isRolledBack: fc.boolean(),
          changedAt: fc.integer({ min: NOW - 1e9, max: NOW }),
        }),
      ),
    });
    fc.assert(
      fc.property(condition, (device) => {
        const status = deviceStatus(device, NOW);
        expect(DEVICE_STATUSES).toContain(status);
        expect(deviceStatus({ ...device }, NOW)).toBe(status);
        // A device that was heard a moment ago is never silent.
        expect(deviceStatus({ ...device, lastSeenAt: NOW }, NOW)).not.toBe('silent');
      }),
    );
  });
});

describe('silenceOf', () => {
  it.each([
    [3_600, 10_800],
    [60, 1_800],
    [600, 1_800],
    [601, 1_803],
    [null, 86_400],
  ])('an interval of %s s is %i s', (interval, silence) => {
    expect(silenceOf(interval)).toBe(silence);
  });
});
