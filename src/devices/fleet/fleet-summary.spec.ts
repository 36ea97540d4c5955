import fc from 'fast-check';
import { DEVICE_STATUSES } from '../../domain/device-status.js';
import type { FleetCell } from './fleet-device.js';
import { levelsOf, MOST_TYPES_SHOWN, MOST_VERSIONS_SHOWN, summarize } from './fleet-summary.js';

const cell = fc.record<FleetCell>({
  deviceType: fc.option(fc.integer({ min: 0, max: 40 }).map((n) => `type-${n}`)),
  version: fc.option(fc.integer({ min: 0, max: 30 }).map((n) => `1.${n}.0`)),
  build: fc.option(fc.constantFrom(1, 2)),
  status: fc.constantFrom(...DEVICE_STATUSES),
  devices: fc.integer({ min: 1, max: 100 }),
});
const cells = fc.array(cell, { maxLength: 300 });
const sum = (counts: Iterable<number>): number => [...counts].reduce((total, count) => total + count, 0);

describe('a summary of a fleet', () => {
  it('counts each device once by its status and once by its version', () => {
    fc.assert(
      fc.property(cells, (given) => {
        const { total, byStatus, byVersion } = summarize(given, []);
        expect(total).toBe(sum(given.map(({ devices }) => devices)));
        expect(sum(byStatus.values())).toBe(total);
        expect(sum(byVersion.map(({ devices }) => devices))).toBe(total);
        const counts = byVersion.map(({ devices }) => devices);
        expect(counts).toEqual([...counts].sort((a, b) => b - a));
      }),
    );
  });

  it('lists at most 1000 versions, the commonest', () => {
    const many = Array.from({ length: 1_200 }, (_, n): FleetCell => ({
      deviceType: 'lamp',
      version: `1.${n}.0`,
      build: 1,
      status: 'waiting',
      devices: n + 1,
    }));
    const { byVersion, total } = summarize(many, []);
    expect([byVersion.length, byVersion[0]?.devices, total]).toEqual([1_000, 1_200, 720_600]);
  });
});

describe('the levels of the metrics', () => {
  it('count each device once, under few labels whatever devices say of themselves', () => {
    fc.assert(
      fc.property(cells, (given) => {
        const levels = levelsOf(given);
        expect(sum(levels.map(({ devices }) => devices))).toBe(sum(given.map(({ devices }) => devices)));
        const types = new Set(levels.map(({ labels }) => labels.device_type));
        expect(types.size).toBeLessThanOrEqual(MOST_TYPES_SHOWN + 1);
        for (const type of types) {
          const versions = levels.filter(({ labels }) => labels.device_type === type);
          expect(new Set(versions.map(({ labels }) => labels.version)).size).toBeLessThanOrEqual(
            MOST_VERSIONS_SHOWN + 1,
          );
        }
        const keys = levels.map(({ labels }) => JSON.stringify(labels));
        expect(new Set(keys).size).toBe(keys.length);
      }),
    );
  });

  it('do not confuse a device that says unknown with one that has said nothing', () => {
    const cell = { build: null, status: 'unknown', devices: 1 } as const;
    const given = [
      { ...cell, deviceType: null, version: null },
      { ...cell, deviceType: 'unknown', version: 'unknown' },
    ];
    expect(levelsOf(given).map(({ labels }) => [labels.device_type, labels.version])).toEqual([
      ['', ''],
      ['unknown', 'unknown'],
    ]);
  });

  it('name the commonest versions, and call the rest other', () => {
    const given = Array.from({ length: 12 }, (_, n): FleetCell => ({
      deviceType: 'lamp',
      version: `1.${n}.0`,
      build: 1,
      status: 'waiting',
      devices: n + 1,
    }));
    const labels = levelsOf(given).map(({ labels: { version } }) => version);
    expect(labels).toContain('1.2.0');
    expect(labels).not.toContain('1.1.0');
    expect(levelsOf(given).find((level) => level.labels.version === 'other')?.devices).toBe(3);
  });
});
