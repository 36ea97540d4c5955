import fc from 'fast-check';
import { VirtualRollout } from '../../../test/support/virtual-rollout.js';
import { DEFAULT_SETTINGS, rolloutConstants } from './admission.js';
import { applyEvent, type DeviceEvent, type RolloutDevice } from './device-events.js';
import { HOUR, MINUTE } from './durations.js';
import { evaluate, groupsOf, MAX_GROUPS } from './parts.js';
import { recount, recountParts } from './recount.js';

const constants = rolloutConstants({ ...DEFAULT_SETTINGS, targetSize: 1_000 });

const event: fc.Arbitrary<DeviceEvent> = fc.oneof(
  fc.record({ kind: fc.constant('installing' as const), at: fc.nat(3 * HOUR) }),
  fc.record({ kind: fc.constant('success' as const), at: fc.nat(3 * HOUR) }),
  fc.record({
    kind: fc.constant('failed' as const),
    failure: fc.constantFrom('after_install' as const, 'artefact' as const, 'passing' as const),
  }),
  fc.record({
    kind: fc.constant('seen' as const),
    runs: fc.constantFrom('target' as const, 'previous' as const),
    at: fc.nat(9 * HOUR),
    hasRebooted: fc.constantFrom(true, false, null),
  }),
  fc.record({ kind: fc.constant('time' as const), now: fc.nat(9 * HOUR), pauses: fc.constant([]) }),
  fc.constant({ kind: 'excused' } as const),
);
const groups = fc
  .tuple(fc.constantFrom(null, 'A', 'B'), fc.constantFrom('1.0.0', '1.1.0', '1.2.0'))
  .map(([hwRevision, previousVersion]) =>
    groupsOf({ hwRevision, chip: null, chipRevision: null, previousVersion }),
  );
const step = fc.record({ groups, site: fc.constantFrom(null, 'a', 'b'), of: fc.nat(1_000), event });

describe('counting the devices of a rollout again', () => {
  it('gives the counters and parts that were counted step by step', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const rollout = new VirtualRollout(constants);
        for (const { groups: some, site, of, event: heard } of steps) {
          rollout.offer(0, some, site);
          if (rollout.devices.length > 0) rollout.apply(1 + (of % rollout.devices.length), heard);
        }
        const counted = recount(rollout.devices);
        expect(counted.counters).toEqual(rollout.counters);
        const byName = (a: { dimension: string; value: string }, b: { dimension: string; value: string }) =>
          `${a.dimension} ${a.value}` < `${b.dimension} ${b.value}` ? -1 : 1;
        expect([...counted.parts].sort(byName)).toEqual([...rollout.counted].sort(byName));
        const { xLog, window } = evaluate(constants, counted.counters.confirmed, counted.parts);
        // Between two evaluations the evidence can only have become less.
        expect(xLog).toBeLessThanOrEqual(rollout.evaluation.xLog + 1e-12);
        expect(window).toBeGreaterThanOrEqual(rollout.evaluation.window);
      }),
    );
  });

  it('gives the same from the bad devices alone, after any changes', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 60 }), (steps) => {
        const rollout = new VirtualRollout(constants);
        for (const { groups: some, site } of steps) rollout.offer(0, some, site);
        const before = recount(rollout.devices).parts;
        const released: { device: RolloutDevice; by: number }[] = [];
        for (const { of, event: heard } of steps) {
          const change = rollout.apply(1 + (of % rollout.devices.length), heard);
          if (change) released.push({ device: change.device, by: change.deltas.released });
        }
        const bad = rollout.devices.filter(({ state }) => state === 'failed' || state === 'silent');
        const changed = recountParts(before, released, bad);
        const after = before.map(
          (part) =>
            changed.find(({ rank, dimension }) => rank === part.rank && dimension === part.dimension) ?? part,
        );
        expect(after).toEqual(recount(rollout.devices).parts);
        expect(
          changed.filter((part) => before.some((same) => JSON.stringify(same) === JSON.stringify(part))),
        ).toEqual([]);
      }),
    );
  });

  it('does not depend on the order in which devices are read', () => {
    const device = (seq: number): RolloutDevice => ({
      seq,
      groups: groupsOf({ hwRevision: `r${seq}`, chip: null, chipRevision: null, previousVersion: null }),
      site: null,
      offeredAt: 0,
      installingAt: null,
      state: 'pending',
      attempts: 0,
      isUnreported: false,
    });
    const devices = Array.from({ length: MAX_GROUPS + 5 }, (_, index) => device(index + 1));
    const counted = recount(devices.toReversed());
    expect(counted).toEqual(recount(devices));
    expect(counted.parts.filter(({ dimension }) => dimension === 'hw_revision')).toHaveLength(MAX_GROUPS);
    expect(counted.parts[1]).toEqual({ dimension: 'hw_revision', value: 'r1', rank: 1, n: 1, k: 0 });
  });
});

describe('what is forgiven never makes the evidence higher', () => {
  const xLogOf = (devices: readonly RolloutDevice[]) => {
    const { counters, parts } = recount(devices);
    return evaluate(constants, counters.confirmed, parts).xLog;
  };
  const any = fc.array(fc.record({ groups, site: fc.constantFrom(null, 'a', 'b'), bad: fc.nat(3) }), {
    minLength: 1,
    maxLength: 40,
  });
  const devicesOf = (
    given: readonly { groups: RolloutDevice['groups']; site: string | null; bad: number }[],
  ) =>
    given.map(({ groups: some, site, bad }, index): RolloutDevice => ({
      seq: index + 1,
      groups: some,
      site,
      offeredAt: 0,
      installingAt: MINUTE,
      state: bad === 0 ? 'failed' : bad === 1 ? 'silent' : 'confirmed',
      attempts: 0,
      isUnreported: false,
    }));

  it.each<[string, DeviceEvent]>([
    ['a silent device that comes back', { kind: 'success', at: HOUR }],
    ['a device that is excused', { kind: 'excused' }],
  ])('%s', (_, heard) => {
    fc.assert(
      fc.property(any, fc.nat(39), (given, at) => {
        const devices = devicesOf(given);
        const change = applyEvent(devices[at % devices.length]!, heard, constants);
        if (!change) return;
        const after = devices.map((device) => (device.seq === change.device.seq ? change.device : device));
        expect(xLogOf(after)).toBeLessThanOrEqual(xLogOf(devices));
      }),
    );
  });

  it('silent devices whose site is known', () => {
    fc.assert(
      fc.property(any, (given) => {
        const known = devicesOf(given);
        const unknown = known.map((device) => ({ ...device, site: null }));
        expect(xLogOf(known)).toBeLessThanOrEqual(xLogOf(unknown));
      }),
    );
  });
});
