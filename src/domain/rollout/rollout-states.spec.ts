import {
  act,
  ROLLOUT_ACTIONS,
  ROLLOUT_STATES,
  type RolloutAction,
  type RolloutSituation,
  type RolloutState,
} from './rollout-states.js';

const situation: RolloutSituation = {
  now: 1_000,
  startsAt: null,
  needsApproval: false,
  isByItsMaker: false,
  isChangedSinceHalt: true,
  stillHalts: false,
  isConfirmed: true,
  isComplete: false,
};

/** What becomes of a state by each action: `=` it stays, `-` refused. */
const TABLE: Readonly<Record<RolloutState, string>> = {
  //                     start   approve pause  resume  abort   finish   excuse time halt
  draft: '               running -       -      -       aborted -        -      =    =',
  waiting_for_approval: '-       running -      -       aborted -        -      =    =',
  scheduled: '           running -       paused -       aborted -        -      running =',
  running: '             -       -       paused -       aborted finished =      =    halted',
  paused: '              -       -       -      running aborted finished =      =    halted',
  halted: '              -       -       -      running aborted -        =      =    =',
  finished: '            -       -       -      -       -       -        -      =    =',
  aborted: '             -       -       -      -       -       -        =      =    =',
};

const pairs = ROLLOUT_STATES.flatMap((state) =>
  TABLE[state]
    .trim()
    .split(/ +/)
    .map((expected, index) => [state, ROLLOUT_ACTIONS[index]!, expected] as const),
);

const told = (state: RolloutState, action: RolloutAction, more: Partial<RolloutSituation> = {}) => {
  const outcome = act(state, action, { ...situation, ...more });
  return outcome.kind === 'moved' ? outcome.state : outcome.kind === 'stays' ? '=' : '-';
};
const refusal = (state: RolloutState, action: RolloutAction, more: Partial<RolloutSituation> = {}) => {
  const outcome = act(state, action, { ...situation, ...more });
  return outcome.kind === 'refused' ? `${outcome.reason}: ${outcome.sentence}` : null;
};

describe('a rollout', () => {
  it('has an outcome for every state and action', () => {
    expect(pairs).toHaveLength(ROLLOUT_STATES.length * ROLLOUT_ACTIONS.length);
  });

  it.each(pairs)('%s, %s: %s', (state, action, expected) => {
    expect(told(state, action)).toBe(expected);
  });

  it.each<[RolloutState, RolloutAction]>([
    ['draft', 'start'],
    ['waiting_for_approval', 'approve'],
    ['paused', 'resume'],
  ])('%s, %s: waits for its time', (state, action) => {
    expect(told(state, action, { startsAt: 1_001 })).toBe('scheduled');
    expect(told(state, action, { startsAt: 1_000 })).toBe('running');
  });

  it('that is scheduled begins at its time, or when it is started', () => {
    expect(told('scheduled', 'time', { startsAt: 1_001 })).toBe('=');
    expect(told('scheduled', 'time', { startsAt: 1_000 })).toBe('running');
    expect(told('scheduled', 'start', { startsAt: 1_001 })).toBe('running');
  });

  it('that runs finishes when nothing is left to do', () => {
    expect(told('running', 'time', { isComplete: true })).toBe('finished');
    expect(told('paused', 'time', { isComplete: true })).toBe('=');
  });

  it('that no device has confirmed does not come into force', () => {
    for (const state of ['running', 'paused'] as const)
      expect(refusal(state, 'finish', { isConfirmed: false })).toMatch(/^unconfirmed: No device .*abort/);
  });

  it('that needs approval waits for another person than its maker', () => {
    expect(told('draft', 'start', { needsApproval: true })).toBe('waiting_for_approval');
    expect(refusal('waiting_for_approval', 'approve', { isByItsMaker: true })).toBe(
      'own_rollout: Another person than the one who made the rollout must approve it.',
    );
  });

  it('that halted resumes only for a reason, and only if it does not halt again', () => {
    expect(refusal('halted', 'resume', { isChangedSinceHalt: false })).toMatch(
      /^unchanged_since_halt: .*failure rate/,
    );
    expect(refusal('halted', 'resume', { stillHalts: true })).toMatch(/^still_halts: .*at once/);
  });

  it.each<[RolloutState, RolloutAction, string]>([
    [
      'halted',
      'pause',
      'The rollout is halted, so that pause is not possible. Possible now: resume, abort, excuse.',
    ],
    ['aborted', 'start', 'The rollout was aborted, so that start is not possible. Possible now: excuse.'],
    [
      'running',
      'start',
      'The rollout is running, so that start is not possible. Possible now: pause, abort, finish, excuse.',
    ],
  ])('%s, %s: says what is possible', (state, action, sentence) => {
    expect(refusal(state, action)).toBe(`wrong_state: ${sentence}`);
  });
});
