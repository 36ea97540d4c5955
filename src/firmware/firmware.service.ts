import { Inject, Injectable } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../config/app-config.js';
import { DomainError } from '../domain/errors.js';
import { compareVersions, parseVersion, versionSortKey } from '../domain/firmware-version.js';
import {
  acceptImage,
  refuseOtherVersion,
  refuseUnfit,
  refuseUntrusted,
  versionOf,
  type ImageRecord,
  type Overrides,
} from '../domain/image-rules.js';
import { FirmwareIntegrity } from './catalog/firmware-integrity.js';
import { ReleaseCatalog } from './catalog/release-catalog.js';
import type { FirmwareEntity } from './firmware.entity.js';
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
  /** The one in the image; null when it has none. */
  readonly buildNumber: number | null;
  /** Relative to the store. */
  readonly binaryPath: string;
  /** Bytes. */
  readonly fileSize: number;
  /** SHA-256, lower-case hex. */
  readonly fileHash: string;
  readonly image: ImageRecord;
}

export type Registration = Omit<NewFirmware, 'versionSortKey' | 'image'>;

/** The admin's side: from an uploaded file to a release that devices are offered, and out of the way again. */
@Injectable()
export class FirmwareService {
  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly firmware: FirmwareRepository,
    private readonly store: FirmwareStore,
    private readonly catalog: ReleaseCatalog,
    private readonly integrity: FirmwareIntegrity,
  ) {}

  /**
   * @throws DomainError FIRMWARE_FILE_EMPTY, VALIDATION_FAILED when neither the upload nor the image has a version, and
   * what {@link acceptImage} and {@link refuseOtherVersion} refuse; nothing is left in the store then
   */
  async publishUpload(received: ReceivedUpload): Promise<Upload> {
    const { staged, filename, deviceType } = received;
    try {
      const { image, ...about } = this.accept(received);
      const binaryPath = await this.store.publish(staged, deviceType, about.version);
      return {
        ...about,
        filename,
        deviceType,
        binaryPath,
        fileSize: staged.size,
        fileHash: staged.hash,
        image,
      };
    } catch (error) {
      await this.store.discard(staged);
      throw error;
    }
  }

  private accept({
    staged,
    version,
    overrides,
  }: ReceivedUpload): Pick<Upload, 'image' | 'version' | 'buildNumber'> {
    if (staged.size === 0) throw new DomainError('FIRMWARE_FILE_EMPTY', 'The uploaded file is empty.');
    const image = acceptImage(staged.verdict, this.config.requireEspImage);
    const own = image.kind === 'application' ? versionOf(image.image) : null;
    const published = version ?? own?.version;
    if (published === undefined) {
      throw new DomainError(
        'VALIDATION_FAILED',
        'Send a version: the file has no semantic version of its own.',
        {
          version: ['version must be MAJOR.MINOR.PATCH, optionally with -prerelease'],
        },
      );
    }
    refuseOtherVersion(image, published, overrides);
    return { image, version: published, buildNumber: own?.build ?? null };
  }

  /**
   * @throws DomainError when the file is not in the store as described, is not what devices of this type may get, or the
   * release exists already
   */
  async register(registration: Registration, overrides: Overrides = {}): Promise<FirmwareEntity> {
    refuseFloorAbove(registration.version, registration.minCurrentVersion);
    const binaryPath = parseBinaryPath(registration.binaryPath);
    if (binaryPath === null) {
      throw new DomainError(
        'FIRMWARE_PATH_INVALID',
        'binary_path must be what the upload answered: a path within the firmware store.',
        { binary_path: ['binary_path must stay within the firmware store'] },
      );
    }
    const firmware = { ...registration, binaryPath, fileHash: registration.fileHash.toLowerCase() };
    const image = await this.verifyFile(firmware, overrides);
    const versionKey = versionSortKey(parseVersion(registration.version));
    const row = await this.firmware.insert({ ...firmware, image, versionSortKey: versionKey }, (standing) => {
      refuseUnfit(image, standing, overrides);
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

  /**
   * What becomes stable, and what becomes active after its file was pruned, is checked as if it were registered now.
   * @throws DomainError FIRMWARE_NOT_FOUND, MIN_VERSION_ABOVE_VERSION, and what {@link register} refuses
   */
  async change(id: number, changes: FirmwareChanges, overrides: Overrides = {}): Promise<FirmwareEntity> {
    const firmware = await this.get(id);
    const isBroughtBack = changes.isActive === true && firmware.prunedAt !== null;
    const image = changes.isStable || isBroughtBack ? await this.verifyFile(firmware, overrides) : null;
    const changed = await this.firmware.change(id, ({ version, prunedAt }, standing) => {
      // Pruned since it was looked at above.
      if (changes.isActive && prunedAt && !isBroughtBack) throw pruned(id);
      refuseFloorAbove(version, changes.minCurrentVersion);
      refuseUnfit(image, standing, overrides);
      return { ...changes, ...(image && { image }), ...(isBroughtBack && { prunedAt: null }) };
    });
    if (!changed) return notFound(id);
    await this.catalog.refresh();
    return changed;
  }

  /** Devices neither see nor get it any more; the row and the file stay. @throws DomainError FIRMWARE_NOT_FOUND */
  async deactivate(id: number): Promise<void> {
    await this.change(id, { isActive: false });
  }

  /**
   * Compares the stored file with what was registered, now.
   * @throws DomainError FIRMWARE_NOT_FOUND, FIRMWARE_PRUNED, FIRMWARE_FILE_DAMAGED
   */
  async verify(id: number): Promise<FirmwareEntity> {
    const firmware = await this.get(id);
    if (firmware.prunedAt) throw pruned(id);
    await this.integrity.verify(firmware);
    return firmware;
  }

  /**
   * Whether the stored file is what the registration says, and what devices may get.
   * @returns what was read in it
   * @throws DomainError FIRMWARE_FILE_MISSING, FIRMWARE_SIZE_MISMATCH, FIRMWARE_HASH_MISMATCH, and what
   * {@link acceptImage}, {@link refuseOtherVersion} and {@link refuseUntrusted} refuse
   */
  private async verifyFile(
    firmware: Pick<FirmwareEntity, 'binaryPath' | 'fileSize' | 'fileHash' | 'version'>,
    overrides: Overrides,
  ): Promise<ImageRecord> {
    const file = await this.store.read(firmware.binaryPath);
    if (!file) {
      throw new DomainError(
        'FIRMWARE_FILE_MISSING',
        `There is no file ${firmware.binaryPath} in the firmware store; upload it first.`,
        { binary_path: ['binary_path is not in the firmware store'] },
      );
    }
    if (file.size !== firmware.fileSize) {
      throw new DomainError(
        'FIRMWARE_SIZE_MISMATCH',
        `The stored file has ${file.size} bytes, not ${firmware.fileSize}.`,
        { file_size: [`file_size must be ${file.size}, the size of the stored file`] },
      );
    }
    if (file.hash !== firmware.fileHash) {
      throw new DomainError('FIRMWARE_HASH_MISMATCH', 'The stored file has another SHA-256 than file_hash.', {
        file_hash: ['file_hash must be the SHA-256 of the stored file'],
      });
    }
    const image = acceptImage(file.verdict, this.config.requireEspImage);
    refuseOtherVersion(image, firmware.version, overrides);
    refuseUntrusted(image, this.config.trustedSigningKeys);
    return image;
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

function pruned(id: number): DomainError {
  return new DomainError(
    'FIRMWARE_PRUNED',
    `The file of firmware ${id} was removed to save space; upload the same file again, then set is_active.`,
  );
}

function notFound(id: number): never {
  throw new DomainError('FIRMWARE_NOT_FOUND', `There is no firmware with the id ${id}.`);
}
