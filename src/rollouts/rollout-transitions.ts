import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditLog } from '../audit/audit.exports.js';
import { DatabaseClock } from '../database/database-clock.js';
import type { Json } from '../domain/audit-chain.js';
import { DomainError, type DomainCode } from '../domain/errors.js';
import type { Instant } from '../domain/instant.js';
import type { Principal } from '../domain/principal.js';
import { capOf } from '../domain/rollout/phases.js';
import {
  act,
  type ActionOutcome,
  type RefusalReason,
  type RolloutAction,
  type RolloutState,
} from '../domain/rollout/rollout-states.js';
import { EventLog } from '../events/events.exports.js';
import { ReleaseMarks } from '../releases/releases.exports.js';
import { movedEvent, rolloutTarget, standOnRecord } from './on-record.js';
import type { RolloutEntity } from './record/rollout.entity.js';
import type { HaltRecord } from './record/rollout-records.js';
import { RolloutRepository, type Rollout } from './record/rollout.repository.js';

/** What an action depends on besides the rollout, and what is written together with it. */
export interface MoveDetails {
  /** When it is; by the database's clock otherwise. */
  readonly now?: Instant;
  /** For `resume`: the evidence, evaluated with what is changed, is still enough to halt. */
  readonly stillHalts?: boolean;
  /** For `time`: nothing is left to do. */
  readonly isComplete?: boolean;
  /** For `halt`. */
  readonly halt?: HaltRecord;
  readonly change?: Partial<RolloutEntity>;
  /** What the audit log says of it besides the state. */
  readonly record?: Readonly<Record<string, Json>>;
}

const REFUSALS: Readonly<Record<RefusalReason, DomainCode>> = {
  wrong_state: 'ROLLOUT_WRONG_STATE',
  own_rollout: 'ROLLOUT_OWN',
  unchanged_since_halt: 'ROLLOUT_UNCHANGED',
  still_halts: 'ROLLOUT_STILL_HALTS',
  unconfirmed: 'ROLLOUT_UNCONFIRMED',
};

/** Does what `act` says: every state that a rollout comes to, it comes to here. */
@Injectable()
export class RolloutTransitions {
  constructor(
    private readonly rollouts: RolloutRepository,
    private readonly marks: ReleaseMarks,
    private readonly events: EventLog,
    private readonly audit: AuditLog,
    private readonly clock: DatabaseClock,
  ) {}

  /**
   * Before an action is prepared that the state of a rollout, or who acts, rules out anyway.
   * @throws DomainError ROLLOUT_WRONG_STATE, ROLLOUT_OWN, ROLLOUT_UNCONFIRMED
   */
  check(rollout: Rollout, action: RolloutAction, by: Principal): void {
    const outcome = outcomeOf({ ...rollout, isChangedSinceHalt: true }, action, by, this.clock.now(), {});
    if (outcome.kind === 'refused') throw refusalOf(outcome);
  }

  /**
   * To be the last thing that a transaction does with this rollout, since it puts it on record.
   * @param rollout locked
   * @param by null: the server itself
   * @returns the rollout as it is then; the same object when nothing has changed
   * @throws DomainError ROLLOUT_WRONG_STATE, ROLLOUT_OWN, ROLLOUT_UNCHANGED, ROLLOUT_STILL_HALTS,
   * ROLLOUT_UNCONFIRMED
   */
  async move(
    manager: EntityManager,
    rollout: Rollout,
    action: RolloutAction,
    by: Principal | null,
    details: MoveDetails = {},
  ): Promise<Rollout> {
    const { id, state: before } = rollout;
    const now = details.now ?? this.clock.now();
    const outcome = outcomeOf(rollout, action, by, now, details);
    if (outcome.kind === 'refused') throw refusalOf(outcome);
    if (outcome.kind === 'stays' && action !== 'excuse') return rollout;
    const state = outcome.kind === 'moved' ? outcome.state : before;
    // Before the rollout is written: who makes one has locked the firmware, and then looks for an open rollout of it.
    if (state === 'running' && rollout.startedAt === null)
      await this.marks.mark(manager, rollout.firmwareId, 'released');
    if (state === 'finished' && rollout.target === null && !rollout.allowDowngrade)
      await this.marks.mark(manager, rollout.firmwareId, 'stable');
    const after = await this.rollouts.update(manager, id, {
      state,
      ...writtenWith(rollout, state, action, new Date(now / 1_000)),
      ...(action === 'approve' && by && { approvedBy: by.name }),
      ...(details.halt && { halt: details.halt }),
      ...details.change,
    });
    await this.rollouts.tell(manager, id);
    await this.events.record(manager, [movedEvent(action, after)]);
    await this.audit.record(manager, {
      by,
      action: `rollout.${action === 'time' ? VERBS[state] : action}`,
      target: rolloutTarget(id),
      before: standOnRecord(rollout),
      after: { ...(standOnRecord(after) as object), ...details.record },
    });
    return after;
  }
}

function outcomeOf(
  rollout: Rollout,
  action: RolloutAction,
  by: Principal | null,
  now: Instant,
  { stillHalts = false, isComplete = false, change }: MoveDetails,
): ActionOutcome {
  return act(rollout.state, action, {
    now,
    startsAt: rollout.startsAt && rollout.startsAt.getTime() * 1_000,
    needsApproval: rollout.needsApproval,
    isByItsMaker: by?.name === rollout.createdBy,
    isChangedSinceHalt: rollout.isChangedSinceHalt || change?.maxFailureRate !== undefined,
    stillHalts,
    isConfirmed: rollout.confirmed > 0,
    isComplete,
  });
}

const refusalOf = ({ reason, sentence }: Extract<ActionOutcome, { kind: 'refused' }>): DomainError =>
  new DomainError(REFUSALS[reason], sentence);

/** What time does, as operators do it. */
const VERBS: Readonly<Partial<Record<RolloutState, string>>> = { running: 'start', finished: 'finish' };

function writtenWith(
  { startedAt, phases, phaseIndex, targetSize, state: before }: Rollout,
  state: RolloutState,
  action: RolloutAction,
  now: Date,
): Partial<RolloutEntity> {
  // Excused devices count as a change until the rollout is resumed, and only if it had halted.
  if (action === 'excuse') return before === 'halted' ? { isChangedSinceHalt: true } : {};
  if (state === 'finished' || state === 'aborted') return { endedAt: now };
  if (state === 'halted') return { isChangedSinceHalt: false };
  if (state !== 'running') return {};
  return {
    startedAt: startedAt ?? now,
    phaseCap: capOf(phases, phaseIndex, targetSize),
    isChangedSinceHalt: false,
  };
}
