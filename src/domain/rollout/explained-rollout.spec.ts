import { whatItHas, whyWithheld, type ExplainedRollout } from './explained-rollout.js';
import { WITHHELD_REASONS, type WithheldReason } from './standing.js';

const AT = Date.parse('2026-11-27T22:00:00Z') * 1_000;
const ROLLOUT: ExplainedRollout = {
  id: 7,
  firmware: '2.0.0 build 1',
  state: 'running',
  standing: null,
  phaseIndex: 0,
  phaseCount: 0,
  startsAt: null,
  opensAt: AT,
  lacksZone: false,
  isUnread: false,
  isStale: false,
  full: null,
  refusal: null,
};

describe('why a rollout withholds its firmware', () => {
  it.each<[string, WithheldReason, Partial<ExplainedRollout>, RegExp]>([
    ['has not begun', 'rollout_waiting', { state: 'scheduled' }, /has not begun/],
    ['begins later', 'rollout_waiting', { state: 'scheduled', startsAt: AT }, /begins at 2026-11-27T22:00Z/],
    ['has a target that is still being read', 'rollout_waiting', { isUnread: true }, /still being read/],
    ['was not heard of', 'rollout_waiting', { isStale: true }, /cannot reach its database/],
    [
      'waits for others',
      'rollout_waiting',
      { full: 'unconfirmed' },
      /to no more devices until some .* confirmed/,
    ],
    [
      'has as many as its phase takes',
      'rollout_waiting',
      { full: 'phase', phaseCount: 2 },
      /phase 1 of 2, which has all the devices that it has room for\. The next one begins/,
    ],
    ['is held', 'rollout_waiting', { full: 'held', phaseCount: 2 }, /is held: .* by itself/],
    ['had no room', 'rollout_waiting', { full: 'asked' }, /no room for one more/],
    ['is in a phase without it', 'rollout_waiting', { phaseCount: 3, phaseIndex: 1 }, /phase 2 of 3/],
    ['was full a moment ago', 'rollout_waiting', {}, /no room for one more/],
    ['is paused', 'rollout_paused', { state: 'paused' }, /is paused.*ota rollout resume 7/],
    ['has stopped itself', 'rollout_paused', { state: 'halted' }, /stopped itself.*ota rollout show 7/],
    ['is closed', 'outside_window', {}, /from 2026-11-27T22:00Z\.$/],
    ['is closed, and knows no zone', 'outside_window', { lacksZone: true }, /UTC holds/],
    ['has tried it', 'attempts_exhausted', {}, /does not offer it again: .*excused where it failed/],
  ])('%s: %s', (_why, reason, more, sentence) => {
    const { title, detail } = whyWithheld({ ...ROLLOUT, ...more }, reason);
    expect(title).not.toBe('');
    expect(detail).toMatch(/^Rollout 7 of 2\.0\.0 build 1 /);
    expect(detail).toMatch(sentence);
  });

  it('has a title for each reason', () => {
    const titles = WITHHELD_REASONS.map((reason) => whyWithheld(ROLLOUT, reason).title);
    expect(new Set(titles).size).toBe(WITHHELD_REASONS.length);
  });
});

describe('what a rollout has for a device', () => {
  it.each<[ExplainedRollout['standing'], ExplainedRollout['state'], RegExp]>([
    [null, 'running', /is not for it/],
    [{ kind: 'granted' }, 'running', /offers it\.$/],
    [{ kind: 'granted' }, 'finished', /is in force for it/],
    [{ kind: 'admission' }, 'running', /if there is room/],
    [{ kind: 'withheld', reason: 'rollout_paused' }, 'halted', /withholds it: rollout_paused/],
  ])('%j while it is %s', (standing, state, sentence) => {
    expect(whatItHas({ ...ROLLOUT, standing, state })).toMatch(sentence);
  });
});
