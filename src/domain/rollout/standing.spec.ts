import { DEVICE_STATES, type DeviceState } from './device-events.js';
import { MINUTE } from './durations.js';
import type { Phase } from './phases.js';
import { ROLLOUT_STATES, type RolloutState } from './rollout-states.js';
import { isWithheld, standingOf, WITHHELD_REASONS, type KnownOffer, type RolloutRule } from './standing.js';

// 27 November 2026 is a Friday; the window is open from 22:00 to 06:00 UTC.
const [CLOSED, OPEN] = ['2026-11-27T12:00:00Z', '2026-11-27T23:00:00Z'].map((at) => Date.parse(at) * 1_000);
const NIGHT = { startsAt: null, windows: [{ days: ['fri' as const], from: 1_320, to: 360 }] };

interface Case {
  readonly state: RolloutState;
  readonly offer?: Partial<KnownOffer>;
  readonly isTargeted?: boolean | null;
  readonly isOpen?: boolean;
  readonly isFull?: boolean;
  readonly isStale?: boolean;
  readonly phases?: readonly Phase[];
  readonly phaseIndex?: number;
  readonly position?: number;
}

/** In one word; null: the rollout is not for the device. */
function standing(one: Case): string | null {
  const { state, phases = [], phaseIndex = 0 } = one;
  const rule: RolloutRule = { state, schedule: NIGHT, phases, phaseIndex, attemptsPerDevice: 3 };
  const found = standingOf(rule, {
    now: one.isOpen === false ? CLOSED! : OPEN!,
    offer: one.offer ? { state: 'pending', attempts: 0, hasReturned: false, ...one.offer } : null,
    isTargeted: () => (one.isTargeted === undefined ? true : one.isTargeted),
    zone: () => 'UTC',
    position: () => one.position ?? 0.5,
    matches: (target) => target === 'tag:lab',
    isStale: one.isStale === true,
    isFull: one.isFull === true,
  });
  return found?.kind === 'withheld' ? found.reason : (found?.kind ?? null);
}

/** Of an offer in each state: may the device install the firmware, or is it not offered it again? */
const IS_SPENT: Readonly<Record<DeviceState, boolean>> = {
  pending: false,
  confirmed: false,
  failed: true,
  silent: false,
  released: false,
  excused: true,
};

