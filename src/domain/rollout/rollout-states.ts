import type { Instant } from '../instant.js';

/** Wire names. */
export const ROLLOUT_STATES = [
  'draft',
  'waiting_for_approval',
  'scheduled',
  'running',
  'paused',
  'halted',
  'finished',
  'aborted',
] as const;
export type RolloutState = (typeof ROLLOUT_STATES)[number];

/** What operators do; the last two are the server's. */
export const ROLLOUT_ACTIONS = [
  'start',
  'approve',
  'pause',
  'resume',
  'abort',
  'finish',
  'excuse',
  'time',
  'halt',
] as const;
export type RolloutAction = (typeof ROLLOUT_ACTIONS)[number];

/** What an action depends on. */
export interface RolloutSituation {
  readonly now: Instant;
  readonly startsAt: Instant | null;
  readonly needsApproval: boolean;
  /** Whether who acts is who made the rollout. */
  readonly isByItsMaker: boolean;
  /** Devices were excused, or a higher failure rate was allowed, since it halted. */
  readonly isChangedSinceHalt: boolean;
  /** The evidence, evaluated now, is still enough to halt. */
  readonly stillHalts: boolean;
  /** A device has confirmed that it runs the firmware. */
  readonly isConfirmed: boolean;
  /** Nothing is left to do, see isComplete. */
  readonly isComplete: boolean;
}

export type RefusalReason =
  'wrong_state' | 'own_rollout' | 'unchanged_since_halt' | 'still_halts' | 'unconfirmed';

export type ActionOutcome =
  | { readonly kind: 'moved'; readonly state: RolloutState }
  /** Taken, and the state stays. */
  | { readonly kind: 'stays' }
  | { readonly kind: 'refused'; readonly reason: RefusalReason; readonly sentence: string };

/** `go`: as soon as its time has come. `stay`: the action is taken, the state stays. A state: what it becomes. */
type Rule =
  RolloutState | 'stay' | 'go' | 'begin' | 'approve' | 'resume' | 'finish' | 'on_time' | 'when_complete';
type Row = Readonly<Partial<Record<RolloutAction, Rule>>>;

/** What a state does not list is refused to operators; for the server it changes nothing. */
const RULES: Readonly<Record<RolloutState, Row>> = {
  draft: { start: 'begin', abort: 'aborted' },
  waiting_for_approval: { approve: 'approve', abort: 'aborted' },
  // Starting it again does not wait for its time.
  scheduled: { start: 'running', pause: 'paused', abort: 'aborted', time: 'on_time' },
  running: {
    pause: 'paused',
    abort: 'aborted',
    finish: 'finish',
    excuse: 'stay',
    time: 'when_complete',
    halt: 'halted',
  },
  // Devices that were offered the firmware before may still fail.
  paused: { resume: 'go', abort: 'aborted', finish: 'finish', excuse: 'stay', halt: 'halted' },
  // A firmware that halted its rollout does not come into force.
  halted: { resume: 'resume', abort: 'aborted', excuse: 'stay' },
  finished: {},
  // What failed there is not offered the same firmware by another rollout, until it is excused.
  aborted: { excuse: 'stay' },
};

const STAYS: ActionOutcome = { kind: 'stays' };
const movedTo = (state: RolloutState): ActionOutcome => ({ kind: 'moved', state });
const refused = (reason: RefusalReason, sentence: string): ActionOutcome => ({
  kind: 'refused',
  reason,
  sentence,
});

/** What becomes of a rollout. A halt stays until an operator resumes it. */
export function act(state: RolloutState, action: RolloutAction, situation: RolloutSituation): ActionOutcome {
  const rule = RULES[state][action];
  switch (rule) {
    case undefined:
      return action === 'time' || action === 'halt'
        ? STAYS
        : refused('wrong_state', wrongState(state, action));
    case 'stay':
      return STAYS;
    case 'go':
      return movedTo(stateAtTime(situation));
    case 'begin':
      return movedTo(situation.needsApproval ? 'waiting_for_approval' : stateAtTime(situation));
    case 'approve':
      return situation.isByItsMaker
        ? refused('own_rollout', 'Another person than the one who made the rollout must approve it.')
        : movedTo(stateAtTime(situation));
    case 'resume':
      return resume(situation);
    case 'finish':
      // What no device has confirmed does not come into force.
      return situation.isConfirmed ? movedTo('finished') : refused('unconfirmed', UNCONFIRMED);
    case 'on_time':
      return stateAtTime(situation) === 'running' ? movedTo('running') : STAYS;
    case 'when_complete':
      return situation.isComplete ? movedTo('finished') : STAYS;
    default:
      return movedTo(rule);
  }
}

const stateAtTime = ({ startsAt, now }: RolloutSituation): RolloutState =>
  startsAt !== null && startsAt > now ? 'scheduled' : 'running';

function resume({ isChangedSinceHalt, stillHalts }: RolloutSituation): ActionOutcome {
  if (!isChangedSinceHalt)
    return refused(
      'unchanged_since_halt',
      'The rollout halted. Excuse devices that failed for another reason, or raise the failure rate that it accepts; then resume it.',
    );
  if (stillHalts)
    return refused(
      'still_halts',
      'The rollout would halt again at once. Excuse more devices, or raise the failure rate that it accepts further.',
    );
  return movedTo('running');
}

const UNCONFIRMED =
  'No device has confirmed yet that it runs the firmware, so that it does not come into force. Wait for one, or abort the rollout.';

const TOLD: Readonly<Record<RolloutState, string>> = {
  draft: 'is a draft',
  waiting_for_approval: 'waits for approval',
  scheduled: 'is scheduled',
  running: 'is running',
  paused: 'is paused',
  halted: 'is halted',
  finished: 'is finished',
  aborted: 'was aborted',
};

/** @returns for example: The rollout is finished; it cannot be paused. What is possible: … */
function wrongState(state: RolloutState, action: RolloutAction): string {
  const possible = ROLLOUT_ACTIONS.filter(
    (other) => other !== 'time' && other !== 'halt' && RULES[state][other] !== undefined,
  );
  const advice = possible.length > 0 ? `Possible now: ${possible.join(', ')}.` : 'Make a new rollout.';
  return `The rollout ${TOLD[state]}, so that ${action} is not possible. ${advice}`;
}
