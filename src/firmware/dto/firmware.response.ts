import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import * as example from '../../http/examples.js';
import { ImageResponse } from './image.response.js';
import type { FirmwareEntity } from '../firmware.entity.js';
import type { Upload } from '../upload.service.js';

export class FirmwareResponse {
  @ApiProperty({ example: 1 })
  id!: number;

  @ApiProperty({ example: example.DEVICE_TYPE })
  device_type!: string;

  @ApiProperty({ example: example.VERSION })
  version!: string;

  @ApiProperty({ example: 1 })
  build_number!: number;

  @ApiProperty({ example: example.FILENAME })
  filename!: string;

  @ApiProperty({ example: example.FILE_SIZE, description: 'Bytes.' })
  file_size!: number;

  @ApiProperty({ example: example.FILE_HASH, description: 'SHA-256 of the file.' })
  file_hash!: string;

  @ApiProperty({ type: String, nullable: true, example: 'First release' })
  description!: string | null;

  @ApiProperty({ type: String, nullable: true, example: 'Reads the scales every second.' })
  release_notes!: string | null;

  @ApiProperty({ example: true })
  is_stable!: boolean;

  @ApiProperty({ example: true })
  is_active!: boolean;

  @ApiProperty({ type: String, nullable: true, example: null })
  min_current_version!: string | null;

  @ApiProperty({
    example: false,
    description: 'Whether it is also offered to devices whose version cannot be ordered.',
  })
  offer_to_unparsable!: boolean;

  @ApiProperty({ format: 'date-time', example: example.TIME })
  created_at!: Date;

  @ApiProperty({ format: 'date-time', example: example.TIME })
  updated_at!: Date;

  @ApiProperty({
    type: Date,
    format: 'date-time',
    nullable: true,
    example: example.TIME,
    description: 'When is_stable first became true.',
  })
  released_at!: Date | null;

  @ApiProperty({
    type: Date,
    format: 'date-time',
    nullable: true,
    example: null,
    description: 'When its stored file was removed to save space; null if the file was not removed.',
  })
  pruned_at!: Date | null;

  @ApiProperty({
    type: ImageResponse,
    nullable: true,
    description: 'Data read from the file; null if it was registered before files were read.',
  })
  image!: ImageResponse | null;

  static from(row: FirmwareEntity): FirmwareResponse {
    return {
      id: row.id,
      device_type: row.deviceType,
      version: row.version,
      build_number: row.buildNumber,
      filename: row.filename,
      file_size: row.fileSize,
      file_hash: row.fileHash,
      description: row.description,
      release_notes: row.releaseNotes,
      is_stable: row.isStable,
      is_active: row.isActive,
      min_current_version: row.minCurrentVersion,
      offer_to_unparsable: row.offerToUnparsable,
      created_at: row.createdAt,
      updated_at: row.updatedAt,
      released_at: row.releasedAt,
      pruned_at: row.prunedAt,
      image: row.image && ImageResponse.from(row.image),
    };
  }
}

export class FirmwareDetailResponse extends FirmwareResponse {
  @ApiProperty({ example: example.BINARY_PATH, description: 'Relative to the firmware store.' })
  binary_path!: string;

  static override from(row: FirmwareEntity): FirmwareDetailResponse {
    return Object.assign(FirmwareResponse.from(row), { binary_path: row.binaryPath });
  }
}

export class FirmwareDeactivatedResponse {
  @ApiProperty({ example: true })
  success!: boolean;

  @ApiProperty({ example: 'Firmware deactivated', description: '`Firmware deleted` after purge=true.' })
  message!: string;
}

export class FirmwareVerifiedResponse {
  @ApiProperty({ example: true })
  success!: boolean;

  @ApiProperty({ example: 1 })
  firmware_id!: number;

  @ApiProperty({ example: example.FILE_SIZE, description: 'Bytes.' })
  file_size!: number;

  @ApiProperty({
    example: example.FILE_HASH,
    description: 'SHA-256 of the stored file, as registered.',
  })
  file_hash!: string;

  static from({ id, fileSize, fileHash }: FirmwareEntity): FirmwareVerifiedResponse {
    return { success: true, firmware_id: id, file_size: fileSize, file_hash: fileHash };
  }
}

export class UploadResponse {
  @ApiProperty({ example: true })
  success!: boolean;

  @ApiProperty({ example: example.FILENAME })
  filename!: string;

  @ApiProperty({ example: example.DEVICE_TYPE })
  device_type!: string;

  @ApiProperty({ example: example.VERSION })
  version!: string;

  @ApiProperty({
    example: example.BINARY_PATH,
    description: 'Relative to the firmware store. Send it to register the firmware.',
  })
  binary_path!: string;

  @ApiProperty({ example: example.FILE_SIZE, description: 'Bytes.' })
  file_size!: number;

  @ApiProperty({ example: example.FILE_HASH, description: 'SHA-256 of the file.' })
  file_hash!: string;

  @ApiPropertyOptional({
    example: 45,
    description:
      'The number that was sent, or else the number after the plus sign of the version in the image (`1.2.3+45`); absent ' +
      'if there is neither.',
  })
  build_number?: number;

  @ApiProperty({ type: ImageResponse })
  image!: ImageResponse;

  static from(upload: Upload): UploadResponse {
    return {
      success: true,
      filename: upload.filename,
      device_type: upload.deviceType,
      version: upload.version,
      binary_path: upload.binaryPath,
      file_size: upload.fileSize,
      file_hash: upload.fileHash,
      ...(upload.buildNumber !== null && { build_number: upload.buildNumber }),
      image: ImageResponse.from(upload.image),
    };
  }
}
