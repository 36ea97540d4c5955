import type { Phase } from '../domain/rollout/phases.js';
import type { RolloutEntity } from './record/rollout.entity.js';

/** A phase as somebody asks for it: how many devices a filter finds is counted when the rollout is made. */
export type PhaseChoice =
  Exclude<Phase, { kind: 'target' }> | Omit<Extract<Phase, { kind: 'target' }>, 'matching'>;

/** What somebody who makes a rollout asks for. */
export interface RolloutChoice extends Readonly<
  Pick<
    RolloutEntity,
    | 'firmwareId'
    | 'target'
    | 'note'
    | 'ramp'
    | 'maxFailureRate'
    | 'falseAlarmRate'
    | 'silentAfterMinutes'
    | 'maxAtRiskShare'
    | 'attemptsPerDevice'
    | 'startsAt'
    | 'windows'
    | 'timeZone'
    | 'needsApproval'
    | 'allowDowngrade'
  >
> {
  readonly phases: readonly PhaseChoice[];
}
