import fc from 'fast-check';
import { mayOffer, NO_LIMIT } from '../../src/domain/rollout/admission.js';
import type { DeviceEvent } from '../../src/domain/rollout/device-events.js';
import { HOUR, SECOND } from '../../src/domain/rollout/durations.js';
import { groupsOf, type PartKey } from '../../src/domain/rollout/parts.js';
import { RolloutAdmissions } from '../../src/rollouts/rollout-admissions.js';
import type { News } from '../../src/rollouts/rollout-news.js';
import { RolloutOutcomes } from '../../src/rollouts/rollout-outcomes.js';
import { constantsOf } from '../../src/rollouts/record/rollout-constants.js';
import { inOrder, RolloutStage } from '../support/rollout-stage.js';
import { samples } from '../support/samples.js';
import { startTestApp, type TestApp } from '../support/test-app.js';
import { VirtualRollout } from '../support/virtual-rollout.js';

const at = (most: number): fc.Arbitrary<number> => fc.nat(most).map((second) => second * SECOND);
const event: fc.Arbitrary<DeviceEvent> = fc.oneof(
  fc.record({ kind: fc.constant('installing' as const), at: at(10_000) }),
  fc.record({ kind: fc.constant('success' as const), at: at(10_000) }),
  fc.record({
    kind: fc.constant('failed' as const),
    failure: fc.constantFrom('after_install' as const, 'artefact' as const, 'passing' as const),
  }),
  fc.record({
    kind: fc.constant('seen' as const),
    runs: fc.constantFrom('target' as const, 'previous' as const),
    at: at(30_000),
    hasRebooted: fc.constantFrom(true, false, null),
  }),
  fc.record({ kind: fc.constant('time' as const), now: at(30_000), pauses: fc.constant([]) }),
  fc.constant({ kind: 'excused' } as const),
);
const device = fc.record({
  hwRevision: fc.constantFrom(null, 'A', 'B'),
  previousVersion: fc.constantFrom('1.0.0', '1.1.0'),
  address: fc.constantFrom(null, '192.0.2.1', '192.0.2.2'),
});
/** Devices that ask, and then one event of one of those that were offered the firmware. */
const step = fc.record({ asking: fc.array(device, { maxLength: 3 }), of: fc.nat(1_000), event });
type Asking = typeof device extends fc.Arbitrary<infer T> ? T : never;
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const newsOf = (heard: DeviceEvent): News => ({ at: HOUR, errorMessage: null, eventsFor: () => [heard] });

