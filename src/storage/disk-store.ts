import { createHash, randomUUID } from 'node:crypto';
import { constants, createReadStream, type Stats } from 'node:fs';
import {
  link,
  mkdir,
  open,
  readdir,
  realpath,
  stat,
  unlink,
  utimes,
  type FileHandle,
} from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { Logger } from '@nestjs/common';
import { findDirectoryError } from '../config/directories.js';
import type { ByteRange } from '../domain/byte-range.js';
import { DomainError } from '../domain/errors.js';
import { FileBytes } from './disk/file-bytes.js';
import { isErrno, isFileSystemError, isMissing } from './disk/fs-error.js';
import { isLeftover } from './disk/leftovers.js';
import { listFiles, lookOf } from './disk/list-files.js';
import { markText, ownMark } from './disk/process-mark.js';
import { findRoomError } from './disk/room.js';
import {
  FirmwareStore,
  type FileContent,
  type FileState,
  type ListedFile,
  type StagedFile,
} from './firmware-store.js';
import { hashOf } from './hash-of.js';
import { parseBinaryPath } from './store-path.js';

const STAGING = '.uploads';

/** Binaries as plain files in a folder, so that they can be looked at, copied and backed up as such. */
export class DiskStore extends FirmwareStore {
  private readonly logger = new Logger('FirmwareStore');
  private readonly staging: string;
  private readonly mark = ownMark();

  /** @param root absolute */
  constructor(private readonly root: string) {
    super();
    this.staging = join(root, STAGING);
  }

  async stage(bytes: AsyncIterable<Buffer>): Promise<StagedFile> {
    const token = `${markText(await this.mark)}.${randomUUID()}.part`;
    const path = join(this.staging, token);
    try {
      await mkdir(this.staging, { recursive: true });
      const file = await open(path, 'wx', 0o644);
      try {
        return { token, ...(await writeSynced(bytes, file)) };
      } finally {
        await file.close();
      }
    } catch (error) {
      await unlink(path).catch(() => undefined);
      throw this.asFailure(error);
    }
  }

  async *readStaged({ token }: Pick<StagedFile, 'token'>, length: number): AsyncGenerator<Buffer> {
    if (length === 0) return;
    try {
      yield* createReadStream(join(this.staging, token), { end: length - 1 }) as AsyncIterable<Buffer>;
    } catch (error) {
      throw this.asFailure(error);
    }
  }

  async discard({ token }: Pick<StagedFile, 'token'>): Promise<void> {
    await unlink(join(this.staging, token)).catch((error: unknown) => {
      if (!isMissing(error)) this.logger.warn(`The temporary file ${token} stays: ${String(error)}`);
    });
  }

  /** A link, unlike a rename, never replaces what is there. */
  protected async publishAs(staged: StagedFile, path: string): Promise<boolean> {
    const target = join(this.root, path);
    try {
      await this.makeFolder(dirname(path));
      try {
        await link(join(this.staging, staged.token), target);
      } catch (error) {
        if (!isErrno(error, 'EEXIST')) throw error;
        if (!(await this.hasBytesOf(staged, path))) return false;
        // It counts as new: nobody may remove it as unused before it is registered.
        const now = new Date();
        await utimes(target, now, now).catch(() => undefined);
      }
      await syncFolder(dirname(target));
      return true;
    } catch (error) {
      throw this.asFailure(error);
    }
  }

  stat(path: string): Promise<FileState | null> {
    return this.find(path, async (real) => {
      const stats = await stat(real);
      return stats.isFile() ? stateOf(stats) : null;
    });
  }

  read(path: string, range?: ByteRange): Promise<FileContent | null> {
    return this.find(path, async (real) => {
      // Opening a named pipe would otherwise wait for a writer.
      const file = await open(real, constants.O_RDONLY | constants.O_NONBLOCK);
      const stats = await file.stat();
      if (!stats.isFile()) {
        await file.close();
        return null;
      }
      const wanted = range ?? { start: 0, end: stats.size - 1 };
      return { ...stateOf(stats), bytes: new FileBytes(file, wanted, (error) => this.asFailure(error)) };
    });
  }

