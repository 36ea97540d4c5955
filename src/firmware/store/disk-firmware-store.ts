import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
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
import { Readable } from 'node:stream';
import { isNativeError } from 'node:util/types';
import { Logger } from '@nestjs/common';
import { DomainError } from '../../domain/errors.js';
import type { FileReading } from '../../domain/esp-image/esp-image.js';
import { FileReader, readFile } from '../../domain/esp-image/file-reader.js';
import { FirmwareStore, type StagedFile, type StoredFile } from './firmware-store.js';
import { listFiles, type ListedFile } from './store-files.js';
import { hasEnded, markText, ownMark, parseMark, type ProcessMark } from './process-mark.js';
import { parseBinaryPath } from './store-path.js';
import { findRoomFault } from './store-room.js';

const STAGING = '.uploads';
/** An upload that stalls is given up long before; while it moves, its file is written to. */
const STALE_AFTER_MS = 3600 * 1000;
const HASH_IN_NAME = 12;
const READ_BYTES = 256 * 1024;

/** Binaries as plain files in a folder, so that they can be looked at, copied and backed up as such. */
export class DiskFirmwareStore extends FirmwareStore {
  private readonly logger = new Logger('FirmwareStore');
  private readonly staging: string;
  private readonly mark = ownMark();

  /** @param root absolute; must exist */
  constructor(private readonly root: string) {
    super();
    this.staging = join(root, STAGING);
  }

  async stage(bytes: Readable): Promise<StagedFile> {
    const token = `${markText(await this.mark)}.${randomUUID()}.part`;
    const path = join(this.staging, token);
    try {
      await mkdir(this.staging, { recursive: true });
      const file = await open(path, 'wx+', 0o644);
      try {
        return { token, ...(await receive(bytes, file)) };
      } finally {
        await file.close();
      }
    } catch (error) {
      await unlink(path).catch(() => undefined);
      throw isFileSystemError(error) ? this.unavailable(error) : error;
    }
  }

  async discard({ token }: Pick<StagedFile, 'token'>): Promise<void> {
    await unlink(join(this.staging, token)).catch((error: unknown) => {
      if (!isMissing(error)) this.logger.warn(`The temporary file ${token} stays: ${String(error)}`);
    });
  }

  async publish(staged: StagedFile, deviceType: string, version: string): Promise<string> {
    const plain = `${deviceType}/v${version}.bin`;
    const withHash = `${deviceType}/v${version}-${staged.hash.slice(0, HASH_IN_NAME)}.bin`;
    const source = join(this.staging, staged.token);
    try {
      await this.makeFolder(deviceType);
      for (const binaryPath of [plain, withHash]) {
        if (await this.linkOrRecognise(source, binaryPath, staged)) {
          await syncFolder(dirname(join(this.root, binaryPath)));
          return binaryPath;
        }
      }
    } catch (error) {
      throw isFileSystemError(error) ? this.unavailable(error) : error;
    } finally {
      await this.discard(staged);
    }
    throw new DomainError(
      'STORE_UNAVAILABLE',
      `${plain} and ${withHash} are both taken by other bytes in the firmware store; move one of them away.`,
    );
  }

  async open(binaryPath: string): Promise<StoredFile | null> {
    const path = parseBinaryPath(binaryPath);
    if (path === null) return null;
    try {
      const [real, root] = await Promise.all([realpath(join(this.root, path)), realpath(this.root)]);
      if (!real.startsWith(root + sep)) return null;
      // Not to wait for a writer, should it be a pipe.
      const handle = await open(real, constants.O_RDONLY | constants.O_NONBLOCK);
      const stats = await handle.stat();
      if (stats.isFile()) return { handle, size: stats.size, modifiedAt: stats.mtimeMs };
      await handle.close();
      return null;
    } catch (error) {
      if (isMissing(error)) return null;
      throw isFileSystemError(error) ? this.unavailable(error) : error;
    }
  }

  async read(binaryPath: string): Promise<FileReading | null> {
    const file = await this.open(binaryPath);
    if (!file) return null;
    try {
      return await readFile((length) => bytesOf(file.handle, length));
    } catch (error) {
      throw isFileSystemError(error) ? this.unavailable(error) : error;
    } finally {
      await file.handle.close();
    }
  }

  async calculateHash(binaryPath: string): Promise<string | null> {
    return (await this.read(binaryPath))?.hash ?? null;
  }

