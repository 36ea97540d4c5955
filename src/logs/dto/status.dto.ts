import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsInt, IsOptional, Max, Min } from 'class-validator';
import { ATTEMPT_STATUSES, type AttemptStatus } from '../../domain/ota-attempt.js';
import { IsId, IsTextual, MAX_ID } from '../../http/wire-fields.js';
import { IgnoresUnknownFields } from '../../http/wire-validation.pipe.js';
import type { StatedReport, ReportReceipt } from '../logs.service.js';

@IgnoresUnknownFields()
export class StatusRequest {
  @ApiProperty({ example: 123, minimum: 1, maximum: MAX_ID })
  @IsId()
  device_id!: number;

  @ApiProperty({ example: 1, minimum: 1, maximum: MAX_ID })
  @IsId()
  firmware_id!: number;

  @ApiProperty({ enum: ATTEMPT_STATUSES, example: 'downloading' })
  @IsIn(ATTEMPT_STATUSES)
  status!: AttemptStatus;

  @ApiPropertyOptional({ type: Number, nullable: true, minimum: 0, maximum: MAX_ID, example: 4096 })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_ID)
  bytes_downloaded?: number | null;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    example: null,
    description:
      'Truncated to 2000 characters; a longer text is not an error. A number or boolean is converted to text.',
  })
  @IsOptional()
  @IsTextual()
  error_message?: string | number | boolean | null;
}

export function toReport(body: StatusRequest): StatedReport {
  const { error_message } = body;
  return {
    deviceId: body.device_id,
    firmwareId: body.firmware_id,
    status: body.status,
    bytesDownloaded: body.bytes_downloaded ?? undefined,
    errorMessage: error_message === null || error_message === undefined ? undefined : String(error_message),
  };
}

export class StatusResponse {
  @ApiProperty({ example: true })
  success!: boolean;

  @ApiProperty({ example: 1, description: 'The id of the attempt that the report belongs to.' })
  log_id!: number;

  @ApiProperty({
    enum: ATTEMPT_STATUSES,
    example: 'downloading',
    description: 'The status of the attempt after the report.',
  })
  status!: AttemptStatus;

  static from({ id, status }: ReportReceipt): StatusResponse {
    return { success: true, log_id: id, status };
  }
}
