import { parseVersion } from '../domain/firmware-version.js';
import type { ReleaseCandidate } from '../domain/release-plan.js';

/** By what devices say which firmware they run. */
export interface Image {
  readonly version: string;
  readonly build: number;
}

/** An active firmware, as downloads need it. */
export interface DownloadableFile {
  readonly id: number;
  readonly deviceType: string;
  /** As it was registered. */
  readonly versionText: string;
  readonly build: number;
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
  readonly isStable: boolean;
  /** Where devices get it: path of the URL. */
  readonly downloadPath: string;
}

/** One that may be offered, too: its version and its floor can be compared. */
export interface Release extends DownloadableFile, ReleaseCandidate {
  /** The floor as it was registered. */
  readonly floorText: string | null;
}

/** What is read of the table of firmware. */
export interface ReleaseRow extends Omit<DownloadableFile, 'downloadPath'> {
  readonly floorText: string | null;
  readonly offerToUnparsable: boolean;
  readonly secureVersion: number | null;
}

/** @returns a file that may not be offered when the version or the floor of the row cannot be compared */
export function toRelease(row: ReleaseRow): Release | DownloadableFile {
  const file = toFile(row);
  const version = parseVersion(row.versionText);
  const floor = row.floorText === null ? null : parseVersion(row.floorText);
  const isComparable = version !== null && (row.floorText === null || floor !== null);
  const { floorText, offerToUnparsable, secureVersion } = row;
  return isComparable ? { ...file, version, floor, floorText, offerToUnparsable, secureVersion } : file;
}

export const mayBeOffered = (file: Release | DownloadableFile): file is Release => 'version' in file;

function toFile(row: ReleaseRow): DownloadableFile {
  return {
    id: row.id,
    deviceType: row.deviceType,
    versionText: row.versionText,
    build: row.build,
    description: row.description,
    filename: row.filename,
    binaryPath: row.binaryPath,
    fileSize: row.fileSize,
    fileHash: row.fileHash,
    publishedAt: row.publishedAt,
    isReleased: row.isReleased,
    isStable: row.isStable,
    downloadPath: `/api/ota/download/${row.id}`,
  };
}
