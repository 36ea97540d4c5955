import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { ArrayMaxSize, IsBoolean, IsIn, IsInt, IsNumber, IsOptional, Max, Min } from 'class-validator';
import { MAX_FILTER_LENGTH } from '../../domain/filter/parse-filter.js';
import { DEFAULT_SETTINGS } from '../../domain/rollout/admission.js';
import { DEVICE_STATES, type DeviceState } from '../../domain/rollout/device-events.js';
import { ROLLOUT_STATES, type RolloutState } from '../../domain/rollout/rollout-states.js';
import { WEEKDAYS } from '../../domain/rollout/windows.js';
import * as example from '../../http/examples.js';
import { PageQuery } from '../../http/paging.js';
import {
  FromDigits,
  FromTime,
  IsId,
  IsOptionalButNotNull,
  IsPlainText,
  IsText,
  IsTime,
  MAX_ID,
} from '../../http/wire-fields.js';
import { HandsOn } from '../../http/wire-validation.pipe.js';
import type { Ramp } from '../record/rollout-records.js';

const RAMPS = ['evidence', 'all', 'phases'] as const satisfies readonly Ramp[];
const MAX_NOTE = 2_000;
const MAX_REASON = 500;
/** What is longer is told with its place. */
const MAX_TEXT_LENGTH = 10_000;
const SMALLEST_RATE = 0.0001;
const HIGHEST_RATE = 0.5;
const WEEK_IN_MINUTES = 10_080;
const MAX_ZONE = 64;

/** `{rollout_id}` in a path. */
export class RolloutIdParam {
  @ApiProperty({ minimum: 1, maximum: MAX_ID, description: 'The id of the rollout.' })
  @FromDigits()
  @IsId()
  rollout_id!: number;
}

export class RolloutListQuery extends PageQuery {
  @ApiPropertyOptional({
    type: String,
    example: 'running,halted',
    description: `Only those in these states, separated by commas: ${ROLLOUT_STATES.join(', ')}.`,
  })
  @IsOptionalButNotNull()
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.split(',') : value))
  @ArrayMaxSize(ROLLOUT_STATES.length)
  @IsIn(ROLLOUT_STATES, { each: true, message: `state must be some of ${ROLLOUT_STATES.join(', ')}` })
  state?: readonly RolloutState[];

  @ApiPropertyOptional({ type: Number, description: 'Only those of this firmware.' })
  @IsOptionalButNotNull()
  @FromDigits()
  @IsId()
  firmware_id?: number;
}

export class RolloutDevicesQuery extends PageQuery {
  @ApiPropertyOptional({ enum: DEVICE_STATES, description: 'Only those in this state.' })
  @IsOptionalButNotNull()
  @IsIn(DEVICE_STATES)
  state?: DeviceState;
}

export class EvidenceQuery {
  @ApiPropertyOptional({ type: Number, default: 100, minimum: 1, maximum: 500 })
  @FromDigits()
  @IsInt()
  @Min(1)
  @Max(500)
  points = 100;
}

const MAX_FAILURE_RATE = {
  format: 'double',
  minimum: SMALLEST_RATE,
  maximum: HIGHEST_RATE,
  example: DEFAULT_SETTINGS.maxFailureRate,
};

