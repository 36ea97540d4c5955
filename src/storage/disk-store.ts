import { constants, type Stats } from 'node:fs';
import { link, mkdir, open, realpath, stat, unlink, utimes } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { Logger } from '@nestjs/common';
import { findDirectoryError } from '../config/directories.js';
import type { ByteRange } from '../domain/byte-range.js';
import { DomainError } from '../domain/errors.js';
import { diskFailure } from './disk/disk-failure.js';
import { FileBytes } from './disk/file-bytes.js';
import { isErrno, isMissing } from './disk/fs-error.js';
import { listFiles, lookOf } from './disk/list-files.js';
import { findRoomError } from './disk/room.js';
import { StagingFolder } from './disk/staging-folder.js';
import {
  FirmwareStore,
  type FileContent,
  type FileState,
  type ListedFile,
  type StagedFile,
} from './firmware-store.js';
import { hashOf } from './hash-of.js';
import { parseBinaryPath, type FileNaming } from './store-path.js';

const STAGING = '.uploads';
const WHAT = 'the firmware store';

/** Binaries as plain files in a folder, so that they can be looked at, copied and backed up as such. */
export class DiskStore extends FirmwareStore {
  private readonly logger = new Logger('FirmwareStore');
  private readonly staging: StagingFolder;

  /** @param root absolute */
  constructor(
    private readonly root: string,
    naming?: FileNaming,
  ) {
    super(naming);
    this.staging = new StagingFolder(join(root, STAGING), WHAT, this.logger);
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

  /** A link, unlike a rename, never replaces what is there. */
  protected async publishAs(staged: StagedFile, path: string): Promise<boolean> {
    const target = join(this.root, path);
    try {
      await this.makeFolder(dirname(path));
      try {
        await link(this.staging.pathOf(staged), target);
      } catch (error) {
        if (!isErrno(error, 'EEXIST')) throw error;
        if ((await this.hashOf(path)) !== staged.hash) return false;
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

  async hashOf(path: string): Promise<string | null> {
    const file = await this.read(path);
    return file && hashOf(file.bytes);
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

  findLeftovers(): Promise<string[]> {
    return this.staging.findLeftovers();
  }

  clearLeftovers(): Promise<void> {
    return this.staging.clearLeftovers();
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

  private asFailure(error: unknown): Error {
    return diskFailure(error, WHAT, this.logger);
  }
}

const stateOf = (stats: Stats): FileState => ({ size: stats.size, look: lookOf(stats) });

/** A name in a folder is on disk only when the folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
