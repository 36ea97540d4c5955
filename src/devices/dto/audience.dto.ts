import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsOptional, Max, Min } from 'class-validator';
import type { Audience } from '../../domain/audience.js';
import * as example from '../../http/examples.js';
import { FromDigits, IsDeviceType, IsReleaseVersion, MAX_INT32 } from '../../http/wire-fields.js';

export class AudienceQuery {
  @ApiProperty({ example: example.DEVICE_TYPE })
  @IsDeviceType()
  device_type!: string;

  @ApiProperty({ example: example.VERSION })
  @IsReleaseVersion()
  version!: string;

  @ApiProperty({ type: Number, example: 1, minimum: 1, maximum: MAX_INT32 })
  @FromDigits()
  @IsInt()
  @Min(1)
  @Max(MAX_INT32)
  build_number!: number;

  @ApiPropertyOptional({ example: '0.9.0', description: 'Default: no floor.' })
  @IsOptional()
  @IsReleaseVersion()
  min_current_version?: string;
}

export class AudienceResponse {
  @ApiProperty({ example: 500, description: 'Devices of this type that have checked at least once.' })
  devices!: number;

  @ApiProperty({
    example: 480,
    description:
      'Number of these devices that would be offered this firmware now, according to their last check.',
  })
  would_be_offered!: number;

  static from({ devices, wouldBeOffered }: Audience): AudienceResponse {
    return { devices, would_be_offered: wouldBeOffered };
  }
}
