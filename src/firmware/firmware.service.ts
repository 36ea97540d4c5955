import { Injectable } from '@nestjs/common';
import { DomainError } from '../domain/errors.js';
import { compareVersions, parseVersion, versionSortKey } from '../domain/firmware-version.js';
import { ReleaseCatalog } from './catalog/release-catalog.js';
import type { FirmwareEntity } from './firmware.entity.js';
import { FileIntegrity } from './integrity/file-integrity.js';
import {
  FirmwareRepository,
  type FirmwareChanges,
  type FirmwarePage,
  type NewFirmware,
} from './firmware.repository.js';
import { FirmwareStore } from './store/firmware-store.js';
import { parseBinaryPath } from './store/store-path.js';
import type { ReceivedUpload } from './upload-receiver.js';

/** A file that was uploaded and is in the store, not yet registered. */
export interface Upload {
  readonly filename: string;
  readonly deviceType: string;
  readonly version: string;
  /** Relative to the store. */
  readonly binaryPath: string;
  /** Bytes. */
  readonly fileSize: number;
  /** SHA-256, lower-case hex. */
  readonly fileHash: string;
}

export type Registration = Omit<NewFirmware, 'versionSortKey'>;

/** The admin's side: from an uploaded file to a release that devices are offered, and out of the way again. */
@Injectable()
export class FirmwareService {
  constructor(
    private readonly firmware: FirmwareRepository,
    private readonly store: FirmwareStore,
    private readonly catalog: ReleaseCatalog,
    private readonly integrity: FileIntegrity,
  ) {}

  /** @throws DomainError FIRMWARE_FILE_EMPTY */
  async publishUpload({ staged, ...about }: ReceivedUpload): Promise<Upload> {
    if (staged.size === 0) {
      await this.store.discard(staged);
      throw new DomainError('FIRMWARE_FILE_EMPTY', 'The uploaded file is empty.');
    }
    const binaryPath = await this.store.publish(staged, about.deviceType, about.version);
    return { ...about, binaryPath, fileSize: staged.size, fileHash: staged.hash };
  }

  /** @throws DomainError when the file is not in the store as described, or the release exists already */
  async register(registration: Registration): Promise<FirmwareEntity> {
    refuseFloorAbove(registration.version, registration.minCurrentVersion);
    const binaryPath = parseBinaryPath(registration.binaryPath);
    if (binaryPath === null) {
      throw new DomainError(
        'FIRMWARE_PATH_INVALID',
        'binary_path must be what the upload answered: a path within the firmware store.',
        { binary_path: ['binary_path must stay within the firmware store'] },
      );
    }
    const fileHash = registration.fileHash.toLowerCase();
    await this.verifyFile(binaryPath, registration.fileSize, fileHash);
    const row = await this.firmware.insert({
      ...registration,
      binaryPath,
      fileHash,
      versionSortKey: versionSortKey(parseVersion(registration.version)),
    });
    await this.catalog.refresh();
    return row;
  }

  list(deviceType: string | undefined, skip: number, limit: number): Promise<FirmwarePage> {
    return this.firmware.list(deviceType, skip, limit);
  }

  /** @throws DomainError FIRMWARE_NOT_FOUND */
  async get(id: number): Promise<FirmwareEntity> {
    return (await this.firmware.findById(id)) ?? notFound(id);
  }

  /** @throws DomainError FIRMWARE_NOT_FOUND, MIN_VERSION_ABOVE_VERSION */
  async change(id: number, changes: FirmwareChanges): Promise<FirmwareEntity> {
    const changed = await this.firmware.change(id, ({ version }) => {
      refuseFloorAbove(version, changes.minCurrentVersion);
      return changes;
    });
    if (!changed) return notFound(id);
    await this.catalog.refresh();
    return changed;
  }

  /**
   * Reads the stored file and compares it with what was registered.
   * @throws DomainError FIRMWARE_NOT_FOUND, FIRMWARE_FILE_DAMAGED
   */
  async verify(id: number): Promise<FirmwareEntity> {
    const firmware = await this.get(id);
    await this.integrity.verify(firmware);
    return firmware;
  }

  /** Devices neither see nor get it any more; the row and the file stay. @throws DomainError FIRMWARE_NOT_FOUND */
  async deactivate(id: number): Promise<void> {
    await this.change(id, { isActive: false });
  }

  /** @throws DomainError FIRMWARE_FILE_MISSING, FIRMWARE_SIZE_MISMATCH, FIRMWARE_HASH_MISMATCH */
  private async verifyFile(binaryPath: string, size: number, hash: string): Promise<void> {
    const file = await this.store.open(binaryPath);
    if (!file) {
      throw new DomainError(
        'FIRMWARE_FILE_MISSING',
        `There is no file ${binaryPath} in the firmware store; upload it first.`,
        { binary_path: ['binary_path is not in the firmware store'] },
      );
    }
    await file.handle.close();
    if (file.size !== size) {
      throw new DomainError(
        'FIRMWARE_SIZE_MISMATCH',
        `The stored file has ${file.size} bytes, not ${size}.`,
        { file_size: [`file_size must be ${file.size}, the size of the stored file`] },
      );
    }
    if (!(await this.verifyFileHash(binaryPath, hash))) {
      throw new DomainError('FIRMWARE_HASH_MISMATCH', 'The stored file has another SHA-256 than file_hash.', {
        file_hash: ['file_hash must be the SHA-256 of the stored file'],
      });
    }
  }

  /** Whether the stored file still has this hash (lower-case hex). */
  async verifyFileHash(binaryPath: string, hash: string): Promise<boolean> {
    return (await this.store.calculateHash(binaryPath)) === hash;
  }
}

/** A floor that its own release does not meet would strand every device. */
function refuseFloorAbove(versionText: string, floorText: string | null | undefined): void {
  const version = parseVersion(versionText);
  const floor = parseVersion(floorText ?? '');
  if (version && floor && compareVersions(floor, version) > 0) {
    throw new DomainError(
      'MIN_VERSION_ABOVE_VERSION',
      `min_current_version ${floorText ?? ''} is above the version ${versionText} itself.`,
      { min_current_version: [`min_current_version must not be above ${versionText}`] },
    );
  }
}

function notFound(id: number): never {
  throw new DomainError('FIRMWARE_NOT_FOUND', `There is no firmware with the id ${id}.`);
}
