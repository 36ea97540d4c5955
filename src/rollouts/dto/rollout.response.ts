import { ApiProperty } from '@nestjs/swagger';
import { ROLLOUT_STATES, type RolloutState } from '../../domain/rollout/rollout-states.js';
import * as example from '../../http/examples.js';
import type { Ramp } from '../record/rollout-records.js';
import type { ListedRollout, ShownRollout } from '../rollout-view.js';
import { CountsResponse, countsOf } from './counts.response.js';
import { RolloutPartResponse } from './part.response.js';
import { PhaseResponse, WindowResponse } from './plan.response.js';
import { evidenceOf, TEXT_OR_NULL, TIME, TIME_OR_NULL } from './wire-formats.js';

class RolloutCountsResponse extends CountsResponse {
  @ApiProperty({
    type: 'integer',
    nullable: true,
    example: 963,
    description: 'Devices that will be offered the firmware; null: not counted, as in lists.',
  })
  waiting!: number | null;

  @ApiProperty({
    type: 'integer',
    nullable: true,
    example: 0,
    description:
      'Devices that it would bring back to an older version, and that do not accept one or whose secure_version is higher; null: not counted, as in lists.',
  })
  refusing!: number | null;
}

export class RolloutResponse {
  @ApiProperty({ example: 1 })
  id!: number;

  @ApiProperty({ example: 2 })
  firmware_id!: number;

  @ApiProperty({ ...TEXT_OR_NULL, example: example.VERSION })
  firmware_version!: string | null;

  @ApiProperty({ type: 'integer', nullable: true, example: 1 })
  build_number!: number | null;

  @ApiProperty({ example: example.DEVICE_TYPE })
  device_type!: string;

  @ApiProperty({ enum: ROLLOUT_STATES, example: 'running' })
  state!: RolloutState;

  @ApiProperty({
    example: '37 offered, 33 confirmed, 2 failed, 2 waiting. The rollout stops at 6.',
    description: 'Where it stands, for people.',
  })
  line!: string;

  @ApiProperty({
    ...TEXT_OR_NULL,
    example: null,
    description: 'For people: stopped: revision C3-v0.4, 4 of 6 failed.',
  })
  halted_because!: string | null;

  @ApiProperty({ ...TIME_OR_NULL, example: null, description: 'When it stopped itself.' })
  halted_at!: Date | null;

  @ApiProperty({
    ...TEXT_OR_NULL,
    example: null,
    description:
      'Why nothing is offered although it may run: its firmware was deactivated, or is damaged, or a group that it names is gone, or a newer one is stable, so that no device goes back.',
  })
  blocked_because!: string | null;

  @ApiProperty({ type: RolloutCountsResponse })
  counts!: RolloutCountsResponse;

  @ApiProperty({ example: 2, description: 'Failures that count: silent devices of one site count once.' })
  counted_failures!: number;

  @ApiProperty({ example: 6, description: 'At how many it stops, with the devices that it has now.' })
  limit!: number;

  @ApiProperty({
    format: 'double',
    example: 12.3,
    description:
      'evidence : 1 against the release: a good one ever looks this bad in fewer than 1 in so many rollouts.',
  })
  evidence!: number;

  @ApiProperty({ ...TEXT_OR_NULL, example: 'channel:beta', description: 'null: all devices of the type.' })
  target!: string | null;

  @ApiProperty({ example: 1000, description: 'Devices that the target found when the rollout was made.' })
  matched!: number;

  @ApiProperty({ enum: ['evidence', 'all', 'phases'], example: 'phases' })
  ramp!: Ramp;

  @ApiProperty({ type: [PhaseResponse], example: [{ share: 0.1, soak_minutes: 60 }] })
  phases!: PhaseResponse[];

  @ApiProperty({
    example: 0,
    description: 'Which phase holds, from 0; the number of phases after the last one.',
  })
  phase_index!: number;

  @ApiProperty({ ...TIME_OR_NULL, description: 'Since when the phase soaks.' })
  phase_settled_at!: Date | null;

  @ApiProperty({ format: 'double', example: 0.02 })
  max_failure_rate!: number;

  @ApiProperty({ format: 'double', example: 0.01 })
  false_alarm_rate!: number;

  @ApiProperty({ example: 15 })
  silent_after_minutes!: number;

  @ApiProperty({ format: 'double', example: 0.02 })
  max_at_risk_share!: number;

