import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsInt, IsOptional, Matches, Max, Min } from 'class-validator';
import {
  FromTrueOrFalse,
  IsDeviceType,
  IsOptionalButNotNull,
  IsPlainFilename,
  IsPlainText,
  IsReleaseVersion,
  IsText,
  MAX_ID,
  MAX_INT32,
} from '../../http/wire-fields.js';
import { IgnoresFields } from '../../http/wire-validation.pipe.js';
import * as example from '../../http/examples.js';

const MAX_DESCRIPTION = 10_000;
const MAX_RELEASE_NOTES = 100_000;

/** What is refused without it. Only what is meant should be sent. */
class FirmwareOverrides {
  @ApiPropertyOptional({
    default: false,
    description: 'Takes an image of another version than it is published as.',
  })
  @IsOptionalButNotNull()
  @IsBoolean()
  allow_version_mismatch?: boolean;

  @ApiPropertyOptional({ default: false, description: 'Takes an image for another chip than those before.' })
  @IsOptionalButNotNull()
  @IsBoolean()
  allow_chip_change?: boolean;

  @ApiPropertyOptional({
    default: false,
    description: 'Takes a secure version below that of the newest stable release.',
  })
  @IsOptionalButNotNull()
  @IsBoolean()
  allow_lower_secure_version?: boolean;
}

/** What the upload answered may be sent back as it is; the file itself is read again. */
@IgnoresFields('success', 'image')
export class FirmwareCreateRequest extends FirmwareOverrides {
  @ApiProperty({ example: example.DEVICE_TYPE })
  @IsDeviceType()
  device_type!: string;

  @ApiProperty({ example: example.VERSION, description: 'MAJOR.MINOR.PATCH, optionally with -prerelease.' })
  @IsReleaseVersion()
  version!: string;

  @ApiProperty({ example: 1, minimum: 1, maximum: MAX_INT32 })
  @IsInt()
  @Min(1)
  @Max(MAX_INT32)
  build_number!: number;

  @ApiProperty({ example: example.FILENAME, description: 'The name that a browser saves it under.' })
  @IsPlainFilename()
  filename!: string;

  @ApiProperty({ example: example.FILE_SIZE, description: 'Bytes, as the upload answered.' })
  @IsInt()
  @Min(1)
  @Max(MAX_ID)
  file_size!: number;

  @ApiProperty({ example: example.FILE_HASH, description: 'SHA-256 of the file, as the upload answered.' })
  @Matches(/^[0-9a-f]{64}$/i, { message: '$property must be 64 hexadecimal digits' })
  file_hash!: string;

  @ApiProperty({ example: example.BINARY_PATH, description: 'As the upload answered.' })
  @IsText(500)
  binary_path!: string;

  @ApiPropertyOptional({ type: String, nullable: true, example: 'First release' })
  @IsOptional()
  @IsPlainText(MAX_DESCRIPTION)
  description?: string | null;

  @ApiPropertyOptional({ type: String, nullable: true, example: 'Reads the scales every second.' })
  @IsOptional()
  @IsPlainText(MAX_RELEASE_NOTES)
  release_notes?: string | null;

  @ApiPropertyOptional({ default: false, example: false, description: 'Only stable releases are offered.' })
  @IsOptionalButNotNull()
  @IsBoolean()
  is_stable?: boolean;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    example: null,
    description: 'Devices on an older version are not offered this one.',
  })
  @IsOptional()
  @IsReleaseVersion()
  min_current_version?: string | null;
}

/** null clears a text; a field that is not there stays as it is. */
export class FirmwareChangeRequest extends FirmwareOverrides {
  @ApiPropertyOptional({ type: String, nullable: true, example: 'First release' })
  @IsOptional()
  @IsPlainText(MAX_DESCRIPTION)
  description?: string | null;

  @ApiPropertyOptional({ type: String, nullable: true, example: 'Reads the scales every second.' })
  @IsOptional()
  @IsPlainText(MAX_RELEASE_NOTES)
  release_notes?: string | null;

  @ApiPropertyOptional({ example: true, description: 'Only stable releases are offered.' })
  @IsOptionalButNotNull()
  @IsBoolean()
  is_stable?: boolean;

  @ApiPropertyOptional({ example: true, description: 'An inactive firmware is neither offered nor served.' })
  @IsOptionalButNotNull()
  @IsBoolean()
  is_active?: boolean;

  @ApiPropertyOptional({ type: String, nullable: true, example: null })
  @IsOptional()
  @IsReleaseVersion()
  min_current_version?: string | null;
}

/** May come as parts of the multipart body or in the query. */
export class UploadFields {
  @ApiPropertyOptional({ example: example.DEVICE_TYPE })
  @IsDeviceType()
  device_type!: string;

  @ApiPropertyOptional({ example: example.VERSION })
  @IsOptionalButNotNull()
  @IsReleaseVersion()
  version?: string;

  @IsOptionalButNotNull()
  @FromTrueOrFalse()
  @IsBoolean()
  allow_version_mismatch?: boolean;
}
