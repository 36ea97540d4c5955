import type { DatabaseShape } from '../database/snapshot.js';
import { DomainError } from '../domain/errors.js';
import type { LackingFile } from '../domain/upkeep-reports.js';

/** One file within the archive. */
export interface ArchivePart {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** SHA-256, lower-case hex. */
  readonly sha256: string;
}

/** What an archive holds. It comes last, since the hashes are known by then. */
export interface ArchiveManifest {
  readonly format: typeof FORMAT;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly database: DatabaseShape;
  /** In the order of the archive. */
  readonly parts: readonly ArchivePart[];
  readonly lacking: readonly LackingFile[];
}

export const FORMAT = 'ota-backup-1';
export const MANIFEST = 'manifest.json';
/** Holds the hash of the manifest. */
export const MANIFEST_HASH = 'manifest.sha256';

/** Rows of one table, as text of COPY in gzip; cut into pieces of a few MiB, which belong together. */
export const tablePart = (table: string, piece: number): string =>
  `database/${table}/${String(piece).padStart(5, '0')}.copy.gz`;
export const secretPart = (name: string): string => `secrets/${name}`;
export const storePart = (path: string): string => `store/${path}`;

const PART = /^(database|secrets|store)\/(.+)$/s;
/** What a part is of: the path of a file in the store, the name of a secret, a piece of a table. */
export function parsePart(name: string): { kind: string; rest: string } {
  const [, kind, rest] = PART.exec(name) ?? [];
  if (kind === undefined || rest === undefined) throw damaged(`The backup has an unknown part ${name}.`);
  return { kind, rest };
}

/** @param what a sentence */
export const damaged = (what: string): DomainError =>
  new DomainError('ARCHIVE_DAMAGED', `${what} Nothing was changed.`);

/**
 * Reads a manifest whose hash is right, so that its inside is what this program, of this or another version, wrote.
 * @throws DomainError ARCHIVE_DAMAGED
 */
export function parseManifest(text: string): ArchiveManifest {
  try {
    const manifest = JSON.parse(text) as Partial<ArchiveManifest>;
    if (manifest.format === FORMAT) return manifest as ArchiveManifest;
  } catch {
    // Said below.
  }
  throw damaged('The file is not a backup that this version can read.');
}
