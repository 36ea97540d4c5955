import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsInt, Max, Min } from 'class-validator';
import * as example from '../../http/examples.js';
import { IsDeviceType, IsOptionalButNotNull, MAX_INT32 } from '../../http/wire-fields.js';
import type { FirmwareEntity } from '../firmware.entity.js';
import type { Removal } from '../maintenance/store-maintenance.service.js';
import type { StoreReport, UnreferencedFile } from '../maintenance/stored-files.js';
import type { ListedFile } from '../../storage/firmware-store.js';

const ORPHAN = `${example.DEVICE_TYPE}/v0.9.0.bin`;

export class StoreFileResponse {
  @ApiProperty({ example: ORPHAN, description: 'Relative to the firmware store.' })
  path!: string;

  @ApiProperty({ example: example.FILE_SIZE, description: 'Bytes.' })
  size!: number;

  @ApiProperty({ format: 'date-time', example: example.TIME, description: 'When it was last written.' })
  modified_at!: Date;

  static from({ path, size, modifiedAt }: ListedFile): StoreFileResponse {
    return { path, size, modified_at: new Date(modifiedAt) };
  }
}

export class UnreferencedFileResponse extends StoreFileResponse {
  @ApiProperty({
    example: true,
    description: 'Whether it was last written more than a day ago, so that clean removes it.',
  })
  removable!: boolean;

  static override from(file: UnreferencedFile): UnreferencedFileResponse {
    return Object.assign(StoreFileResponse.from(file), { removable: file.isRemovable });
  }
}

export class MissingFileResponse {
  @ApiProperty({ example: 1 })
  id!: number;

  @ApiProperty({ example: example.DEVICE_TYPE })
  device_type!: string;

  @ApiProperty({ example: example.VERSION })
  version!: string;

  @ApiProperty({ example: 1 })
  build_number!: number;

  @ApiProperty({ example: true })
  is_active!: boolean;

  @ApiProperty({ example: example.BINARY_PATH })
  binary_path!: string;

  static from(row: FirmwareEntity): MissingFileResponse {
    return {
      id: row.id,
      device_type: row.deviceType,
      version: row.version,
      build_number: row.buildNumber,
      is_active: row.isActive,
      binary_path: row.binaryPath,
    };
  }
}

export class StoreReportResponse {
  @ApiProperty({ example: 12, description: 'Number of files in the store, without uploads in progress.' })
  files!: number;

  @ApiProperty({ example: 12 * example.FILE_SIZE, description: 'Total size of these files in bytes.' })
  bytes!: number;

  @ApiProperty({
    type: [UnreferencedFileResponse],
    example: [{ path: ORPHAN, size: example.FILE_SIZE, modified_at: example.TIME, removable: true }],
    description: 'Files that no firmware refers to.',
  })
  unreferenced!: UnreferencedFileResponse[];

  @ApiProperty({
    type: [MissingFileResponse],
    example: [],
    description: 'Firmware whose file is missing from the store, except pruned firmware.',
  })
  missing!: MissingFileResponse[];

  static from({ files, bytes, unreferenced, missing }: StoreReport): StoreReportResponse {
    return {
      files,
      bytes,
      unreferenced: unreferenced.map((file) => UnreferencedFileResponse.from(file)),
      missing: missing.map((row) => MissingFileResponse.from(row)),
    };
  }
}

class RemovalRequest {
  @ApiPropertyOptional({
    default: false,
    description: 'Return what would be removed without removing anything.',
  })
  @IsOptionalButNotNull()
  @IsBoolean()
  dry_run?: boolean;
}

export class StoreCleanRequest extends RemovalRequest {}

export class StoreCleanResponse {
  @ApiProperty({
    type: [StoreFileResponse],
    example: [{ path: ORPHAN, size: example.FILE_SIZE, modified_at: example.TIME }],
  })
  removed!: StoreFileResponse[];

  @ApiProperty({ example: example.FILE_SIZE, description: 'Total size of the removed files in bytes.' })
  bytes!: number;

  static from({ removed, bytes }: Removal<ListedFile>): StoreCleanResponse {
    return { removed: removed.map((file) => StoreFileResponse.from(file)), bytes };
  }
}

export class PruneRequestBody extends RemovalRequest {
  @ApiProperty({
    example: 3,
    minimum: 0,
    maximum: MAX_INT32,
    description: 'Number of newest inactive releases per device_type that keep their files.',
  })
  @IsInt()
  @Min(0)
  @Max(MAX_INT32)
  keep!: number;

  @ApiPropertyOptional({ example: example.DEVICE_TYPE, description: 'Default: every device_type.' })
  @IsOptionalButNotNull()
  @IsDeviceType()
  device_type?: string;
}

export class PrunedFirmwareResponse {
  @ApiProperty({ example: 1 })
  id!: number;

  @ApiProperty({ example: example.DEVICE_TYPE })
  device_type!: string;

  @ApiProperty({ example: example.VERSION })
  version!: string;

  @ApiProperty({ example: 1 })
  build_number!: number;

  @ApiProperty({ example: example.FILE_SIZE, description: 'Bytes.' })
  file_size!: number;
}

export class PruneResponse {
  @ApiProperty({
    type: [PrunedFirmwareResponse],
    example: [
      {
        id: 1,
        device_type: example.DEVICE_TYPE,
        version: example.VERSION,
        build_number: 1,
        file_size: example.FILE_SIZE,
      },
    ],
  })
  pruned!: PrunedFirmwareResponse[];

  @ApiProperty({
    example: example.FILE_SIZE,
    description: 'Total size of the removed files in bytes; a file shared by several releases counts once.',
  })
  bytes!: number;

  static from({ removed, bytes }: Removal<FirmwareEntity>): PruneResponse {
    const pruned = removed.map((row) => ({
      id: row.id,
      device_type: row.deviceType,
      version: row.version,
      build_number: row.buildNumber,
      file_size: row.fileSize,
    }));
    return { pruned, bytes };
  }
}