  async *list(): AsyncGenerator<ListedFile> {
    try {
      yield* listFiles(this.root);
    } catch (error) {
      throw this.asFailure(error);
    }
  }

  async remove(binaryPath: string): Promise<void> {
    const path = parseBinaryPath(binaryPath);
    if (path === null) return;
    try {
      await unlink(join(this.root, path));
      await syncFolder(dirname(join(this.root, path)));
    } catch (error) {
      if (!isMissing(error)) this.logger.warn(`The file ${path} stays in the store: ${String(error)}`);
    }
  }

  async findLeftovers(): Promise<string[]> {
    const found: string[] = [];
    for (const name of await readdir(this.staging).catch(() => [])) {
      if (await isLeftover(name, join(this.staging, name), await this.mark)) found.push(name);
    }
    return found;
  }

  async clearLeftovers(): Promise<void> {
    for (const name of await this.findLeftovers()) {
      await unlink(join(this.staging, name)).catch(() => undefined);
      this.logger.log(`Removed ${name}, which an upload left unfinished.`);
    }
  }

  findError(): Promise<string | null> {
    return findRoomError(this.root);
  }

  findSettingError(): string | null {
    return findDirectoryError('FIRMWARE_STORE', this.root, true);
  }

  /** @param use gets a path without links that lies within the store. @returns null when there is no such path */
  private async find<T>(path: string, use: (real: string) => Promise<T | null>): Promise<T | null> {
    const parsed = parseBinaryPath(path);
    if (parsed === null) return null;
    try {
      const [real, root] = await Promise.all([realpath(join(this.root, parsed)), realpath(this.root)]);
      return real.startsWith(root + sep) ? await use(real) : null;
    } catch (error) {
      if (isMissing(error)) return null;
      throw this.asFailure(error);
    }
  }

  private async hasBytesOf(staged: StagedFile, path: string): Promise<boolean> {
    const present = await this.read(path);
    return present !== null && (await hashOf(present.bytes)) === staged.hash;
  }

  private async makeFolder(deviceType: string): Promise<void> {
    const folder = join(this.root, deviceType);
    const made = await mkdir(folder, { recursive: true });
    if (made !== undefined) await syncFolder(this.root);
    const [real, root] = await Promise.all([realpath(folder), realpath(this.root)]);
    if (real === root || real.startsWith(root + sep)) return;
    // What lies outside is never served, so it is not taken either.
    throw new DomainError(
      'STORE_UNAVAILABLE',
      `The folder ${deviceType} of the firmware store is a link that leads out of it; replace it by a folder.`,
    );
  }

  /** The client is told that it is the server's fault; the log which file and why. Other errors stay as they are. */
  private asFailure(error: unknown): Error {
    if (!isFileSystemError(error)) return error as Error;
    this.logger.error(`The firmware store cannot be used: ${error.message}`);
    const reason = error.code === 'ENOSPC' ? 'The disk of the firmware store is full' : 'It cannot be used';
    return new DomainError(
      'STORE_UNAVAILABLE',
      `${reason} (${error.code ?? 'unknown'}); nothing was changed.`,
    );
  }
}

const stateOf = (stats: Stats): FileState => ({ size: stats.size, look: lookOf(stats) });

async function writeSynced(
  bytes: AsyncIterable<Buffer>,
  file: FileHandle,
): Promise<Pick<StagedFile, 'size' | 'hash'>> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of bytes) {
    hash.update(chunk);
    size += chunk.length;
    for (let written = 0; written < chunk.length;) {
      written += (await file.write(chunk, written)).bytesWritten;
    }
  }
  await file.sync();
  return { size, hash: hash.digest('hex') };
}

/** A name in a folder is on disk only when the folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
