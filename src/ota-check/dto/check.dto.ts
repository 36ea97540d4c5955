import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, Max, Min } from 'class-validator';
import * as example from '../../http/examples.js';
import { IsDeviceType, IsId, IsText, MAX_ID, MAX_INT32 } from '../../http/wire-fields.js';
import { IgnoresUnknownFields } from '../../http/wire-validation.pipe.js';
import { MAX_VERSION_LENGTH } from '../../domain/firmware-version.js';
import { NO_UPDATE_REASONS } from '../../domain/update-decision.js';
import type { CheckQuestion } from '../check-question.js';
import type { CheckOutcome } from '../ota-check.service.js';

@IgnoresUnknownFields()
export class CheckRequest {
  @ApiProperty({ example: 123, minimum: 1, maximum: MAX_ID })
  @IsId()
  device_id!: number;

  @ApiProperty({ example: example.DEVICE_TYPE })
  @IsDeviceType()
  device_type!: string;

  @ApiProperty({ example: '0.9.0', description: 'What it runs: `1.2.3`, `v1.2.3`, git-describe output …' })
  @IsText(MAX_VERSION_LENGTH)
  current_version!: string;

  @ApiProperty({ example: 1, minimum: 0, maximum: MAX_INT32 })
  @IsInt()
  @Min(0)
  @Max(MAX_INT32)
  current_build!: number;
}

export function toQuestion(body: CheckRequest): CheckQuestion {
  return {
    deviceId: body.device_id,
    deviceType: body.device_type,
    version: body.current_version,
    build: body.current_build,
  };
}

export class CheckResponse {
  @ApiProperty({ example: true })
  update_available!: boolean;

  @ApiPropertyOptional({
    description: 'Why there is no update.',
    enum: NO_UPDATE_REASONS,
  })
  reason?: string;

  @ApiPropertyOptional({ example: 1 })
  firmware_id?: number;

  @ApiPropertyOptional({ example: example.VERSION })
  version?: string;

  @ApiPropertyOptional({ example: 1 })
  build_number?: number;

  @ApiPropertyOptional({ type: String, nullable: true, example: 'First release' })
  description?: string | null;

  @ApiPropertyOptional({ example: '/api/ota/download/1' })
  download_url?: string;

  @ApiPropertyOptional({ example: example.FILE_HASH, description: 'SHA-256 of the file.' })
  file_hash?: string;

  @ApiPropertyOptional({ example: example.FILE_SIZE, description: 'Bytes.' })
  file_size?: number;

  @ApiPropertyOptional({
    example: 60,
    description:
      'Only when the server is busy: seconds to wait, at the least, before the download of an offer or the next check.',
  })
  retry_after?: number;

  static from({ decision, downloadUrl }: CheckOutcome): CheckResponse {
    if (decision.kind === 'none') return { update_available: false, reason: decision.reason };
    const { release } = decision;
    return {
      update_available: true,
      firmware_id: release.id,
      version: release.versionText,
      build_number: release.build,
      description: release.description,
      download_url: downloadUrl,
      file_hash: release.fileHash,
      file_size: release.fileSize,
    };
  }
}
