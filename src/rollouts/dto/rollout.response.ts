import { ApiProperty } from '@nestjs/swagger';
import { DEVICE_STATES, type DeviceState } from '../../domain/rollout/device-events.js';
import type { EvidencePoint } from '../../domain/rollout/evidence-series.js';
import { LEFT_OUT_REASONS } from '../../domain/rollout/rollout-preview.js';
import { ROLLOUT_STATES, type RolloutState } from '../../domain/rollout/rollout-states.js';
import type { Phase } from '../../domain/rollout/phases.js';
import { WEEKDAYS, type TimeWindow } from '../../domain/rollout/windows.js';
import * as example from '../../http/examples.js';
import type { OfferedDevice } from '../record/rollout-device.repository.js';
import type { Ramp } from '../record/rollout-records.js';
import type { RolloutFactors } from '../rollout-factors.js';
import type { RolloutPreview } from '../rollout-previews.js';
import type { ListedRollout, ShownPart, ShownRollout, StateCounts } from '../rollout-view.js';

const TIME = { type: String, format: 'date-time', example: example.TIME };
const TIME_OR_NULL = { ...TIME, nullable: true };
const TEXT_OR_NULL = { type: String, nullable: true };

class CountsResponse {
  @ApiProperty({ example: 37, description: 'Devices that were offered the firmware.' })
  offered!: number;

  @ApiProperty({ example: 2, description: 'Of which nothing else is known yet.' })
  pending!: number;

  @ApiProperty({ example: 33, description: 'That run the firmware.' })
  confirmed!: number;

  @ApiProperty({ example: 2, description: 'That rolled back, or could not take the firmware.' })
  failed!: number;

  @ApiProperty({ example: 0, description: 'That began to install and did not come back.' })
  silent!: number;

  @ApiProperty({ example: 0, description: 'That never began to install, and do not count.' })
  released!: number;

  @ApiProperty({ example: 0, description: 'Whose failure an operator has explained.' })
  excused!: number;
}

/** In the order of the document. */
const countsOf = (counts: StateCounts): StateCounts => ({
  offered: counts.offered,
  pending: counts.pending,
  confirmed: counts.confirmed,
  failed: counts.failed,
  silent: counts.silent,
  released: counts.released,
  excused: counts.excused,
});

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

class RolloutPartResponse extends CountsResponse {
  @ApiProperty({
    enum: ['hw_revision', 'chip_revision', 'previous_version', 'block'],
    example: 'chip_revision',
  })
  dimension!: string;

  @ApiProperty({ example: 'C3-v0.4' })
  value!: string;

  @ApiProperty({ example: 'revision C3-v0.4', description: 'For people.' })
  name!: string;

  @ApiProperty({ example: 4, description: 'Failures that count: silent devices of one site count once.' })
  counted_failures!: number;

  @ApiProperty({
    example: 4,
    description: 'At how many the rollout stops, with the devices that it has now.',
  })
  limit!: number;

  static of(part: ShownPart): RolloutPartResponse {
    const { dimension, value, name, counts, k, limit } = part;
    return { dimension, value, name, ...countsOf(counts), counted_failures: k, limit };
  }
}

class PhaseResponse {
  @ApiProperty({ format: 'double', required: false, example: 0.1 })
  share?: number;

  @ApiProperty({ required: false, example: 100 })
  count?: number;

  @ApiProperty({ required: false, example: 'tag:lab' })
  target?: string;

  @ApiProperty({ required: false, example: 12, description: 'Devices that the target found.' })
  matching?: number;

  @ApiProperty({ format: 'double', example: 60 })
  soak_minutes!: number;

  static from(phase: Phase): PhaseResponse {
    const soak_minutes = phase.soakMinutes;
    if (phase.kind === 'share') return { share: phase.share, soak_minutes };
    if (phase.kind === 'count') return { count: phase.count, soak_minutes };
    return { target: phase.target, matching: phase.matching, soak_minutes };
  }
}

class WindowResponse {
  @ApiProperty({ enum: WEEKDAYS, isArray: true, example: ['mon', 'tue'] })
  days!: readonly string[];

  @ApiProperty({ example: '22:00' })
  from!: string;

  @ApiProperty({ example: '06:00' })
  to!: string;

  static from({ days, from, to }: TimeWindow): WindowResponse {
    return { days, from: timeOf(from), to: timeOf(to) };
  }
}

const twoDigits = (value: number): string => String(value).padStart(2, '0');
const timeOf = (minutes: number): string =>
  `${twoDigits(Math.floor(minutes / 60))}:${twoDigits(minutes % 60)}`;

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

/** Rounded, and never more than what a number of JSON can be. */
const evidenceOf = (xLog: number): number =>
  Math.round(Math.min(Math.exp(xLog), Number.MAX_SAFE_INTEGER) * 1_000) / 1_000;

export class RolloutDeviceResponse {
  @ApiProperty({ example: 123 })
  device_id!: number;

  @ApiProperty({ example: 1, description: 'The number of its offer.' })
  seq!: number;

  @ApiProperty({ enum: DEVICE_STATES, example: 'failed' })
  state!: DeviceState;

  @ApiProperty({
    ...TEXT_OR_NULL,
    example: '1.0.0',
    description: 'What it ran when it was offered the firmware.',
  })
  previous_version!: string | null;