describe('the counters of rollouts', () => {
  let app: TestApp;
  let stage: RolloutStage;
  let admissions: RolloutAdmissions;
  let outcomes: RolloutOutcomes;
  let lastDevice = 0;

  beforeAll(async () => {
    app = await startTestApp({ limits: { rolloutSweepMs: 3_600_000 } });
    stage = new RolloutStage(app);
    admissions = app.nest.get(RolloutAdmissions);
    outcomes = app.nest.get(RolloutOutcomes);
  });
  afterAll(() => app.close());

  const admit = async (
    rolloutId: number,
    { hwRevision, previousVersion, address }: Asking,
  ): Promise<number | null> => {
    const deviceId = ++lastDevice;
    const ownAttributes = new Map(hwRevision === null ? [] : [['hw_revision', hwRevision]]);
    const asked = {
      ...{ rolloutId, deviceId, at: 0, version: previousVersion, build: 1 },
      ...{ ownAttributes, address, bootId: null },
    };
    const { kind } = await admissions.admit(asked);
    return kind === 'admitted' ? deviceId : null;
  };
  const hear = (rolloutId: number, news: ReadonlyMap<number, readonly News[]>): Promise<void> =>
    stage.rollouts.transaction((manager) => outcomes.hear(manager, new Map([[rolloutId, news]])));

  it('admit a device exactly when the rule does', async () => {
    const { id } = await stage.begin(10_000);
    const counter = fc.nat(60);
    const situation = fc.record({
      ...{ confirmed: fc.nat(400), bad: counter, released: counter, excused: counter },
      pending: fc.nat(80),
      firstWindow: fc.constantFrom(1, 2, 10, NO_LIMIT),
      atOnce: fc.constantFrom(1, 2, 10, 20, 100),
      phaseCap: fc.constantFrom(1, 100, NO_LIMIT),
      state: fc.constantFrom('running' as const, 'paused' as const, 'halted' as const),
      isHeld: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(situation, async ({ pending, ...row }) => {
        const { confirmed, bad, released, excused, atOnce, firstWindow, phaseCap, state, isHeld } = row;
        const offered = confirmed + bad + released + excused + pending;
        const mayBe =
          state === 'running' &&
          !isHeld &&
          mayOffer({ offered, confirmed, bad, released, excused }, { firstWindow, window: atOnce, phaseCap });
        const seq = await stage.rollouts.transaction(async (manager) => {
          await stage.rollouts.update(manager, id, { ...row, offered });
          return stage.rollouts.admit(manager, id);
        });
        expect(seq).toBe(mayBe ? offered + 1 : null);
      }),
      { numRuns: samples(1_000) },
    );
  });

  it('are what the rule counts step by step, and what can be counted again', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), async (steps) => {
        const rollout = await stage.begin(1_000);
        const virtual = new VirtualRollout(constantsOf(rollout));
        const offered: number[] = [];
        for (const { asking, of, event: heard } of steps) {
          for (const one of asking) {
            const deviceId = await admit(rollout.id, one);
            const twin = virtual.offer(
              0,
              groupsIn(one),
              one.address === null ? null : `address:${one.address}`,
            );
            expect(deviceId !== null).toBe(twin !== null);
            if (deviceId !== null) offered.push(deviceId);
          }
          if (offered.length === 0) continue;
          const index = of % offered.length;
          virtual.apply(index + 1, heard);
          await hear(rollout.id, new Map([[offered[index]!, [newsOf(heard)]]]));
        }
        const { xLog, atOnce, state, halt } = await stage.find(rollout.id);
        expect(atOnce).toBe(virtual.evaluation.window);
        // Nothing is evaluated before something has happened.
        if (xLog !== 0) expect(xLog).toBeCloseTo(virtual.evaluation.xLog, 9);
        expect(state).toBe(virtual.halt ? 'halted' : 'running');
        expect(halt).toEqual(virtual.halt && { ...virtual.halt, at: expect.any(Number) });
        const counted = await stage.counted(rollout.id);
        expect(counted).toEqual(await stage.recounted(rollout.id));
        expect(counted.counters).toEqual(virtual.counters);
        if (offered.length > 0) expect(counted.parts).toEqual(inOrder(virtual.counted));
      }),
      { numRuns: samples(50) },
    );
  });

  it('can be counted again after many devices are admitted and heard of at once', async () => {
    const races = fc.array(fc.array(step, { minLength: 1, maxLength: 8 }), { minLength: 2, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(races, async (together) => {
        const rollout = await stage.begin(1_000, { ramp: 'all', firstWindow: NO_LIMIT, atOnce: NO_LIMIT });
        const offered: number[] = [];
        const race = async (steps: readonly Step[]): Promise<void> => {
          for (const { asking, of, event: heard } of steps) {
            for (const one of asking) offered.push((await admit(rollout.id, one)) ?? 0);
            const some = offered.filter((_, index) => (index + of) % 3 === 0);
            await hear(rollout.id, new Map(some.map((deviceId) => [deviceId, [newsOf(heard)]])));
          }
        };
        await Promise.all(together.map(race));
        expect(await stage.counted(rollout.id)).toEqual(await stage.recounted(rollout.id));
      }),
      { numRuns: samples(50) },
    );
  });

  it('free the place of a device that is excused, and let the evidence fall', async () => {
    const rollout = await stage.begin(10);
    const [first, second] = [await admit(rollout.id, NOBODY), await admit(rollout.id, NOBODY)];
    expect(second).toBeNull();
    await hear(rollout.id, new Map([[first!, [newsOf({ kind: 'failed', failure: 'after_install' })]]]));
    const failed = await stage.find(rollout.id);
    expect(failed).toMatchObject({ bad: 1, excused: 0 });
    const excused = await stage.rollouts.transaction(async (manager) => {
      const [locked] = await stage.rollouts.lock(manager, [rollout.id]);
      return outcomes.excuse(manager, locked!, [first!, 999_999], 'It fell into the water.');
    });
    expect(excused).toEqual([first]);
    const after = await stage.find(rollout.id);
    expect(after).toMatchObject({ bad: 0, excused: 1 });
    expect(after.xLog).toBeLessThan(failed.xLog);
    const [row] = await stage.devices.find([rollout.id], [first!]);
    expect(row).toMatchObject({ state: 'excused', excuse: 'It fell into the water.' });
    expect(await stage.counted(rollout.id)).toEqual(await stage.recounted(rollout.id));
  });

  it('are evaluated again by a higher failure rate', async () => {
    const rollout = await stage.begin(10);
    const deviceId = await admit(rollout.id, NOBODY);
    await hear(rollout.id, new Map([[deviceId!, [newsOf({ kind: 'failed', failure: 'after_install' })]]]));
    const { xLog } = await stage.find(rollout.id);
    const evaluation = await stage.rollouts.transaction(async (manager) => {
      const [locked] = await stage.rollouts.lock(manager, [rollout.id]);
      return outcomes.evaluate(manager, { ...locked!, maxFailureRate: 0.2 });
    });
    expect(evaluation.xLog).toBeLessThan(xLog);
    expect((await stage.find(rollout.id)).xLog).toBeCloseTo(evaluation.xLog, 12);
  });

  it('of a rollout that nobody was offered are evaluated, too', async () => {
    const rollout = await stage.begin(10);
    const evaluation = await stage.rollouts.transaction((manager) => outcomes.evaluate(manager, rollout));
    expect(evaluation).toMatchObject({ xLog: 0, halt: null });
  });

  it.each(['running', 'paused', 'halted', 'aborted', 'finished'] as const)(
    'of a rollout that is %s go on; it halts only while it is under way',
    async (state) => {
      const rollout = await stage.begin(10, { atOnce: 10, firstWindow: 10, endedAt: new Date() });
      const ids = [await admit(rollout.id, NOBODY), await admit(rollout.id, NOBODY)];
      await stage.rollouts.transaction((manager) => stage.rollouts.update(manager, rollout.id, { state }));
      const failed = newsOf({ kind: 'failed', failure: 'after_install' });
      await hear(rollout.id, new Map(ids.map((id) => [id!, [failed]])));
      const after = await stage.find(rollout.id);
      expect(after).toMatchObject({ bad: 2 });
      expect(after.state).toBe(state === 'running' || state === 'paused' ? 'halted' : state);
      expect(after.halt !== null).toBe(state === 'running' || state === 'paused');
    },
  );
});

const NOBODY: Asking = { hwRevision: null, previousVersion: '1.0.0', address: null };
const groupsIn = ({ hwRevision, previousVersion }: Asking): PartKey[] =>
  groupsOf({ hwRevision, chip: null, chipRevision: null, previousVersion });
