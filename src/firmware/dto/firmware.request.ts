import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsInt, IsOptional, Matches, Max, Min } from 'class-validator';
import {
  FromDigits,
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
import { OverrideFields, OverrideFormFields } from './overrides.js';

const MAX_DESCRIPTION = 10_000;
const MAX_RELEASE_NOTES = 100_000;

/** What the upload answered may be sent back as it is; the file itself is read again. */
@IgnoresFields('success', 'image')
export class FirmwareCreateRequest extends OverrideFields {
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

  @ApiProperty({
    example: example.FILENAME,
    description: 'The file name that a browser suggests for a download.',
  })
  @IsPlainFilename()
  filename!: string;

  @ApiProperty({ example: example.FILE_SIZE, description: 'Size in bytes, as returned by the upload.' })
  @IsInt()
  @Min(1)
  @Max(MAX_ID)
  file_size!: number;

  @ApiProperty({ example: example.FILE_HASH, description: 'SHA-256 of the file, as returned by the upload.' })
  @Matches(/^[0-9a-f]{64}$/i, { message: '$property must be 64 hexadecimal digits' })
  file_hash!: string;

  @ApiProperty({ example: example.BINARY_PATH, description: 'As returned by the upload.' })
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
export class FirmwareChangeRequest extends OverrideFields {
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

  @ApiPropertyOptional({
    example: false,
    description:
      'Also offer it to devices whose version cannot be ordered, if it has no min_current_version.',
  })
  @IsOptionalButNotNull()
  @IsBoolean()
  offer_to_unparsable?: boolean;
}

/** May come as parts of the multipart body or in the query, beside the file. */
class FormFields extends OverrideFormFields {
  @ApiPropertyOptional({ example: example.VERSION })
  @IsOptionalButNotNull()
  @IsReleaseVersion()
  version?: string;

  @ApiPropertyOptional({ example: 1 })
  @IsOptionalButNotNull()
  @FromDigits()
  @IsInt()
  @Min(1)
  @Max(MAX_INT32)
  build_number?: number;
}

export class UploadFields extends FormFields {
  @ApiPropertyOptional({ example: example.DEVICE_TYPE })
  @IsDeviceType()
  device_type!: string;
}

export class InspectFields extends FormFields {
  @ApiPropertyOptional({ example: example.DEVICE_TYPE })
  @IsOptionalButNotNull()
  @IsDeviceType()
  device_type?: string;
}

export class DeleteQuery {
  @ApiPropertyOptional({
    type: Boolean,
    default: false,
    description: 'Delete the row and the file of a firmware that was never offered to a device.',
  })
  @IsOptionalButNotNull()
  @FromTrueOrFalse()
  @IsBoolean()
  purge?: boolean;
}
