import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional } from 'class-validator';
import { MAX_FILTER_LENGTH } from '../../../domain/filter/parse-filter.js';
import * as example from '../../../http/examples.js';
import { TransportError } from '../../../http/problem.js';
import { HandsOn, validationFailed } from '../../../http/wire-validation.pipe.js';
import {
  FromDigits,
  IsId,
  IsOneLine,
  IsOptionalButNotNull,
  IsPlainText,
  IsText,
  MAX_ID,
} from '../../../http/wire-fields.js';
import type { NewGroup } from '../../filter/group.repository.js';
import type { CountedGroup, GroupChange, UnknownDevices } from '../groups.service.js';

const MAX_NAME_LENGTH = 100;
const MAX_DESCRIPTION_LENGTH = 2_000;
/** What is longer is told with its place. */
const MAX_TEXT_LENGTH = 10_000;

/** `{group_id}` in a path. */
export class GroupIdParam {
  @ApiProperty({ minimum: 1, maximum: MAX_ID, description: 'The id of the group.' })
  @FromDigits()
  @IsId()
  group_id!: number;
}

const NAME = {
  example: 'Munich',
  maxLength: MAX_NAME_LENGTH,
  description: 'Filters find the group by it, in capitals or not: group:munich.',
};
const DESCRIPTION = {
  type: String,
  nullable: true,
  maxLength: MAX_DESCRIPTION_LENGTH,
  example: 'Shops in Munich',
};
const FILTER = {
  type: String,
  maxLength: MAX_FILTER_LENGTH,
  example: 'type:scales tag:munich',
  description: 'The group has the devices that it finds. It may not name groups.',
};
const DEVICE_IDS = {
  type: 'array',
  items: { type: 'integer', minimum: 1, maximum: MAX_ID },
  example: [123, 456],
} as const;

@HandsOn('device_ids')
export class GroupRequest {
  @ApiProperty(NAME)
  @IsText(MAX_NAME_LENGTH)
  @IsOneLine()
  name!: string;

  @ApiPropertyOptional(DESCRIPTION)
  @IsOptional()
  @IsPlainText(MAX_DESCRIPTION_LENGTH)
  description?: string | null;

  @ApiPropertyOptional({ ...FILTER, nullable: true })
  @IsOptional()
  @IsText(MAX_TEXT_LENGTH)
  filter?: string | null;

  @ApiPropertyOptional({ ...DEVICE_IDS, description: 'Its members, if it has no filter.' })
  device_ids?: unknown;
}

export class GroupChangeRequest {
  @ApiPropertyOptional(NAME)
  @IsOptionalButNotNull()
  @IsText(MAX_NAME_LENGTH)
  @IsOneLine()
  name?: string;

  @ApiPropertyOptional(DESCRIPTION)
  @IsOptional()
  @IsPlainText(MAX_DESCRIPTION_LENGTH)
  description?: string | null;

  @ApiPropertyOptional({
    ...FILTER,
    description: `${FILTER.description} Only of a group that was created with one.`,
  })
  @IsOptionalButNotNull()
  @IsText(MAX_TEXT_LENGTH)
  filter?: string;
}

export class MembersRequest {
  @ApiProperty({ ...DEVICE_IDS, description: 'Exactly these devices are members afterwards.' })
  device_ids!: number[];
}

export class MembersResponse {
  @ApiProperty({ ...DEVICE_IDS, description: 'The devices of the group, in order.' })
  device_ids!: number[];
}

/** @throws TransportError VALIDATION_FAILED */
export function readNewGroup({ name, description = null, filter = null, device_ids }: GroupRequest): {
  choice: NewGroup;
  deviceIds: readonly number[];
} {
  if (filter !== null && device_ids !== undefined && device_ids !== null) {
    throw validationFailed({ device_ids: ['device_ids must be absent where there is a filter'] });
  }
  return { choice: { name, description, filter }, deviceIds: readDeviceIds(device_ids ?? []) };
}

/** Only what was sent. */
export const toGroupChange = ({ name, description, filter }: GroupChangeRequest): GroupChange => ({
  ...(name !== undefined && { name }),
  ...(description !== undefined && { description }),
  ...(filter !== undefined && { filter }),
});

/** The JSON form of members. @throws TransportError VALIDATION_FAILED */
export function readMembers(body: unknown): readonly number[] {
  const given = typeof body === 'object' && body !== null && !Array.isArray(body) ? body : {};
  const unknown = Object.keys(given).filter((field) => field !== 'device_ids');
  if (unknown.length > 0) {
    throw validationFailed(
      Object.fromEntries(unknown.map((field) => [field, [`${field} is not known here`]])),
    );
  }
  return readDeviceIds('device_ids' in given ? given.device_ids : undefined);
}

function readDeviceIds(given: unknown): readonly number[] {
  if (!Array.isArray(given))
    throw validationFailed({ device_ids: ['device_ids must be a list of device ids'] });
  const ids = given as readonly unknown[];
  const wrong = ids.findIndex((id) => !Number.isSafeInteger(id) || Number(id) < 1);
  if (wrong >= 0) {
    throw validationFailed({ device_ids: [`device_ids[${wrong}] must be a number from 1 to 2^53-1`] });
  }
  return ids as readonly number[];
}

/** Of a list without lines. */
export function devicesUnknown({ unknown }: UnknownDevices): TransportError {
  const sentences = unknown.map((id) => `There is no device with the id ${id}`);
  const detail = `${sentences[0] ?? ''}, and the group has not changed.`;
  return new TransportError('DEVICE_LIST_INVALID', detail, {}, { device_ids: sentences });
}

export class GroupResponse {
  @ApiProperty({ example: 1 })
  id!: number;

  @ApiProperty({ example: NAME.example })
  name!: string;

  @ApiProperty(DESCRIPTION)
  description!: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    example: FILTER.example,
    description: 'null: the group has members.',
  })
  filter!: string | null;

  @ApiProperty({
    type: 'integer',
    nullable: true,
    example: 12,
    description: 'Devices that are in it now; null: what its filter finds could not be counted in time.',
  })
  count!: number | null;

  @ApiProperty({ type: String, format: 'date-time', example: example.TIME })
  created_at!: Date;

  @ApiProperty({ type: String, format: 'date-time', example: example.TIME })
  updated_at!: Date;

  static from(group: CountedGroup): GroupResponse {
    return {
      id: group.id,
      name: group.name,
      description: group.description,
      filter: group.filter,
      count: group.count,
      created_at: group.createdAt,
      updated_at: group.updatedAt,
    };
  }
}
