import type { Readable } from 'node:stream';
import type { ByteRange } from '../domain/byte-range.js';
import { DomainError } from '../domain/errors.js';
import { binaryPathsOf, type FileNaming } from './store-path.js';

/** An upload that is whole and synced but has no name yet. */
export interface StagedFile {
  /** Of the store's own; means nothing to others. */
  readonly token: string;
  /** Bytes. */
  readonly size: number;
  /** SHA-256, lower-case hex. */
  readonly hash: string;
}

export interface FileState {
  /** Of the whole file, in bytes. */
  readonly size: number;
  /** Opaque. A file with another look than before may have other bytes. */
  readonly look: string;
}

export interface FileContent extends FileState {
  /** Exactly the bytes that were asked for, or it fails. It must be read to its end or destroyed. */
  readonly bytes: Readable;
}

/** A file as a listing shows it. */
export interface ListedFile extends FileState {
  /** Relative to the store. */
  readonly path: string;
  /** When it was last written, in milliseconds since 1970. */
  readonly modifiedAt: number;
}

/**
 * Where binaries are kept. A file under its final name is whole, durable, and never overwritten. Paths are relative to the
 * store; one leading slash is dropped. Every implementation passes the suite in test/support/firmware-store-contract.ts.
 */
export abstract class FirmwareStore {
  constructor(private readonly naming: FileNaming = 'by-version') {}

  /**
   * Takes bytes to their end and hashes them on the way.
   * @throws DomainError STORE_UNAVAILABLE when they cannot be written; what the source fails with otherwise. Nothing is
   * left behind then.
   */
  abstract stage(bytes: AsyncIterable<Buffer>): Promise<StagedFile>;

  /** The first bytes of a staged file once more. */
  abstract readStaged(staged: Pick<StagedFile, 'token'>, length: number): AsyncIterable<Buffer>;

  /** Forgets a staged file; fine when it is gone already. */
  abstract discard(staged: Pick<StagedFile, 'token'>): Promise<void>;

  /**
   * Gives a staged file its name: `<deviceType>/v<version>.bin`, or one with the hash in it when that name is taken by
   * other bytes or the store names files by their content. The same bytes again get the same path. The staged file is gone
   * afterwards, whatever happens.
   * @returns the path
   * @throws DomainError STORE_UNAVAILABLE
   */
  async publish(staged: StagedFile, deviceType: string, version: string): Promise<string> {
    const paths = binaryPathsOf(deviceType, version, staged.hash, this.naming);
    try {
      for (const path of paths) {
        if (await this.publishAs(staged, path)) return path;
      }
    } finally {
      await this.discard(staged);
    }
    throw new DomainError(
      'STORE_UNAVAILABLE',
      `${paths.join(' and ')} ${paths.length === 1 ? 'is' : 'are both'} taken by other bytes in the firmware store; move ` +
        `${paths.length === 1 ? 'it' : 'one of them'} away.`,
    );
  }

  /**
   * Gives a staged file the very name that it had, as in a backup. The staged file is gone afterwards, whatever happens.
   * @param path within the store
   * @returns false when the name is taken by other bytes
   * @throws DomainError STORE_UNAVAILABLE
   */
  async republish(staged: StagedFile, path: string): Promise<boolean> {
    try {
      return await this.publishAs(staged, path);
    } finally {
      await this.discard(staged);
    }
  }

  /**
   * Gives the bytes a name in one step that never replaces what has that name; the file is durable then.
   * @returns false when the name is taken by other bytes
   */
  protected abstract publishAs(staged: StagedFile, path: string): Promise<boolean>;

  /** @returns null when there is no such file. @throws DomainError STORE_UNAVAILABLE when that cannot be told */
  abstract stat(path: string): Promise<FileState | null>;

  /**
   * Opens a file once and reads it, or a part that lies within it.
   * @returns null when there is no such file
   * @throws DomainError STORE_UNAVAILABLE when it cannot be read; `bytes` fails in the same way
   */
  abstract read(path: string, range?: ByteRange): Promise<FileContent | null>;

  /**
   * The hash of a published file: as the store vouches for it, or of the bytes, which are read for it.
   * @returns SHA-256, lower-case hex; null when there is no such file
   * @throws DomainError STORE_UNAVAILABLE
   */
  abstract hashOf(path: string): Promise<string | null>;

  /** Every published file, in no order to rely on. @throws DomainError STORE_UNAVAILABLE */
  abstract list(): AsyncIterable<ListedFile>;

  /** Removes a published file; fine when it is gone already. What cannot be removed stays, and the log says so. */
  abstract remove(path: string): Promise<void>;

  /** What uploads of processes that have ended left unfinished, by names of the store's own. */
  abstract findLeftovers(): Promise<string[]>;

  /** Removes it. */
  abstract clearLeftovers(): Promise<void>;

  /** Whether an image could be stored now. @returns what is wrong, in a few words; null: nothing */
  abstract findError(): Promise<string | null>;

  /** Proves at the start of a process that the store is set up. @returns a sentence about what is wrong, or null */
  abstract findSettingError(): string | null;
}
