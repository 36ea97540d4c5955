import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { chipName } from '../../domain/esp-image/chips.js';
import type { EspImage } from '../../domain/esp-image/esp-image.js';
import type { ImageRecord } from '../../domain/image-rules.js';

const nullable = (type: ApiPropertyOptions['type'], example: unknown, description = ''): ApiPropertyOptions =>
  ({ type, nullable: true, example, ...(description && { description }) }) as ApiPropertyOptions;

export class SegmentResponse {
  @ApiProperty({ example: 1077936160 })
  load_address!: number;

  @ApiProperty({ example: 196640, description: 'Bytes.' })
  length!: number;
}

export class SignatureBlockResponse {
  @ApiProperty({ example: 'RSA-3072', enum: ['RSA-3072', 'ECDSA-P192', 'ECDSA-P256', 'ECDSA-P384'] })
  algorithm!: string;

  @ApiProperty({
    example: 'cb64d7ec2b9785ac5b542a61de9b7a3e4f72f1c817bea8ddca0d08fc037c5fc5',
    description: 'SHA-256 of the public key, as burned into eFuse.',
  })
  key_digest!: string;
}

export class SignatureResponse {
  @ApiProperty({ enum: ['none', 'secure-boot-v1', 'secure-boot-v2'], example: 'none' })
  scheme!: string;

  @ApiProperty({ type: [SignatureBlockResponse], example: [], description: 'All of them were verified.' })
  blocks!: SignatureBlockResponse[];
}

/** What the image says of itself. */
export class ApplicationResponse {
  @ApiProperty({ example: 'ESP32-P4' })
  chip!: string;

  @ApiProperty({ example: 18, description: 'The esp_chip_id_t of ESP-IDF.' })
  chip_id!: number;

  @ApiProperty({ example: 'scales_bridge_tab5' })
  project_name!: string;

  @ApiProperty({ example: '1.0.0' })
  version!: string;

  @ApiProperty({ example: 0, description: 'The anti-rollback counter.' })
  secure_version!: number;

  @ApiProperty({ example: 'v5.5.1' })
  idf_version!: string;

  @ApiProperty({ example: 'Jan  1 2026' })
  build_date!: string;

  @ApiProperty({ example: '12:00:00' })
  build_time!: string;

  @ApiProperty(nullable(String, null, 'SHA-256 of the ELF file.'))
  elf_sha256!: string | null;

  @ApiProperty(
    nullable(String, null, 'The SHA-256 at the end of the image, which a device can read from its slot.'),
  )
  validation_hash!: string | null;

  @ApiProperty({ example: 327920, description: 'Size in bytes, without a signature.' })
  image_size!: number;

  @ApiProperty({ example: 0, description: 'Major × 100 + minor.' })
  min_chip_revision!: number;

  @ApiProperty(nullable(Number, 199, 'Major × 100 + minor.'))
  max_chip_revision!: number | null;

  @ApiProperty(nullable(Number, 0))
  min_efuse_block_revision!: number | null;

  @ApiProperty(nullable(Number, 199))
  max_efuse_block_revision!: number | null;

  @ApiProperty(nullable(Number, 65536, 'Bytes.'))
  mmu_page_size!: number | null;

  @ApiProperty(nullable(String, 'DIO'))
  flash_mode!: string | null;

  @ApiProperty(nullable(Number, 4194304, 'Bytes.'))
  flash_size!: number | null;

  @ApiProperty(nullable(String, '1/1', 'As a part of the fastest clock of the chip.'))
  flash_frequency!: string | null;

  @ApiProperty({ example: 1074135162 })
  entry_address!: number;

  @ApiProperty({ type: [SegmentResponse] })
  segments!: SegmentResponse[];

  @ApiProperty(
    nullable(String, null, 'Hex of the bytes where ESP-IDF puts a custom descriptor; null when zero.'),
  )
  custom_descriptor!: string | null;

  @ApiProperty({ type: SignatureResponse })
  signature!: SignatureResponse;

  static from({ app, flash, signature, segments, ...image }: EspImage): ApplicationResponse {
    const blocks = signature.scheme === 'secure-boot-v2' ? signature.blocks : [];
    return {
      chip: chipName(image.chipId),
      chip_id: image.chipId,
      project_name: app.projectName,
      version: app.version,
      secure_version: app.secureVersion,
      idf_version: app.idfVersion,
      build_date: app.buildDate,
      build_time: app.buildTime,
      elf_sha256: app.elfHash,
      validation_hash: image.validationHash,
      image_size: image.imageSize,
      min_chip_revision: image.minChipRevision,
      max_chip_revision: image.maxChipRevision,
      min_efuse_block_revision: app.minEfuseBlockRevision,
      max_efuse_block_revision: app.maxEfuseBlockRevision,
      mmu_page_size: app.mmuPageSize,
      flash_mode: flash.mode,
      flash_size: flash.size,
      flash_frequency: flash.frequency,
      entry_address: image.entryAddress,
      segments: segments.map(({ loadAddress, length }) => ({ load_address: loadAddress, length })),
      custom_descriptor: image.customDescriptor,
      signature: {
        scheme: signature.scheme,
        blocks: blocks.map(({ algorithm, keyDigest }) => ({ algorithm, key_digest: keyDigest })),
      },
    };
  }
}

export class ImageResponse {
  @ApiProperty({
    enum: ['application', 'unknown'],
    example: 'application',
    description: 'unknown: not an ESP32 image, so it could not be checked.',
  })
  kind!: string;

  @ApiProperty({ type: ApplicationResponse, nullable: true })
  application!: ApplicationResponse | null;

  @ApiProperty({ type: [String], example: [], description: 'Messages for people.' })
  warnings!: string[];

  static from(record: ImageRecord): ImageResponse {
    return {
      kind: record.kind,
      application: record.kind === 'application' ? ApplicationResponse.from(record.image) : null,
      warnings: [...record.warnings],
    };
  }
}
