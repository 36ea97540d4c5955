import { parseVersion } from '../../domain/firmware-version.js';
import type { ReleaseCandidate } from '../../domain/update-decision.js';
import type { FirmwareEntity } from '../firmware.entity.js';

/** A published firmware, as checks and downloads need it. */
export interface Release extends ReleaseCandidate {
  readonly id: number;
  readonly deviceType: string;
  /** As it was registered. */
  readonly versionText: string;
  readonly description: string | null;
  readonly filename: string;
  /** Relative to the store. */
  readonly binaryPath: string;
  /** Bytes. */
  readonly fileSize: number;
  /** SHA-256, lower-case hex. */
  readonly fileHash: string;
  readonly publishedAt: Date;
  /** Whether it was stable at some time. One that never was is a draft, which is not public. */
  readonly isReleased: boolean;
  /** Where devices get it: path of the URL. */
  readonly downloadPath: string;
}

/** What may be downloaded but not offered, since its version or floor cannot be compared, has no place in the order. */
export type DownloadableFile = Omit<Release, keyof ReleaseCandidate> & { readonly build: number };

/** @returns null when the version or the floor of the row cannot be compared */
export function toRelease(row: FirmwareEntity): Release | null {
  const version = parseVersion(row.version);
  const floor = row.minCurrentVersion === null ? null : parseVersion(row.minCurrentVersion);
  const isComparable = version !== null && (row.minCurrentVersion === null || floor !== null);
  const { offerToUnparsable } = row;
  return isComparable ? { ...toFile(row), version, floor, offerToUnparsable } : null;
}

export function toFile(row: FirmwareEntity): DownloadableFile {
  return {
    id: row.id,
    deviceType: row.deviceType,
    versionText: row.version,
    build: row.buildNumber,
    description: row.description,
    filename: row.filename,
    binaryPath: row.binaryPath,
    fileSize: row.fileSize,
    fileHash: row.fileHash,
    publishedAt: row.createdAt,
    // The original system may have left released_at empty.
    isReleased: row.isStable || row.releasedAt !== null,
    downloadPath: `/api/ota/download/${row.id}`,
  };
}
