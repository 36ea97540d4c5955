import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional } from 'class-validator';
import { DEVICE_IDENTITIES } from '../../../domain/device-access.js';
import {
  CHANGE_FIELDS,
  DEFAULT_CHANNEL,
  faultsOfChange,
  toDeviceChange,
  type DeviceChange,
} from '../../../domain/device-change.js';
import { DEVICE_STATUSES } from '../../../domain/device-status.js';
import { MAX_FILTER_LENGTH } from '../../../domain/filter/parse-filter.js';
import { DEFAULT_SORT, MAX_CURSOR_LENGTH, SORT_FIELDS } from '../../../domain/fleet-order.js';
import { NO_UPDATE_REASONS } from '../../../domain/update-decision.js';
import * as example from '../../../http/examples.js';
import { PageQuery } from '../../../http/paging.js';
import { IsText, IsTextOrEmpty } from '../../../http/wire-fields.js';
import { HandsOn, validationFailed } from '../../../http/wire-validation.pipe.js';
import type { FleetDevice } from '../fleet-device.js';

/** Longer filters are refused with the place of their fault, by whoever reads them. */
const MAX_QUERY_LENGTH = 100_000;
const FILTER = `Only devices that match this filter, of at most ${MAX_FILTER_LENGTH} characters; see docs/filters.md.`;
const FILTER_EXAMPLE = 'type:scales_bridge -seen:7d';

export class FleetQueryParameters {
  @ApiPropertyOptional({ type: String, example: FILTER_EXAMPLE, description: `${FILTER} Default: all.` })
  @IsOptional()
  @IsTextOrEmpty(MAX_QUERY_LENGTH)
  q = '';
}

export class DeviceListQuery extends PageQuery {
  @ApiPropertyOptional({ type: String, example: FILTER_EXAMPLE, description: `${FILTER} Default: all.` })
  @IsOptional()
  @IsTextOrEmpty(MAX_QUERY_LENGTH)
  q = '';

  @ApiPropertyOptional({
    default: DEFAULT_SORT,
    example: 'name',
    description:
      `One of ${Object.keys(SORT_FIELDS).join(', ')}, with \`-\` before it for descending. Devices with the same value ` +
      'are sorted by their ids; those without a value are last.',
  })
  @IsOptional()
  @IsText(50)
  sort?: string;

  @ApiPropertyOptional({
    description: 'What X-Next of the page before says: the list continues there, however long it is.',
  })
  @IsOptional()
  @IsText(MAX_CURSOR_LENGTH)
  after?: string;
}

export class DeviceResponse {
  @ApiProperty({ example: 123 })
  device_id!: number;

  @ApiProperty({ type: String, nullable: true, example: 'Munich 7' })
  name!: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    example: example.DEVICE_TYPE,
    description: 'null until it has checked, as the version and the build are.',
  })
  device_type!: string | null;

  @ApiProperty({ type: String, nullable: true, example: example.VERSION })
  version!: string | null;

  @ApiProperty({ type: Number, nullable: true, example: 1 })
  build_number!: number | null;

  @ApiProperty({ example: DEFAULT_CHANNEL })
  channel!: string;

  @ApiProperty({ type: [String], example: ['lab'] })
  tags!: readonly string[];

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    example: { chip: 'ESP32-P4', hw_revision: 'B' },
    description: "What the device says of itself; the operators' attributes win.",
  })
  attributes!: FleetDevice['attributes'];

  @ApiProperty({ type: String, nullable: true, example: null })
  notes!: string | null;

  @ApiProperty({ enum: DEVICE_STATUSES, example: 'up_to_date' })
  status!: FleetDevice['status'];

  @ApiProperty({
    type: String,
    nullable: true,
    example: null,
    description: 'The version that it would be offered now.',
  })
  desired_version!: string | null;

  @ApiProperty({
    enum: NO_UPDATE_REASONS,
    nullable: true,
    example: 'up_to_date',
    description: 'Why a check would be answered without an update.',
  })
  reason!: FleetDevice['reason'];

  @ApiProperty({ enum: DEVICE_IDENTITIES, example: 'none' })
  identity!: FleetDevice['identity'];

  @ApiProperty({
    type: Number,
    nullable: true,
    example: 3600,
    description: 'Seconds between two checks, as the device says, or as its checks came.',
  })
  check_interval!: number | null;

  @ApiProperty({ format: 'date-time', example: example.TIME })
  first_seen_at!: Date;

  @ApiProperty({ format: 'date-time', example: example.TIME })
  last_seen_at!: Date;

  static from(device: FleetDevice): DeviceResponse {
    return {
      device_id: device.deviceId,
      name: device.name,
      device_type: device.deviceType,
      version: device.version,
      build_number: device.build,
      channel: device.channel,
      tags: device.tags,
      attributes: device.attributes,
      notes: device.notes,
      status: device.status,
      desired_version: device.desiredVersion,
      reason: device.reason,
      identity: device.identity,
      check_interval: device.checkInterval,
      first_seen_at: device.firstSeenAt,
      last_seen_at: device.lastSeenAt,
    };
  }
}

const REMOVES = 'null removes it.';

@HandsOn(...CHANGE_FIELDS)
export class DeviceChangeRequest {
  @ApiPropertyOptional({
    type: String,
    nullable: true,
    maxLength: 100,
    example: 'Munich 7',
    description: REMOVES,
  })
  name?: unknown;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    example: 'beta',
    description: `Of the form of a tag. null: ${DEFAULT_CHANNEL}.`,
  })
  channel?: unknown;

  @ApiPropertyOptional({
    type: [String],
    nullable: true,
    example: ['lab'],
    description: 'At most 20, each `[a-z0-9][a-z0-9._-]{0,49}`; they take the place of those that it has.',
  })
  tags?: unknown;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    nullable: true,
    example: { hw_revision: 'B' },
    description:
      'Those given are set, and null removes one. At most 20 in all, of the same form as in a check. null alone removes all.',
  })
  attributes?: unknown;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    maxLength: 2_000,
    example: null,
    description: REMOVES,
  })
  notes?: unknown;
}

/** @throws TransportError VALIDATION_FAILED with all fields that are wrong */
export function toChange(body: DeviceChangeRequest): DeviceChange {
  const faults = Object.entries(faultsOfChange(body));
  if (faults.length === 0) return toDeviceChange(body);
  throw validationFailed(Object.fromEntries(faults.map(([field, what]) => [field, [`${field} ${what}`]])));
}
