import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import { ATTEMPT_STATUSES, type AttemptStatus } from '../../domain/ota-attempt.js';
import * as example from '../../http/examples.js';
import { PageQuery } from '../../http/paging.js';
import { FromDigits, IsId, IsTimeOfQuery } from '../../http/wire-fields.js';
import type { OtaLogEntity } from '../ota-log.entity.js';

export class LogListQuery extends PageQuery {
  @ApiPropertyOptional({ example: 123 })
  @IsOptional()
  @FromDigits()
  @IsId()
  device_id?: number;

  @ApiPropertyOptional({ example: 1 })
  @IsOptional()
  @FromDigits()
  @IsId()
  firmware_id?: number;

  @ApiPropertyOptional({ enum: ATTEMPT_STATUSES })
  @IsOptional()
  @IsIn(ATTEMPT_STATUSES)
  status?: AttemptStatus;

  @IsTimeOfQuery('Only attempts opened at this time or later. ISO 8601 with a zone, or a date (UTC).')
  since?: Date;

  @IsTimeOfQuery('Only attempts opened before this time.')
  before?: Date;
}

export class LogResponse {
  @ApiProperty({ example: 1 })
  id!: number;

  @ApiProperty({ example: 123 })
  device_id!: number;

  @ApiProperty({ example: 1 })
  firmware_id!: number;

  @ApiProperty({ enum: ATTEMPT_STATUSES, example: 'success' })
  status!: AttemptStatus;

  @ApiProperty({ type: String, nullable: true, example: null })
  error_message!: string | null;

  @ApiProperty({
    example: example.FILE_SIZE,
    description: 'The highest number of bytes that the device reported.',
  })
  bytes_downloaded!: number;

  @ApiProperty({ type: Date, format: 'date-time', nullable: true, example: example.TIME })
  download_started_at!: Date | null;

  @ApiProperty({ type: Date, format: 'date-time', nullable: true, example: example.TIME })
  download_completed_at!: Date | null;

  @ApiProperty({ type: Date, format: 'date-time', nullable: true, example: example.TIME })
  installed_at!: Date | null;

  @ApiProperty({ format: 'date-time', example: example.TIME })
  created_at!: Date;

  @ApiProperty({ format: 'date-time', example: example.TIME })
  updated_at!: Date;

  static from(row: OtaLogEntity): LogResponse {
    return {
      id: row.id,
      device_id: row.deviceId,
      firmware_id: row.firmwareId,
      status: row.status,
      error_message: row.errorMessage,
      bytes_downloaded: row.bytesDownloaded,
      download_started_at: row.downloadStartedAt,
      download_completed_at: row.downloadCompletedAt,
      installed_at: row.installedAt,
      created_at: row.createdAt,
      updated_at: row.updatedAt,
    };
  }
}