@HandsOn('phases', 'windows')
export class RolloutRequest {
  @ApiProperty({ example: 2, minimum: 1, maximum: MAX_ID })
  @IsId()
  firmware_id!: number;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    maxLength: MAX_FILTER_LENGTH,
    example: 'channel:beta -tag:lab',
    description:
      'A filter: the devices of the device_type that it finds. Without one: all. status: and seen: change by themselves, so ' +
      'that no target has them.',
  })
  @IsOptional()
  @IsText(MAX_TEXT_LENGTH)
  target?: string | null;

  @ApiPropertyOptional({
    enum: RAMPS,
    default: DEFAULT_SETTINGS.ramp,
    description:
      'evidence: as fast as the evidence allows. phases: the same, capped by phases. all: everybody at once; it still halts.',
  })
  @IsOptionalButNotNull()
  @IsIn(RAMPS)
  ramp?: Ramp;

  @ApiPropertyOptional({
    type: 'array',
    maxItems: 20,
    items: {
      type: 'object',
      properties: {
        share: { type: 'number', format: 'double', description: 'Of the devices: above 0, at most 1.' },
        count: { type: 'integer', description: 'So many devices, those that check first.' },
        target: { type: 'string', description: 'The devices that a filter finds.' },
        soak_minutes: {
          type: 'number',
          format: 'double',
          description: 'From the last result of the phase to the next phase; 0 without it.',
        },
      },
    },
    example: [
      { target: 'tag:lab', soak_minutes: 60 },
      { share: 0.1, soak_minutes: 1440 },
    ],
    description: 'Each has one of share, count and target. After the last phase there is no cap.',
  })
  phases?: unknown;

  @ApiPropertyOptional({
    ...MAX_FAILURE_RATE,
    default: DEFAULT_SETTINGS.maxFailureRate,
    description: 'The share of devices that may fail, roll back or stay silent.',
  })
  @IsOptionalButNotNull()
  @IsNumber({ allowNaN: false, allowInfinity: false })
  @Min(SMALLEST_RATE)
  @Max(HIGHEST_RATE)
  max_failure_rate?: number;

  @ApiPropertyOptional({
    format: 'double',
    minimum: SMALLEST_RATE,
    maximum: HIGHEST_RATE,
    default: DEFAULT_SETTINGS.falseAlarmRate,
    example: DEFAULT_SETTINGS.falseAlarmRate,
    description: 'The share of good releases that may be stopped by mistake.',
  })
  @IsOptionalButNotNull()
  @IsNumber({ allowNaN: false, allowInfinity: false })
  @Min(SMALLEST_RATE)
  @Max(HIGHEST_RATE)
  false_alarm_rate?: number;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: WEEK_IN_MINUTES,
    default: DEFAULT_SETTINGS.silentAfterMinutes,
    example: DEFAULT_SETTINGS.silentAfterMinutes,
    description: 'A device that began to install and is not heard of for so long counts as failed.',
  })
  @IsOptionalButNotNull()
  @IsInt()
  @Min(1)
  @Max(WEEK_IN_MINUTES)
  silent_after_minutes?: number;

  @ApiPropertyOptional({
    format: 'double',
    minimum: SMALLEST_RATE,
    maximum: 1,
    default: DEFAULT_SETTINGS.maxAtRiskShare,
    example: DEFAULT_SETTINGS.maxAtRiskShare,
    description: 'The share of the devices that may wait for their result at once.',
  })
  @IsOptionalButNotNull()
  @IsNumber({ allowNaN: false, allowInfinity: false })
  @Min(SMALLEST_RATE)
  @Max(1)
  max_at_risk_share?: number;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: 20,
    default: DEFAULT_SETTINGS.attemptsPerDevice,
    example: DEFAULT_SETTINGS.attemptsPerDevice,
    description: 'A device is left out after so many attempts that failed before it began to install.',
  })
  @IsOptionalButNotNull()
  @IsInt()
  @Min(1)
  @Max(20)
  attempts_per_device?: number;

  @ApiPropertyOptional({
    type: String,
    format: 'date-time',
    nullable: true,
    example: example.TIME,
    description: 'It runs from then on, once it is started.',
  })
  @IsOptional()
  @FromTime()
  @IsTime()
  starts_at?: Date | null;

  @ApiPropertyOptional({
    type: 'array',
    maxItems: 20,
    items: {
      type: 'object',
      required: ['days', 'from', 'to'],
      properties: {
        days: { type: 'array', items: { type: 'string', enum: [...WEEKDAYS] } },
        from: { type: 'string' },
        to: { type: 'string' },
      },
    },
    example: [{ days: ['mon', 'tue'], from: '22:00', to: '06:00' }],
    description:
      'Hours of the week in which devices are offered the firmware. A window may go on past midnight.',
  })
  windows?: unknown;

  @ApiPropertyOptional({
    type: String,
    maxLength: MAX_ZONE,
    default: 'device',
    example: 'Europe/Berlin',
    description: 'Of the windows: an IANA name, or device for the attribute time_zone of each device.',
  })
  @IsOptionalButNotNull()
  @IsText(MAX_ZONE)
  time_zone?: string;

  @ApiPropertyOptional({
    default: false,
    example: false,
    description: 'It waits until another person approves it.',
  })
  @IsOptionalButNotNull()
  @IsBoolean()
  needs_approval?: boolean;

  @ApiPropertyOptional({
    default: false,
    example: false,
    description:
      'Also offer the firmware to devices that run a newer one and say that they accept an older one.',
  })
  @IsOptionalButNotNull()
  @IsBoolean()
  allow_downgrade?: boolean;

  @ApiPropertyOptional({ type: String, nullable: true, maxLength: MAX_NOTE, example: 'Ticket 1234' })
  @IsOptional()
  @IsPlainText(MAX_NOTE)
  note?: string | null;
}

export class ResumeRequest {
  @ApiPropertyOptional({
    ...MAX_FAILURE_RATE,
    example: 0.05,
    description:
      'Higher than before: of a rollout that halted, if more failures are acceptable than was thought.',
  })
  @IsOptionalButNotNull()
  @IsNumber({ allowNaN: false, allowInfinity: false })
  @Min(SMALLEST_RATE)
  @Max(HIGHEST_RATE)
  max_failure_rate?: number;
}

@HandsOn('device_ids')
export class ExcuseRequest {
  @ApiProperty({
    type: 'array',
    maxItems: 1000,
    items: { type: 'integer', minimum: 1, maximum: MAX_ID },
    example: [123, 456],
    description: 'Devices that failed or are silent.',
  })
  device_ids?: unknown;

  @ApiProperty({ maxLength: MAX_REASON, example: 'The workshop had no power.' })
  @IsText(MAX_REASON)
  @IsPlainText(MAX_REASON)
  reason!: string;
}
