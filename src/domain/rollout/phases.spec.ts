import fc from 'fast-check';
import { NO_LIMIT } from './admission.js';
import { positionOf } from './device-order.js';
import { HOUR, MINUTE } from './durations.js';
import {
  capOf,
  faultOfPhases,
  FIRST_PHASE,
  isComplete,
  isIncluded,
  progressOf,
  type Phase,
  type PhaseProgress,
  type PhaseSituation,
} from './phases.js';

const share = (part: number, soakMinutes = 60): Phase => ({ kind: 'share', share: part, soakMinutes });
const count = (devices: number, soakMinutes = 60): Phase => ({ kind: 'count', count: devices, soakMinutes });
const target = (matching: number, soakMinutes = 60): Phase => ({
  kind: 'target',
  target: 'tag:beta',
  matching,
  soakMinutes,
});

describe('a list of phases', () => {
  it.each<[string, Phase[]]>([
    ['none', []],
    ['shares that grow', [share(0.01), share(0.1), share(1)]],
    ['counts and filters between shares', [target(3, 0), count(10), share(0.1), count(20)]],
    ['30 days of soak', [share(0.5, 43_200)]],
  ])('is right: %s', (_, phases) => {
    expect(faultOfPhases(phases)).toBeNull();
  });

  it.each<[string, Phase[], RegExp]>([
    ['a share of nothing', [share(0)], /shares/],
    ['a share above 1', [share(1.01)], /shares/],
    ['a share that does not grow', [share(0.1), count(5), share(0.1)], /shares/],
    ['a share that is no number', [share(NaN)], /shares/],
    ['half a device', [count(1.5)], /counts/],
    ['a count that falls', [count(5), count(4)], /counts/],
    ['a soak time below 0', [share(0.1, -1)], /soak/],
    ['a soak time above 30 days', [share(0.1, 43_201)], /soak/],
    ['a soak time that is no number', [share(0.1, NaN)], /soak/],
  ])('is wrong: %s', (_, phases, fault) => {
    expect(faultOfPhases(phases)).toMatch(fault);
  });
});

describe('the cap of a phase', () => {
  it.each<[string, Phase[], number[]]>([
    ['shares, rounded up', [share(0.001), share(0.07), share(1)], [1, 7, 100, NO_LIMIT]],
    ['counts', [count(5), count(20)], [5, 20, NO_LIMIT]],
    ['the larger of shares and counts', [count(20), share(0.1)], [20, 20, NO_LIMIT]],
    ['what filters select, on top', [target(3), share(0.1), target(30)], [3, 13, 43, NO_LIMIT]],
    ['none', [], [NO_LIMIT]],
  ])('of 100 devices: %s', (_, phases, caps) => {
    expect(caps.map((_cap, index) => capOf(phases, index, 100))).toEqual(caps);
  });
});

describe('the devices of a phase', () => {
  const beta = (filter: string) => filter === 'tag:beta';
  const nobody = () => false;

  it.each<[string, Phase[], number, number, (filter: string) => boolean, boolean]>([
    ['below its share', [share(0.1)], 0, 0.0999, nobody, true],
    ['at its share', [share(0.1)], 0, 0.1, nobody, false],
    ['that its filter selects', [target(3)], 0, 0.9, beta, true],
    ['that its filter does not select', [target(3)], 0, 0.1, nobody, false],
    ['of the phase before', [target(3), share(0.1)], 1, 0.9, beta, true],
    ['of the phase after', [share(0.1), target(3)], 0, 0.9, beta, false],
    ['of any kind when it counts them', [count(5)], 0, 0.9, nobody, true],
    ['all of them after the last phase', [share(0.1)], 1, 0.9, nobody, true],
  ])('%s', (_, phases, index, position, matches, expected) => {
    expect(isIncluded(phases, index, position, matches)).toBe(expected);
  });

  it('are in every later phase, too', () => {
    const phases = [share(0.01), target(3), share(0.2), share(0.7)];
    fc.assert(
      fc.property(fc.nat(1_000), fc.nat(1_000_000), fc.boolean(), (rollout, device, isBeta) => {
        const isIn = phases.map((_, index) =>
          isIncluded(phases, index, positionOf(rollout, device), () => isBeta),
        );
        expect(isIn).toEqual(isIn.toSorted((a, b) => Number(a) - Number(b)));
      }),
    );
  });
});

describe('progress through the phases', () => {
  const phases = [share(0.1, 60), count(50, 0)];
  const at = (
    progress: PhaseProgress,
    situation: Partial<PhaseSituation>,
    now: number,
    pauses = [] as const,
  ) => progressOf(progress, { counted: 0, pending: 0, waiting: 5, ...situation }, phases, 100, now, pauses);

  it.each<[string, Partial<PhaseSituation>, PhaseProgress]>([
    ['devices still wait', { counted: 9 }, { index: 0, settledAt: null }],
    ['it is full, and one is pending', { counted: 10, pending: 1 }, { index: 0, settledAt: null }],
    ['it is full', { counted: 10 }, { index: 0, settledAt: HOUR }],
    ['no device that checks in waits', { counted: 7, waiting: 0 }, { index: 0, settledAt: HOUR }],
  ])('%s', (_, situation, expected) => {
    expect(at(FIRST_PHASE, situation, HOUR)).toEqual(expected);
  });

  const settled = { index: 0, settledAt: HOUR };

  it('soaks for its time', () => {
    expect(at(settled, { counted: 10 }, 2 * HOUR - 1)).toEqual(settled);
    expect(at(settled, { counted: 10 }, 2 * HOUR)).toEqual({ index: 1, settledAt: null });
  });

  it('soaks anew when something happens meanwhile', () => {
    expect(at(settled, { counted: 10, pending: 1 }, 3 * HOUR)).toEqual(FIRST_PHASE);
  });

  it('does not soak during pauses', () => {
    const situation = { counted: 10, pending: 0, waiting: 5 };
    const pauses = [{ from: HOUR + MINUTE, to: HOUR + 2 * MINUTE }];
    expect(progressOf(settled, situation, phases, 100, 2 * HOUR, pauses)).toEqual(settled);
  });

  it('goes on at once after a phase without soak time', () => {
    expect(at({ index: 1, settledAt: null }, { counted: 50 }, HOUR)).toEqual({ index: 2, settledAt: null });
  });

  it('ends after the last phase, when nothing waits or is pending', () => {
    const last = at({ index: 2, settledAt: null }, {}, HOUR);
    expect(last).toEqual({ index: 2, settledAt: null });
    const done = { counted: 90, pending: 0, waiting: 0 };
    expect(isComplete(last, done, phases)).toBe(true);
    expect(isComplete(last, { ...done, waiting: 1 }, phases)).toBe(false);
    expect(isComplete(last, { ...done, pending: 1 }, phases)).toBe(false);
    expect(isComplete({ index: 1, settledAt: null }, done, phases)).toBe(false);
  });
});
