import fc from 'fast-check';
import { DELAY_LAWS, runToTheEnd, seeded, type DelayLaw } from '../../../test/support/rollout-worlds.js';
import { VirtualRollout } from '../../../test/support/virtual-rollout.js';
import { DEFAULT_SETTINGS, rolloutConstants } from './admission.js';
import type { DeviceEvent } from './device-events.js';
import { HOUR, MINUTE, SECOND } from './durations.js';
import { limit, lnThreshold } from './evidence.js';
import { haltedBecause } from './halted-because.js';
import { evaluate } from './parts.js';
import { merged, pausesOfServers } from './pauses.js';

/** What the rules of this folder promise together. */
const constantsOf = (targetSize: number) => rolloutConstants({ ...DEFAULT_SETTINGS, targetSize });
const rolloutOf = (targetSize: number) => new VirtualRollout(constantsOf(targetSize));
const laws = Object.entries(DELAY_LAWS);
const failed: DeviceEvent = { kind: 'failed', failure: 'after_install' };

describe('a good release', () => {
  // Devices, and how many rollouts; as many devices fail as is just acceptable. More of both in npm run test:long.
  it.each(laws)('is hardly ever halted by mistake, with results %s', (_, law) => {
    const random = seeded(20_260_101);
    let halted = 0;
    for (let run = 0; run < 100; run++) {
      if (runToTheEnd(rolloutOf(150), () => 0.02, law, random).halt) halted += 1;
    }
    expect(halted).toBeLessThanOrEqual(1);
  });

  it('comes to its end, without any failure, in every size of fleet', () => {
    for (const size of [1, 2, 16, 17, 99, 100, 500]) {
      const rollout = runToTheEnd(rolloutOf(size), () => 0, DELAY_LAWS['in any order']!, seeded(1));
      expect(rollout.counters).toMatchObject({ offered: size, confirmed: size });
    }
  });
});

describe('a bad release', () => {
  it.each([1, 5, 50, 99, 100, 500, 1_000, 10_000, 1_000_000])(
    'that kills every one of %d devices hurts as many as the first window or the limit, not more',
    (size) => {
      for (const [, law] of laws) {
        const rollout = runToTheEnd(rolloutOf(size), () => 1, law, seeded(7));
        const { offered } = rollout.counters;
        const { firstWindow, maxFailureRate, falseAlarmRate } = rollout.constants;
        const weight = size < 100 ? 1 : 1 / 2;
        const most = Math.max(firstWindow, limit(offered, weight, maxFailureRate, falseAlarmRate));
        expect(offered).toBeLessThanOrEqual(Math.min(size, most));
        expect(offered).toBeLessThanOrEqual(10);
        if (size >= 5) expect(rollout.halt).not.toBeNull();
      }
    },
  );

  it.each<[string, DelayLaw]>(laws)('never hurts more than a quarter of the confirmed, %s', (_, law) => {
    const random = seeded(99);
    for (const rate of [0.05, 0.2, 0.5]) {
      const rollout = runToTheEnd(rolloutOf(2_000), (seq) => (seq > 300 ? 1 : rate), law, random);
      const { offered, confirmed } = rollout.counters;
      const { firstWindow, maxFailureRate, falseAlarmRate } = rollout.constants;
      const most = Math.max(
        firstWindow,
        Math.ceil(confirmed / 4),
        limit(offered, 1 / 2, maxFailureRate, falseAlarmRate),
      );
      expect(offered - confirmed).toBeLessThanOrEqual(most);
    }
  });

  it('for one hardware revision is stopped, and the revision is named', () => {
    const rollout = rolloutOf(1_000);
    const random = seeded(3);
    for (let round = 0; !rollout.halt && round < 1_000; round++) {
      const isGuilty = random() < 0.1;
      const device = rollout.offer(0, [{ dimension: 'hw_revision', value: isGuilty ? 'B' : 'A' }]);
      if (device) rollout.apply(device.seq, isGuilty ? failed : { kind: 'success', at: 1 });
    }
    expect(haltedBecause(rollout.halt!)).toMatch(/^stopped: hardware revision B, (\d) of \1 failed$/);
  });

  it('that begins late is stopped by its block', () => {
    const rollout = runToTheEnd(
      rolloutOf(20_000),
      (seq) => (seq > 5_000 ? 0.1 : 0),
      DELAY_LAWS['in any order']!,
      seeded(11),
    );
    expect(rollout.halt?.part).toEqual({ dimension: 'block', value: '6' });
    expect(rollout.counters.bad).toBeLessThan(limit(rollout.counters.offered, 0.5, 0.02, 0.01));
  });
});