describe('what a rollout has for a device', () => {
  // Of a device that was not offered the firmware: targeted; not targeted; nobody knows yet.
  it.each<[RolloutState, string | null, string | null, string | null]>([
    ['draft', null, null, null],
    ['waiting_for_approval', null, null, null],
    ['scheduled', 'rollout_waiting', null, 'rollout_waiting'],
    ['running', 'admission', null, 'rollout_waiting'],
    ['paused', 'rollout_paused', null, 'rollout_waiting'],
    ['halted', 'rollout_paused', null, 'rollout_waiting'],
    ['finished', 'granted', null, 'rollout_waiting'],
    ['aborted', null, null, null],
  ])(
    'that is %s: %s for its target, %s for others, %s while facts are read',
    (state, own, other, unknown) => {
      expect(standing({ state })).toBe(own);
      expect(standing({ state, isTargeted: false })).toBe(other);
      expect(standing({ state, isTargeted: null })).toBe(unknown);
    },
  );

  it('is written down for each state of a rollout', () => {
    for (const state of ROLLOUT_STATES) expect(() => standing({ state })).not.toThrow();
  });

  it.each(DEVICE_STATES)('after an offer that is %s', (state) => {
    const ofRollout = (rollout: RolloutState, isTargeted: boolean): string | null =>
      standing({ state: rollout, offer: { state }, isTargeted });
    const expected = (otherwise: string | null): string | null =>
      IS_SPENT[state] ? 'attempts_exhausted' : otherwise;
    for (const isTargeted of [true, false]) {
      // What begins is brought to an end, also when the target has changed.
      expect(ofRollout('running', isTargeted)).toBe(expected('granted'));
      expect(ofRollout('paused', isTargeted)).toBe(expected('rollout_paused'));
      expect(ofRollout('halted', isTargeted)).toBe(expected('rollout_paused'));
      expect(ofRollout('finished', isTargeted)).toBe(expected(isTargeted ? 'granted' : null));
      for (const rollout of ['draft', 'waiting_for_approval', 'aborted'] as const)
        expect(ofRollout(rollout, isTargeted)).toBeNull();
    }
  });

  it.each<[string, Partial<KnownOffer>, string]>([
    ['one attempt is left', { state: 'released', attempts: 2 }, 'granted'],
    ['no attempt is left', { state: 'released', attempts: 3 }, 'attempts_exhausted'],
    ['it is still at its last attempt', { state: 'pending', attempts: 3 }, 'granted'],
    ['it came back without the firmware', { state: 'pending', hasReturned: true }, 'attempts_exhausted'],
    ['it came back after it fell silent', { state: 'silent', hasReturned: true }, 'attempts_exhausted'],
  ])('when %s', (_when, offer, expected) => {
    expect(standing({ state: 'running', offer })).toBe(expected);
  });

  it.each<[string, Omit<Case, 'state'>, string | null]>([
    ['outside of its hours', { isOpen: false }, 'outside_window'],
    ['outside of its hours, though it was offered it', { isOpen: false, offer: {} }, 'outside_window'],
    ['outside of its hours and full', { isOpen: false, isFull: true }, 'outside_window'],
    ['full', { isFull: true }, 'rollout_waiting'],
    ['full, to one that was offered it', { isFull: true, offer: {} }, 'granted'],
    ['not heard of for long', { isStale: true }, 'rollout_waiting'],
    ['not heard of for long, to one that was offered it', { isStale: true, offer: {} }, 'rollout_waiting'],
    [
      'not heard of for long, to one that failed',
      { isStale: true, offer: { state: 'failed' } },
      'attempts_exhausted',
    ],
    ['not heard of for long, to others', { isStale: true, isTargeted: false }, null],
    ['read, to one that was offered it', { isTargeted: null, offer: {} }, 'granted'],
  ])('that runs and is %s', (_when, one, expected) => {
    expect(standing({ state: 'running', ...one })).toBe(expected);
  });

  it('that has finished, whatever the hour, and however old the news', () => {
    expect(standing({ state: 'finished', isOpen: false, isStale: true, isFull: true })).toBe('granted');
  });

  const share: Phase = { kind: 'share', share: 0.1, soakMinutes: 60 };
  const count: Phase = { kind: 'count', count: 10, soakMinutes: 60 };
  const lab: Phase = { kind: 'target', target: 'tag:lab', matching: 5, soakMinutes: 60 };
  const other: Phase = { kind: 'target', target: 'tag:other', matching: 5, soakMinutes: 60 };
  it.each<[string, Omit<Case, 'state'>, string]>([
    ['it is in its share', { phases: [share], position: 0.09 }, 'admission'],
    ['it is behind its share', { phases: [share], position: 0.1 }, 'rollout_waiting'],
    [
      'it is behind the share of a phase that is over',
      { phases: [share], phaseIndex: 1, position: 0.9 },
      'admission',
    ],
    ['any may come', { phases: [count], position: 0.9 }, 'admission'],
    ['its filter selects it', { phases: [lab] }, 'admission'],
    ['its filter does not', { phases: [other] }, 'rollout_waiting'],
    [
      'its filter does not, but that of the phase before does',
      { phases: [lab, other], phaseIndex: 1 },
      'admission',
    ],
    ['its phase is yet to come', { phases: [other, lab] }, 'rollout_waiting'],
    ['it was offered it', { phases: [other], offer: {} }, 'granted'],
  ])('in a phase: %s', (_when, one, expected) => {
    expect(standing({ state: 'running', ...one })).toBe(expected);
  });

  it('waits for its start', () => {
    const schedule = { startsAt: OPEN! + MINUTE, windows: [] };
    const rule: RolloutRule = { state: 'running', schedule, phases: [], phaseIndex: 0, attemptsPerDevice: 3 };
    const question = {
      now: OPEN!,
      offer: null,
      isTargeted: () => true,
      zone: () => 'UTC',
      position: () => 0,
      matches: () => false,
      isStale: false,
      isFull: false,
    };
    expect(standingOf(rule, question)).toEqual({ kind: 'withheld', reason: 'outside_window' });
    expect(standingOf(rule, { ...question, now: OPEN! + MINUTE })).toEqual({ kind: 'admission' });
  });
});

it('tells the reasons that rollouts have', () => {
  expect(WITHHELD_REASONS.every(isWithheld)).toBe(true);
  expect(isWithheld('up_to_date')).toBe(false);
});
