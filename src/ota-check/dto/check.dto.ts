import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, Max, Min } from 'class-validator';
import * as example from '../../http/examples.js';
import { IsDeviceType, IsId, IsText, MAX_ID, MAX_INT32 } from '../../http/wire-fields.js';
import { HandsOn, IgnoresUnknownFields } from '../../http/wire-validation.pipe.js';
import type { FactField, GivenFacts, ReportedFacts } from '../../domain/device-facts.js';
import { MAX_VERSION_LENGTH } from '../../domain/firmware-version.js';
import { NO_UPDATE_REASONS } from '../../domain/update-decision.js';
import type { CheckQuestion } from '../check-question.js';
import type { CheckOutcome } from '../ota-check.service.js';

const MAX_BOOT_ID = 2 ** 32 - 1;

const WIRE_NAMES = {
  elfSha256: 'elf_sha256',
  bootId: 'boot_id',
  checkInterval: 'check_interval',
  acceptsDowngrade: 'accepts_downgrade',
  attributes: 'attributes',
} as const satisfies Readonly<Record<FactField, string>>;

/** What a device may say beside its question: if one of these is wrong, it is dropped and counted, never refused. */
export const OPTIONAL_FIELDS = Object.values(WIRE_NAMES);

export const wireNameOf = (field: FactField): string => WIRE_NAMES[field];

@HandsOn(...OPTIONAL_FIELDS)
@IgnoresUnknownFields()
export class CheckRequest {
  @ApiProperty({ example: 123, minimum: 1, maximum: MAX_ID })
  @IsId()
  device_id!: number;

  @ApiProperty({ example: example.DEVICE_TYPE })
  @IsDeviceType()
  device_type!: string;

  @ApiProperty({
    example: '0.9.0',
    description: 'The version that the device runs: `1.2.3`, `v1.2.3`, git-describe output …',
  })
  @IsText(MAX_VERSION_LENGTH)
  current_version!: string;

  @ApiProperty({ example: 1, minimum: 0, maximum: MAX_INT32 })
  @IsInt()
  @Min(0)
  @Max(MAX_INT32)
  current_build!: number;

  @ApiPropertyOptional({
    type: String,
    description:
      'ELF SHA-256 of the running image, 8 to 64 hexadecimal digits. An invalid optional field is dropped.',
    example: example.FILE_HASH,
  })
  elf_sha256?: unknown;

  @ApiPropertyOptional({
    type: Number,
    minimum: 0,
    maximum: MAX_BOOT_ID,
    description: 'A new random number at each boot.',
    example: 305419896,
  })
  boot_id?: unknown;

  @ApiPropertyOptional({
    type: Number,
    minimum: 1,
    maximum: 2_592_000,
    description: 'Seconds between two checks of this device.',
    example: 3600,
  })
  check_interval?: unknown;

  @ApiPropertyOptional({
    type: Boolean,
    default: false,
    description: 'Whether the device would install an older version.',
  })
  accepts_downgrade?: unknown;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description:
      'At most 20 attributes. A key has up to 32 lower-case letters, digits and "_"; a value is a text of up to 64 ' +
      'characters, a number or a boolean. Common keys: chip, chip_revision, hw_revision, idf_version, reset_reason, secure_version, slot_size, ' +
      'free_heap, rssi, time_zone.',
    example: { chip: 'ESP32-P4', rssi: -61 },
  })
  attributes?: unknown;
}

export function toQuestion(
  body: CheckRequest,
  facts: ReportedFacts | null,
  address: () => string | null,
): CheckQuestion {
  return {
    deviceId: body.device_id,
    deviceType: body.device_type,
    version: body.current_version,
    build: body.current_build,
    facts,
    address,
  };
}

/** @returns null if the device sent none of the optional fields */
export function givenFacts(body: CheckRequest): GivenFacts | null {
  if (OPTIONAL_FIELDS.every((field) => body[field] === undefined)) return null;
  return {
    elfSha256: body.elf_sha256,
    bootId: body.boot_id,
    checkInterval: body.check_interval,
    acceptsDowngrade: body.accepts_downgrade,
    attributes: body.attributes,
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
      'Only if the server is busy: minimum number of seconds to wait before the download of an offer or the next check.',
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
