import { Injectable, Logger } from '@nestjs/common';
import { AuditLog } from '../audit/audit.exports.js';
import { DomainError } from '../domain/errors.js';
import type { ImageVerdict } from '../domain/esp-image/esp-image.js';
import {
  recordOf,
  refuse,
  versionFinding,
  versionOf,
  type ImageRecord,
  type Overrides,
} from '../domain/image-rules.js';
import type { Principal } from '../domain/principal.js';
import { quoted } from '../domain/quoted.js';
import { uploadOnRecord } from './on-record.js';
import { PublishingRules } from './publishing-rules.js';
import { emptyFile, noVersion } from './refusals.js';
import { FirmwareStore, type StagedFile } from '../storage/firmware-store.js';

/** A file that came in whole, and as what it is to be published. */
export interface UploadRequest {
  readonly staged: StagedFile;
  readonly verdict: ImageVerdict;
  readonly filename: string;
  readonly deviceType: string;
  /** null: the one in the image. */
  readonly version: string | null;
  /** null: not known yet, or the one in the image. */
  readonly buildNumber: number | null;
  readonly overrides: Overrides;
}

/** A file that was uploaded and is in the store, not yet registered. */
export interface Upload {
  readonly filename: string;
  readonly deviceType: string;
  readonly version: string;
  /** The one that was sent, else the one in the image; null when there is none. */
  readonly buildNumber: number | null;
  /** Relative to the store. */
  readonly binaryPath: string;
  /** Bytes. */
  readonly fileSize: number;
  /** SHA-256, lower-case hex. */
  readonly fileHash: string;
  readonly image: ImageRecord;
}

/** Puts a file that came in whole into the store, where it waits to be registered. */
@Injectable()
export class UploadService {
  private readonly logger = new Logger('Firmware');

  constructor(
    private readonly audit: AuditLog,
    private readonly store: FirmwareStore,
    private readonly rules: PublishingRules,
  ) {}

  /**
   * Resolves when the file is in the store and the upload on record. If the database is away in between, the file stays:
   * the same upload again finds it and puts itself on record.
   * @throws DomainError FIRMWARE_FILE_EMPTY, VALIDATION_FAILED when neither the upload nor the image has a version, and
   * what the rules for images refuse; nothing is left in the store then
   */
  async publish(principal: Principal, request: UploadRequest): Promise<Upload> {
    const { staged, filename, deviceType } = request;
    try {
      const { image, ...about } = this.accept(request);
      const binaryPath = await this.store.publish(staged, deviceType, about.version);
      const stored = {
        ...about,
        filename,
        deviceType,
        binaryPath,
        fileSize: staged.size,
        fileHash: staged.hash,
      };
      await this.audit.recordAlone({
        by: principal,
        action: 'firmware.upload',
        target: `file:${binaryPath}`,
        after: uploadOnRecord(stored),
      });
      this.logger.log(`${quoted(principal.name)} uploaded ${binaryPath} (${staged.size} bytes).`);
      return { ...stored, image };
    } catch (error) {
      await this.store.discard(staged);
      throw error;
    }
  }

  private accept(request: UploadRequest): Pick<Upload, 'image' | 'version' | 'buildNumber'> {
    const { staged, verdict, overrides, buildNumber: build } = request;
    refuse([staged.size === 0 ? emptyFile() : this.rules.format(verdict)], overrides);
    const image = recordOf(verdict);
    const own = image.kind === 'application' ? versionOf(image.image) : null;
    const version = request.version ?? own?.version;
    if (version === undefined) {
      throw new DomainError('VALIDATION_FAILED', noVersion().reason, {
        version: (name) => `${name('version')} must be MAJOR.MINOR.PATCH, optionally with -prerelease`,
      });
    }
    refuse(
      [versionFinding(image, { version, build, minCurrentVersion: null, offerToUnparsable: false })],
      overrides,
    );
    return { image, version, buildNumber: build ?? own?.build ?? null };
  }
}
