import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsInt, IsOptional, Max, Min } from 'class-validator';
import * as example from '../../../http/examples.js';
import {
  FromDigits,
  FromTime,
  IsDeviceType,
  IsId,
  IsOptionalButNotNull,
  IsPlainText,
  IsTime,
  MAX_ID,
  MAX_INT32,
} from '../../../http/wire-fields.js';
import type { EnrollmentKeyEntity } from '../enrollment-key.entity.js';
import type { EnrollmentKeyChoice } from '../enrollment-keys.service.js';

const MAX_NAME_LENGTH = 100;

/** `{key_id}` in a path. */
export class EnrollmentKeyIdParam {
  @ApiProperty({ minimum: 1, maximum: MAX_ID, description: 'The id of the key to revoke.' })
  @FromDigits()
  @IsId()
  key_id!: number;
}

export class EnrollmentKeyRequest {
  @ApiProperty({ example: example.DEVICE_TYPE, description: 'The only device_type that may enrol with it.' })
  @IsDeviceType()
  device_type!: string;

  @ApiPropertyOptional({ type: String, nullable: true, maxLength: MAX_NAME_LENGTH, example: 'Line 3' })
  @IsOptional()
  @IsPlainText(MAX_NAME_LENGTH)
  name?: string | null;

  @ApiPropertyOptional({
    default: false,
    description: 'Whether an operator must accept each device before it gets a token.',
  })
  @IsOptionalButNotNull()
  @IsBoolean()
  requires_acceptance?: boolean;

  @ApiPropertyOptional({
    type: String,
    format: 'date-time',
    nullable: true,
    example: '2030-01-31T12:00:00.000Z',
    description: 'After it no further device may begin to enrol. Without it, the key does not expire.',
  })
  @IsOptional()
  @FromTime()
  @IsTime()
  expires_at?: Date | null;

  @ApiPropertyOptional({
    type: Number,
    nullable: true,
    minimum: 1,
    maximum: MAX_INT32,
    example: 100,
    description: 'The number of devices that may enrol with it. Without it, there is no limit.',
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MAX_INT32)
  max_devices?: number | null;
}

export const toChoice = (body: EnrollmentKeyRequest): EnrollmentKeyChoice => ({
  deviceType: body.device_type,
  name: body.name ?? null,
  requiresAcceptance: body.requires_acceptance ?? false,
  expiresAt: body.expires_at ?? null,
  maxDevices: body.max_devices ?? null,
});

export class EnrollmentKeyResponse {
  @ApiProperty({ example: 1 })
  id!: number;

  @ApiProperty({ type: String, nullable: true, example: 'Line 3' })
  name!: string | null;

  @ApiProperty({ example: example.DEVICE_TYPE })
  device_type!: string;

  @ApiProperty({
    example: 'otae_3pV1xQd',
    description: 'The beginning of the key, which is not kept itself.',
  })
  key_prefix!: string;

  @ApiProperty({ example: false })
  requires_acceptance!: boolean;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: null })
  expires_at!: Date | null;

  @ApiProperty({ type: Number, nullable: true, example: 100 })
  max_devices!: number | null;

  @ApiProperty({ example: 12, description: 'Devices that enrolled with it last, or wait to be accepted.' })
  enrolled!: number;

  @ApiProperty({ type: String, format: 'date-time', example: example.TIME })
  created_at!: Date;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: null })
  revoked_at!: Date | null;

  static from(key: EnrollmentKeyEntity): EnrollmentKeyResponse {
    return {
      id: key.id,
      name: key.name,
      device_type: key.deviceType,
      key_prefix: key.keyPrefix,
      requires_acceptance: key.requiresAcceptance,
      expires_at: key.expiresAt,
      max_devices: key.maxDevices,
      enrolled: key.enrolled,
      created_at: key.createdAt,
      revoked_at: key.revokedAt,
    };
  }
}

export class NewEnrollmentKeyResponse extends EnrollmentKeyResponse {
  @ApiProperty({ example: 'otae_…', description: 'The key itself, which is shown only this once.' })
  key!: string;

  static of(kept: EnrollmentKeyEntity, key: string): NewEnrollmentKeyResponse {
    return Object.assign(EnrollmentKeyResponse.from(kept), { key });
  }
}