  @ApiProperty({ example: 3 })
  attempts_per_device!: number;

  @ApiProperty(TIME_OR_NULL)
  starts_at!: Date | null;

  @ApiProperty({ type: [WindowResponse], example: [{ days: ['mon', 'tue'], from: '22:00', to: '06:00' }] })
  windows!: WindowResponse[];

  @ApiProperty({ example: 'device', description: 'device: that of each device.' })
  time_zone!: string;

  @ApiProperty({ example: false })
  needs_approval!: boolean;

  @ApiProperty({ example: false })
  allow_downgrade!: boolean;

  @ApiProperty({ ...TEXT_OR_NULL, example: null })
  note!: string | null;

  @ApiProperty({ example: 'alice' })
  created_by!: string;

  @ApiProperty({ ...TEXT_OR_NULL, example: null })
  approved_by!: string | null;

  @ApiProperty(TIME)
  created_at!: Date;

  @ApiProperty(TIME_OR_NULL)
  started_at!: Date | null;

  @ApiProperty({ ...TIME_OR_NULL, example: null })
  ended_at!: Date | null;

  @ApiProperty({ example: 2, description: 'Counts what was done to it; also the ETag, for If-Match.' })
  version!: number;

  static from(listed: ListedRollout): RolloutResponse {
    return fieldsOf(listed, NOT_COUNTED);
  }
}

type Fields<T> = { readonly [Name in keyof T]: T[Name] };

const NOT_COUNTED = { waiting: null, refusing: null };

function fieldsOf(
  listed: ListedRollout,
  { waiting, refusing }: Pick<ShownRollout, 'waiting' | 'refusing'>,
): Fields<RolloutResponse> {
  const { rollout, firmware, counts, countedFailures, limit } = listed;
  return {
    id: rollout.id,
    firmware_id: rollout.firmwareId,
    firmware_version: firmware?.versionText ?? null,
    build_number: firmware?.build ?? null,
    device_type: rollout.deviceType,
    state: rollout.state,
    line: listed.line,
    halted_because: listed.haltedBecause,
    halted_at: listed.haltedBecause === null || !rollout.halt ? null : new Date(rollout.halt.at / 1_000),
    blocked_because: listed.blockedBecause,
    counts: { ...countsOf(counts), waiting, refusing },
    counted_failures: countedFailures,
    limit,
    evidence: evidenceOf(rollout.xLog),
    target: rollout.target,
    matched: rollout.targetSize,
    ramp: rollout.ramp,
    phases: rollout.phases.map((phase) => PhaseResponse.from(phase)),
    phase_index: rollout.phaseIndex,
    phase_settled_at: rollout.phaseSettledAt,
    max_failure_rate: rollout.maxFailureRate,
    false_alarm_rate: rollout.falseAlarmRate,
    silent_after_minutes: rollout.silentAfterMinutes,
    max_at_risk_share: rollout.maxAtRiskShare,
    attempts_per_device: rollout.attemptsPerDevice,
    starts_at: rollout.startsAt,
    windows: rollout.windows.map((window) => WindowResponse.from(window)),
    time_zone: rollout.timeZone ?? 'device',
    needs_approval: rollout.needsApproval,
    allow_downgrade: rollout.allowDowngrade,
    note: rollout.note,
    created_by: rollout.createdBy,
    approved_by: rollout.approvedBy,
    created_at: rollout.createdAt,
    started_at: rollout.startedAt,
    ended_at: rollout.endedAt,
    version: rollout.version,
  };
}

export class RolloutDetailResponse extends RolloutResponse {
  @ApiProperty({
    type: [RolloutPartResponse],
    example: [
      {
        dimension: 'chip_revision',
        value: 'C3-v0.4',
        name: 'revision C3-v0.4',
        offered: 6,
        pending: 0,
        confirmed: 4,
        failed: 2,
        silent: 0,
        released: 0,
        excused: 0,
        counted_failures: 2,
        limit: 4,
      },
    ],
    description:
      'Revisions, previous versions and blocks of 1,000 offers, the worst 50 first; none below 100 devices.',
  })
  parts!: RolloutPartResponse[];

  static of(shown: ShownRollout): RolloutDetailResponse {
    return {
      ...fieldsOf(shown, shown),
      parts: shown.parts.map((part) => RolloutPartResponse.of(part)),
    };
  }
}
