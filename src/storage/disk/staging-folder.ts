import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, unlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '@nestjs/common';
import { findDirectoryError } from '../../config/directories.js';
import type { StagedFile } from '../firmware-store.js';
import type { Staging } from '../staging.js';
import { diskFailure } from './disk-failure.js';
import { isMissing } from './fs-error.js';
import { isLeftover } from './leftovers.js';
import { markText, ownMark } from './process-mark.js';

/** Uploads as files whose names tell the process that they belong to. */
export class StagingFolder implements Staging {
  private readonly mark = ownMark();

  constructor(
    /** Absolute. */
    private readonly folder: string,
    /** What is kept there, for sentences about errors. */
    private readonly what: string,
    private readonly logger: Logger,
  ) {}

  pathOf({ token }: Pick<StagedFile, 'token'>): string {
    return join(this.folder, token);
  }

  async stage(bytes: AsyncIterable<Buffer>): Promise<StagedFile> {
    const token = `${markText(await this.mark)}.${randomUUID()}.part`;
    const path = this.pathOf({ token });
    try {
      await mkdir(this.folder, { recursive: true });
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

  async *readStaged(staged: Pick<StagedFile, 'token'>, length: number): AsyncGenerator<Buffer> {
    if (length === 0) return;
    try {
      yield* createReadStream(this.pathOf(staged), { end: length - 1 }) as AsyncIterable<Buffer>;
    } catch (error) {
      throw this.asFailure(error);
    }
  }

  async discard(staged: Pick<StagedFile, 'token'>): Promise<void> {
    await unlink(this.pathOf(staged)).catch((error: unknown) => {
      if (!isMissing(error)) this.logger.warn(`The temporary file ${staged.token} stays: ${String(error)}`);
    });
  }

  async findLeftovers(): Promise<string[]> {
    const found: string[] = [];
    for (const name of await readdir(this.folder).catch(() => [])) {
      if (await isLeftover(name, join(this.folder, name), await this.mark)) found.push(name);
    }
    return found;
  }

  async clearLeftovers(): Promise<void> {
    for (const name of await this.findLeftovers()) {
      await unlink(join(this.folder, name)).catch(() => undefined);
      this.logger.log(`Removed ${name}, which an upload left unfinished.`);
    }
  }

  findSettingError(name: string): string | null {
    return findDirectoryError(name, this.folder);
  }

  private asFailure(error: unknown): Error {
    return diskFailure(error, this.what, this.logger);
  }
}

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
