import type { Json } from '../domain/audit-chain.js';
import type { EventType } from '../domain/event-types.js';
import { haltedBecause } from '../domain/rollout/halted-because.js';
import type { RolloutAction, RolloutState } from '../domain/rollout/rollout-states.js';
import type { NewEvent } from '../events/events.exports.js';
import type { Rollout } from './record/rollout.repository.js';

/* What the audit log and events say of rollouts, by the names that the API has for it. */

export const rolloutTarget = (id: number): string => `rollout:${id}`;

/** What was asked for. */
export const choiceOnRecord = (rollout: Rollout): Json => ({
  firmware_id: rollout.firmwareId,
  device_type: rollout.deviceType,
  target: rollout.target,
  ramp: rollout.ramp,
  phases: rollout.phases.length,
  max_failure_rate: rollout.maxFailureRate,
  false_alarm_rate: rollout.falseAlarmRate,
  silent_after_minutes: rollout.silentAfterMinutes,
  max_at_risk_share: rollout.maxAtRiskShare,
  attempts_per_device: rollout.attemptsPerDevice,
  starts_at: rollout.startsAt?.toISOString() ?? null,
  windows: rollout.windows.length,
  needs_approval: rollout.needsApproval,
  allow_downgrade: rollout.allowDowngrade,
  matched: rollout.targetSize,
});

/** Where it stands. */
export const standOnRecord = ({ state, maxFailureRate, halt }: Rollout): Json => ({
  state,
  max_failure_rate: maxFailureRate,
  ...(state === 'halted' && halt && { halted_because: haltedBecause(halt) }),
});

export const excuseOnRecord = (
  deviceIds: readonly number[],
  reason: string,
): Readonly<Record<string, Json>> => ({
  device_ids: deviceIds.slice(0, NAMED_DEVICES),
  devices: deviceIds.length,
  reason,
});

const NAMED_DEVICES = 100;

export const createdEvent = (rollout: Rollout): NewEvent => eventOf('rollout.created', rollout);

const ENTERED: Readonly<Record<RolloutState, EventType>> = {
  draft: 'rollout.created',
  waiting_for_approval: 'rollout.approval_needed',
  scheduled: 'rollout.scheduled',
  running: 'rollout.started',
  paused: 'rollout.paused',
  halted: 'rollout.halted',
  finished: 'rollout.finished',
  aborted: 'rollout.aborted',
};

/** What an action has come to. */
export function movedEvent(action: RolloutAction, rollout: Rollout): NewEvent {
  if (action === 'excuse') return eventOf('rollout.changed', rollout);
  const isResumed = action === 'resume' && rollout.state === 'running';
  return eventOf(isResumed ? 'rollout.resumed' : ENTERED[rollout.state], rollout);
}

const eventOf = (type: EventType, rollout: Rollout): NewEvent => ({
  type,
  entity: rolloutTarget(rollout.id),
  data: {
    rollout_id: rollout.id,
    firmware_id: rollout.firmwareId,
    device_type: rollout.deviceType,
    state: rollout.state,
    offered: rollout.offered,
    confirmed: rollout.confirmed,
    failed: rollout.bad,
    halted_because: rollout.state === 'halted' && rollout.halt ? haltedBecause(rollout.halt) : null,
  },
});
