import type { Readable } from 'node:stream';
import { Logger } from '@nestjs/common';
import type { ByteRange } from '../../domain/byte-range.js';
import { DomainError } from '../../domain/errors.js';
import {
  FirmwareStore,
  type FileContent,
  type FileState,
  type ListedFile,
  type StagedFile,
} from '../firmware-store.js';
import { hashOf } from '../hash-of.js';
import type { Staging } from '../staging.js';
import { parseBinaryPath } from '../store-path.js';
import { ObjectBytes } from './object-bytes.js';
import type { S3Calls } from './s3-calls.js';
import { faultOf, isImpossibleKey, isMissing, mayHaveArrived } from './s3-error.js';

const TRIES = 2;
const AGAIN = 'send the same file again later, which is safe: a stored file is never overwritten';
/** Of a SHA-256 in base64. What was uploaded in several parts has the hash of their hashes. */
const CHECKSUM = /^[A-Za-z0-9+/]{43}=$/;

/** What the answers about an object have in common. */
interface ObjectAnswer {
  readonly ETag?: string | undefined;
  readonly LastModified?: Date | undefined;
}

/**
 * Binaries as objects of a bucket. Uploads are staged on the local disk and go to the bucket in one request that never
 * overwrites: an object is never copied, renamed or written in parts, so nothing half done is ever left there.
 */
export class S3Store extends FirmwareStore {
  private readonly logger = new Logger('FirmwareStore');

  constructor(
    private readonly calls: S3Calls,
    /** Before the path in each key; empty, or with a slash at its end. */
    private readonly prefix: string,
    private readonly staging: Staging,
  ) {
    super('by-content');
  }

  stage(bytes: AsyncIterable<Buffer>): Promise<StagedFile> {
    return this.staging.stage(bytes);
  }

  readStaged(staged: Pick<StagedFile, 'token'>, length: number): AsyncIterable<Buffer> {
    return this.staging.readStaged(staged, length);
  }

  discard(staged: Pick<StagedFile, 'token'>): Promise<void> {
    return this.staging.discard(staged);
  }

  /**
   * A lost answer is settled by looking: the object that is there then has these bytes or others. That look comes first,
   * too, since some stores do not know the condition of the upload, and would overwrite.
   */
  protected async publishAs(staged: StagedFile, path: string): Promise<boolean> {
    const key = this.prefix + path;
    const { size, hash } = staged;
    for (let attempt = 1; ; attempt++) {
      const present = await this.hashOf(path);
      if (present !== null) return present === hash;
      try {
        await this.calls.put({ key, size, hash, bytes: this.staging.readStaged(staged, size) });
        return true;
      } catch (error) {
        if (error instanceof DomainError || !mayHaveArrived(error)) throw this.asFailure(error, AGAIN);
        if (attempt < TRIES) continue;
        // What is there by now decides; if nothing is, the last try has failed.
        const arrived = await this.hashOf(path);
        if (arrived === null) throw this.asFailure(error, AGAIN);
        return arrived === hash;
      }
    }
  }

  async stat(path: string): Promise<FileState | null> {
    return this.find(path, async (key) => {
      const answer = await this.calls.head(key);
      return stateOf(answer.ContentLength ?? 0, answer);
    });
  }

  async read(path: string, range?: ByteRange): Promise<FileContent | null> {
    return this.find(path, async (key) => {
      const answer = await this.calls.get(key, range);
      const bytes = answer.Body as Readable;
      const length = answer.ContentLength ?? 0;
      const size = range ? wholeSize(answer.ContentRange) : length;
      if (size === null || (range && length !== range.end - range.start + 1)) {
        bytes.destroy();
        throw new DomainError(
          'STORE_UNAVAILABLE',
          'The object store answered with another part of the file.',
        );
      }
      return {
        ...stateOf(size, answer),
        bytes: new ObjectBytes(bytes, length, this.calls.stallMs, (error) => this.asFailure(error)),
      };
    });
  }