describe('a halt', () => {
  const halted = () => {
    const rollout = rolloutOf(1_000);
    for (let n = 0; n < 5; n++) rollout.offer(0);
    for (const seq of [1, 2, 3]) rollout.apply(seq, { kind: 'installing', at: 0 });
    for (const seq of [1, 2, 3]) rollout.apply(seq, { kind: 'time', now: HOUR, pauses: [] });
    return rollout;
  };

  it('stays, whatever comes back, and nothing more is offered', () => {
    const rollout = halted();
    const { halt } = rollout;
    expect(halt).toMatchObject({ n: 5, k: 3 });
    for (const seq of [1, 2, 3, 4, 5]) rollout.apply(seq, { kind: 'success', at: HOUR });
    expect(rollout.halt).toBe(halt);
    expect(rollout.counters).toMatchObject({ confirmed: 5, bad: 0 });
    expect(rollout.offer(2 * HOUR)).toBeNull();
  });

  it('can be computed again from what it keeps', () => {
    const { halt, constants } = halted();
    const again = evaluate(constants, 0, [{ ...halt!.part, rank: 1, n: halt!.n, k: halt!.k }]);
    expect(again.halt).toEqual(halt);
    expect(halt!.xLog).toBeGreaterThanOrEqual(lnThreshold(0.01));
  });
});

describe('time', () => {
  it('leaves no device pending that began to install long ago, however often the sweep comes late', () => {
    const sweeps = fc.array(fc.integer({ min: 1, max: 45 }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(sweeps, fc.nat(3_600), (every, begin) => {
        const rollout = rolloutOf(1_000);
        rollout.offer(0);
        rollout.apply(1, { kind: 'installing', at: begin * SECOND });
        let now = begin * SECOND;
        for (const seconds of every) {
          now += seconds * SECOND;
          rollout.apply(1, { kind: 'time', now, pauses: [] });
          const isDue = now - begin * SECOND >= 15 * MINUTE;
          expect(rollout.devices[0]!.state).toBe(isDue ? 'silent' : 'pending');
        }
      }),
    );
  });

  it('in which no server runs makes no device silent', () => {
    fc.assert(
      fc.property(fc.nat(14 * 60), fc.integer({ min: 61, max: 7_200 }), (before, down) => {
        const rollout = rolloutOf(1_000);
        rollout.offer(0);
        rollout.apply(1, { kind: 'installing', at: 0 });
        const beats = Array.from({ length: Math.floor(before / 30) + 1 }, (_, n) => n * 30 * SECOND);
        const last = beats.at(-1)!;
        const back = last + down * SECOND;
        const pauses = merged(pausesOfServers([...beats, back], back));
        rollout.apply(1, { kind: 'time', now: back, pauses });
        expect(rollout.devices[0]!.state).toBe('pending');
        rollout.apply(1, { kind: 'time', now: back + 15 * MINUTE - last, pauses });
        expect(rollout.devices[0]!.state).toBe('silent');
      }),
    );
  });
});

describe('a rollout that runs', () => {
  it('can always offer the firmware to one more device, once all are heard of', () => {
    const outcome = fc.constantFrom<DeviceEvent>({ kind: 'success', at: 1 }, failed, {
      kind: 'time',
      now: 99 * HOUR,
      pauses: [],
    });
    fc.assert(
      fc.property(fc.array(outcome, { maxLength: 80 }), (outcomes) => {
        const rollout = rolloutOf(1_000);
        for (const heard of outcomes) {
          const device = rollout.offer(0);
          if (rollout.halt) return;
          expect(device).not.toBeNull();
          rollout.apply(device!.seq, heard);
        }
      }),
    );
  });
});
