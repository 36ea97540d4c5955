import type { Readable } from 'node:stream';
import type { FileHandle } from 'node:fs/promises';
import type { FileReading } from '../../domain/esp-image/esp-image.js';
import type { ListedFile } from './store-files.js';

/** What was received and is safe on disk, but not yet published under a name. */
export interface StagedFile extends FileReading {
  /** Of the store's own; means nothing to others. */
  readonly token: string;
}

/** Where binaries are kept. A file under its final name is whole, synced, and never overwritten. */
export abstract class FirmwareStore {
  /**
   * Takes a stream to its end, hashing and judging it on the way.
   * @throws DomainError STORE_UNAVAILABLE when it cannot be written; what the stream itself fails with otherwise.
   * Nothing is left behind then.
   */
  abstract stage(bytes: Readable): Promise<StagedFile>;

  /** Forgets a staged file; fine when it is gone already. */
  abstract discard(staged: StagedFile): Promise<void>;

  /**
   * Gives a staged file its name: `<deviceType>/v<version>.bin`, or one with the hash in it when that name is taken by
   * other bytes. The same bytes again get the same path.
   * @returns the path, relative to the store
   */
  abstract publish(staged: StagedFile, deviceType: string, version: string): Promise<string>;

  /**
   * Opens a stored file to read.
   * @param binaryPath relative to the store; one leading slash is dropped
   * @returns null when there is no such file within the store
   * @throws DomainError STORE_UNAVAILABLE when it cannot be read
   */
  abstract open(binaryPath: string): Promise<StoredFile | null>;

  /** Reads a stored file and judges it; null when there is no such file. */
  abstract read(binaryPath: string): Promise<FileReading | null>;

  /** SHA-256 of a stored file in lower-case hex, or null when there is no such file. */
  abstract calculateHash(binaryPath: string): Promise<string | null>;

  /** Whether an image could be stored now. @returns what is wrong, in a few words; null: nothing */
  abstract findFault(): Promise<string | null>;

  /** Every published file. @throws DomainError STORE_UNAVAILABLE */
  abstract list(): Promise<ListedFile[]>;

  /**
   * Removes a published file; fine when it is gone already. What cannot be removed stays, and the log says so.
   * @param binaryPath relative to the store
   */
  abstract remove(binaryPath: string): Promise<void>;

  /** Removes what an earlier process left half-received. */
  abstract clearLeftovers(): Promise<void>;
}

export interface StoredFile {
  readonly handle: FileHandle;
  /** Bytes. */
  readonly size: number;
  /** When it was last written, in milliseconds since 1970. */
  readonly modifiedAt: number;
}