  @ApiProperty({ ...TEXT_OR_NULL, example: 'B' })
  hw_revision!: string | null;

  @ApiProperty({ ...TEXT_OR_NULL, example: 'C3-v0.4' })
  chip_revision!: string | null;

  @ApiProperty({
    ...TEXT_OR_NULL,
    example: 'tag:site-munich',
    description: 'Silent devices of one site count once.',
  })
  site!: string | null;

  @ApiProperty({ example: 0, description: 'Attempts that failed before it began to install.' })
  attempts!: number;

  @ApiProperty({ ...TEXT_OR_NULL, example: 'rolled back' })
  error_message!: string | null;

  @ApiProperty({ ...TEXT_OR_NULL, example: null, description: 'Why an operator excused it.' })
  excuse!: string | null;

  @ApiProperty(TIME)
  offered_at!: Date;

  @ApiProperty(TIME_OR_NULL)
  installing_at!: Date | null;

  @ApiProperty(TIME)
  changed_at!: Date;

  static from(device: OfferedDevice): RolloutDeviceResponse {
    const valueOf = (name: string): string | null =>
      device.groups.find(({ dimension }) => dimension === name)?.value ?? null;
    return {
      device_id: device.deviceId,
      seq: device.seq,
      state: device.state,
      previous_version: device.previousVersion,
      hw_revision: valueOf('hw_revision'),
      chip_revision: valueOf('chip_revision'),
      site: device.site,
      attempts: device.attempts,
      error_message: device.errorMessage,
      excuse: device.excuse,
      offered_at: dateOf(device.offeredAt),
      installing_at: device.installingAt === null ? null : dateOf(device.installingAt),
      changed_at: dateOf(device.changedAt),
    };
  }
}

const dateOf = (instant: number): Date => new Date(instant / 1_000);

export class EvidencePointResponse {
  @ApiProperty({ example: 100, description: 'Offers until then.' })
  offered!: number;

  @ApiProperty({ example: 98, description: 'Of those the ones that count.' })
  counted!: number;

  @ApiProperty({ example: 2, description: 'Failures that count.' })
  failed!: number;

  @ApiProperty({ example: 9, description: 'At how many failures it would have stopped.' })
  limit!: number;

  @ApiProperty({ format: 'double', example: 0.4, description: 'evidence : 1 of the rollout as a whole.' })
  evidence!: number;

  static from({ offered, counted, failed, limit, xLog }: EvidencePoint): EvidencePointResponse {
    return { offered, counted, failed, limit, evidence: evidenceOf(xLog) };
  }
}

class LeftOutResponse {
  @ApiProperty({ enum: LEFT_OUT_REASONS, example: 'not_in_target' })
  reason!: string;

  @ApiProperty({ example: 12 })
  count!: number;

  @ApiProperty({ type: [Number], example: [123, 456], description: 'At most five.' })
  example_ids!: readonly number[];
}

export class RolloutPreviewResponse {
  @ApiProperty({ example: 988, description: 'Devices that would be offered the firmware in the end.' })
  matched!: number;

  @ApiProperty({
    example: 8,
    description:
      'Of those, how many at once when it begins, by its phases and windows: none while its windows are closed then.',
  })
  offered_first!: number;

  @ApiProperty({
    type: [LeftOutResponse],
    example: [{ reason: 'not_in_target', count: 12, example_ids: [123, 456] }],
    description: 'The other devices of the type, by why they are not.',
  })
  left_out!: LeftOutResponse[];

  @ApiProperty({
    ...TEXT_OR_NULL,
    example: null,
    description: 'Why nothing would be offered: a newer firmware is stable, so that no device goes back.',
  })
  blocked_because!: string | null;

  static from({ matched, offeredFirst, leftOut, blockedBecause }: RolloutPreview): RolloutPreviewResponse {
    return {
      matched,
      offered_first: offeredFirst,
      left_out: leftOut.map(({ reason, count, exampleIds }) => ({ reason, count, example_ids: exampleIds })),
      blocked_because: blockedBecause,
    };
  }
}

class FactorResponse {
  @ApiProperty({ example: 'hw_revision', description: 'previous_version, tag, or the key of an attribute.' })
  dimension!: string;

  @ApiProperty({ example: 'B' })
  value!: string;

  @ApiProperty({ example: 4, description: 'Devices with it that failed or are silent.' })
  failed!: number;

  @ApiProperty({ example: 6, description: 'Devices with it that were offered the firmware.' })
  offered!: number;
}

export class RolloutFactorsResponse {
  @ApiProperty({
    example: 37,
    description: 'Devices that were compared: the 20,000 that were offered it last.',
  })
  offered!: number;

  @ApiProperty({ example: 4 })
  failed!: number;

  @ApiProperty({
    type: [FactorResponse],
    example: [{ dimension: 'hw_revision', value: 'B', failed: 4, offered: 6 }],
    description: 'The guiltiest 50 first.',
  })
  factors!: readonly FactorResponse[];

  static from({ offered, failed, factors }: RolloutFactors): RolloutFactorsResponse {
    return {
      offered,
      failed,
      factors: factors.map((factor) => ({
        dimension: factor.dimension,
        value: factor.value,
        failed: factor.failed,
        offered: factor.offered,
      })),
    };
  }
}