  findFault(): Promise<string | null> {
    return findRoomFault(this.root);
  }

  list(): Promise<ListedFile[]> {
    return listFiles(this.root).catch((error: unknown) => {
      throw isFileSystemError(error) ? this.unavailable(error) : error;
    });
  }

  async remove(binaryPath: string): Promise<void> {
    const path = join(this.root, binaryPath);
    try {
      await unlink(path);
      await syncFolder(dirname(path));
    } catch (error) {
      if (!isMissing(error)) this.logger.warn(`The file ${binaryPath} stays in the store: ${String(error)}`);
    }
  }

  async clearLeftovers(): Promise<void> {
    const names = await readdir(this.staging).catch(() => []);
    for (const name of names) {
      const path = join(this.staging, name);
      if (!(await isLeftover(name, path, await this.mark))) continue;
      await unlink(path).catch(() => undefined);
      this.logger.log(`Removed ${name}, which an upload left unfinished.`);
    }
  }

  private async makeFolder(deviceType: string): Promise<void> {
    const folder = join(this.root, deviceType);
    const made = await mkdir(folder, { recursive: true });
    if (made !== undefined) await syncFolder(this.root);
    const [real, root] = await Promise.all([realpath(folder), realpath(this.root)]);
    if (real.startsWith(root + sep)) return;
    // What lies outside is never served, so it is not taken either.
    throw new DomainError(
      'STORE_UNAVAILABLE',
      `The folder ${deviceType} of the firmware store is a link that leads out of it; replace it by a folder.`,
    );
  }

  /** A link, unlike a rename, never replaces what is there. @returns whether the bytes now stand under that name */
  private async linkOrRecognise(source: string, binaryPath: string, staged: StagedFile): Promise<boolean> {
    try {
      await link(source, join(this.root, binaryPath));
      return true;
    } catch (error) {
      if (!isErrno(error, 'EEXIST')) throw error;
      if ((await this.calculateHash(binaryPath)) !== staged.hash) return false;
      // It counts as new: nobody may remove it as unused before it is registered.
      const now = new Date();
      await utimes(join(this.root, binaryPath), now, now).catch(() => undefined);
      return true;
    }
  }

  /** The client is told that it is the server's fault; the log which file and why. */
  private unavailable(error: NodeJS.ErrnoException): DomainError {
    this.logger.error(`The firmware store cannot be used: ${error.message}`);
    const reason = error.code === 'ENOSPC' ? 'The disk of the firmware store is full' : 'It cannot be used';
    return new DomainError(
      'STORE_UNAVAILABLE',
      `${reason} (${error.code ?? 'unknown'}); nothing was changed.`,
    );
  }
}

async function receive(bytes: Readable, file: FileHandle): Promise<FileReading> {
  const reader = new FileReader();
  for await (const chunk of bytes as AsyncIterable<Buffer>) {
    reader.push(chunk);
    await writeAll(file, chunk);
  }
  await file.sync();
  return reader.finish((length) => bytesOf(file, length));
}

/** From the start; leaves the file open. */
function bytesOf(file: FileHandle, length = Infinity): AsyncIterable<Buffer> {
  if (length === 0) return Readable.from([]);
  return file.createReadStream({ start: 0, end: length - 1, autoClose: false, highWaterMark: READ_BYTES });
}

async function writeAll(file: FileHandle, chunk: Buffer): Promise<void> {
  for (let written = 0; written < chunk.length;) {
    written += (await file.write(chunk, written)).bytesWritten;
  }
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

/** Of a process that is known to have ended; of any other, only when nobody has written to it for long. */
async function isLeftover(name: string, path: string, own: ProcessMark): Promise<boolean> {
  const [, text = ''] = /^(.+)\.[0-9a-f-]{36}\.part$/.exec(name) ?? [];
  const mark = parseMark(text);
  const ended = mark ? await hasEnded(mark, own) : null;
  if (ended !== null) return ended;
  const stats = await stat(path).catch(() => null);
  return stats !== null && Date.now() - stats.mtimeMs > STALE_AFTER_MS;
}

function isErrno(error: unknown, code: string): boolean {
  return isFileSystemError(error) && error.code === code;
}

const isMissing = (error: unknown): boolean =>
  ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG', 'ENXIO'].some((code) => isErrno(error, code));

function isFileSystemError(error: unknown): error is NodeJS.ErrnoException {
  return isNativeError(error) && 'syscall' in error;
}