  /** The store computed the hash itself when the object arrived, unless something else has put it there. */
  async hashOf(path: string): Promise<string | null> {
    return this.find(path, async (key) => {
      const { ChecksumSHA256 = '' } = await this.calls.head(key);
      if (CHECKSUM.test(ChecksumSHA256)) return Buffer.from(ChecksumSHA256, 'base64').toString('hex');
      const file = await this.read(path);
      return file && hashOf(file.bytes);
    });
  }

  async *list(): AsyncGenerator<ListedFile> {
    let page: string | undefined;
    do {
      const answer = await this.calls.list(this.prefix, page).catch((error: unknown) => {
        throw this.asFailure(error);
      });
      for (const { Key = '', Size = 0, ...about } of answer.Contents ?? []) {
        const path = Key.slice(this.prefix.length);
        // Others may keep other things in the bucket: what cannot be a firmware's is not the store's.
        if (parseBinaryPath(path) !== path) continue;
        yield { path, ...stateOf(Size, about), modifiedAt: about.LastModified?.getTime() ?? 0 };
      }
      page = answer.IsTruncated === true ? answer.NextContinuationToken : undefined;
    } while (page !== undefined);
  }

  async remove(path: string): Promise<void> {
    const parsed = parseBinaryPath(path);
    if (parsed === null) return;
    try {
      await this.calls.delete(this.prefix + parsed);
    } catch (error) {
      if (isMissing(error) || isImpossibleKey(error)) return;
      const { sentence } = faultOf(error, this.calls.bucket);
      this.logger.warn(`The file ${parsed} stays in the store. ${sentence}.`);
    }
  }

  findLeftovers(): Promise<string[]> {
    return this.staging.findLeftovers();
  }

  clearLeftovers(): Promise<void> {
    return this.staging.clearLeftovers();
  }

  async findError(): Promise<string | null> {
    try {
      await this.calls.headBucket();
      return null;
    } catch (error) {
      // This answer has no body that would say of what there is none.
      return isMissing(error) ? 'its bucket is missing' : faultOf(error, this.calls.bucket).words;
    }
  }

  /** The bucket may be away while a server starts, which then serves what it can. */
  findSettingError(): string | null {
    return this.staging.findSettingError('DATA_DIR');
  }

  /** @returns null when there is no such object */
  private async find<T>(path: string, use: (key: string) => Promise<T | null>): Promise<T | null> {
    const parsed = parseBinaryPath(path);
    if (parsed === null) return null;
    try {
      return await use(this.prefix + parsed);
    } catch (error) {
      if (isImpossibleKey(error)) return null;
      if (!isMissing(error)) throw this.asFailure(error);
      await this.requireBucket();
      return null;
    }
  }

  /** A bucket that was removed must not look as if every file in it had been. */
  private async requireBucket(): Promise<void> {
    try {
      await this.calls.headBucket();
    } catch (error) {
      throw this.asFailure(isMissing(error) ? { name: 'NoSuchBucket' } : error);
    }
  }

  /** The log gets all there is. */
  private asFailure(error: unknown, advice = 'nothing was changed'): Error {
    if (error instanceof DomainError) return error;
    const { sentence } = faultOf(error, this.calls.bucket);
    this.logger.error(`${sentence}: ${String((error as Partial<Error>).message)}`);
    return new DomainError('STORE_UNAVAILABLE', `${sentence}; ${advice}.`);
  }
}

/** Listings know fractions of seconds, other answers do not. */
function stateOf(size: number, { ETag = '', LastModified }: ObjectAnswer): FileState {
  const seconds = Math.floor((LastModified?.getTime() ?? 0) / 1000);
  return { size, look: `${size}-${seconds}-${ETag}` };
}

/** @returns null when the answer is not a part */
function wholeSize(contentRange: string | undefined): number | null {
  const [, size] = /^bytes \d+-\d+\/(\d+)$/.exec(contentRange ?? '') ?? [];
  return size === undefined ? null : Number(size);
}
