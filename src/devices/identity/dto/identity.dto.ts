import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean } from 'class-validator';
import { DEVICE_IDENTITIES, ENROLLMENTS, type DeviceAccessState } from '../../../domain/device-access.js';
import * as example from '../../../http/examples.js';
import { TransportError } from '../../../http/problem.js';
import {
  FromTrueOrFalse,
  IsDeviceType,
  IsId,
  IsOptionalButNotNull,
  IsText,
  MAX_ID,
} from '../../../http/wire-fields.js';
import { IgnoresUnknownFields } from '../../../http/wire-validation.pipe.js';
import { MOST_FAULTS_LISTED, type FaultyLine } from './device-list.js';
import type { DeviceWithToken } from '../device-identity.service.js';

@IgnoresUnknownFields()
export class EnrollRequest {
  @ApiProperty({ example: 123, minimum: 1, maximum: MAX_ID })
  @IsId()
  device_id!: number;

  @ApiProperty({ example: example.DEVICE_TYPE })
  @IsDeviceType()
  device_type!: string;
}

const TOKEN = 'otad_AQAkbygDflEAAAADkkwqqrv0q3bSWdQKU_vVytms';

export class EnrollResponse {
  @ApiProperty({
    example: TOKEN,
    description:
      'The same until it is used for the first time. Keep it, and send it as a bearer with every request.',
  })
  device_token!: string;
}

export class EnrollPendingResponse {
  @ApiProperty({ enum: ['pending'], example: 'pending' })
  status!: 'pending';
}

const RESET = 'Revokes the tokens that a device has; required once it has used one.';

export class DeviceTokenQuery {
  @ApiPropertyOptional({ type: Boolean, default: false, description: RESET })
  @IsOptionalButNotNull()
  @FromTrueOrFalse()
  @IsBoolean()
  reset?: boolean;
}

export class DeviceTokenResponse {
  @ApiProperty({ example: 123 })
  device_id!: number;

  @ApiProperty({ example: TOKEN })
  device_token!: string;
}

/** The limit of bodies is reached before. */
const MAX_CSV_LENGTH = 1_000_000;

export class DeviceTokensRequest {
  @ApiPropertyOptional({ default: false, description: RESET })
  @IsOptionalButNotNull()
  @IsBoolean()
  reset?: boolean;

  @ApiProperty({
    description:
      'A table with the header `device_id,device_type` and at most 10,000 devices; a device id may be a MAC address.',
    example: `device_id,device_type\n24:6f:28:03:7e:51,${example.DEVICE_TYPE}\n`,
  })
  @IsText(MAX_CSV_LENGTH)
  csv!: string;
}

export class ListedDeviceToken extends DeviceTokenResponse {
  @ApiProperty({ example: example.DEVICE_TYPE })
  device_type!: string;
}

export class DeviceTokensResponse {
  @ApiProperty({
    type: [ListedDeviceToken],
    description: 'In the order of the table.',
    example: [
      {
        device_id: 123,
        device_type: example.DEVICE_TYPE,
        device_token: 'otad_AQAkbygDflEAAAADkkwqqrv0q3bSWdQKU_vVytms',
      },
    ],
  })
  devices!: ListedDeviceToken[];

  static from(devices: readonly DeviceWithToken[]): DeviceTokensResponse {
    return {
      devices: devices.map(({ deviceId, deviceType, token }) => ({
        device_id: deviceId,
        device_type: deviceType ?? '',
        device_token: token,
      })),
    };
  }
}

export class DeviceAccessResponse {
  @ApiProperty({ example: 123 })
  device_id!: number;

  @ApiProperty({
    enum: DEVICE_IDENTITIES,
    example: 'token',
    description: 'What the device must prove itself with.',
  })
  identity!: DeviceAccessState['identity'];

  @ApiProperty({ enum: ENROLLMENTS, example: 'accepted' })
  enrollment!: DeviceAccessState['enrollment'];

  @ApiProperty({ example: false })
  is_blocked!: boolean;

  @ApiProperty({ example: 1, description: 'How often its tokens were revoked.' })
  token_epoch!: number;

  static from(deviceId: number, state: DeviceAccessState): DeviceAccessResponse {
    return {
      device_id: deviceId,
      identity: state.identity,
      enrollment: state.enrollment,
      is_blocked: state.isBlocked,
      token_epoch: state.epoch,
    };
  }
}

/** The faulty lines of a list, so that they can be corrected at once; of very many the first. @param nothing what was not done */
export function listInvalid(faults: readonly FaultyLine[], nothing = 'no token was made'): TransportError {
  const lines = faults.length === 1 ? '1 faulty line' : `${faults.length} faulty lines`;
  const first = faults[0];
  const detail = `The list of devices has ${lines}, and ${nothing}. Line ${first?.line ?? 0}: ${first?.fault ?? ''}`;
  const errors: Record<string, string[]> = {};
  for (const { line, fault } of faults.slice(0, MOST_FAULTS_LISTED)) errors[`line ${line}`] = [fault];
  const more = faults.length - MOST_FAULTS_LISTED;
  if (more > 0) errors['more'] = [`There are ${more} more.`];
  return new TransportError('DEVICE_LIST_INVALID', detail, {}, errors);
}
