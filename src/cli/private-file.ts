import { randomUUID } from 'node:crypto';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CommandFailure } from './api/failure.js';

/**
 * Writes a file that only its owner can read, whole or not at all. It is created before `make` is called, so that nothing
 * is done whose result could not be kept; an earlier file of the name is replaced at the end.
 * @throws CommandFailure if it cannot be written
 */
export async function writePrivateFile(path: string, make: () => Promise<string>): Promise<void> {
  const draft = join(dirname(path), `.ota-${randomUUID()}`);
  const file = await open(draft, 'wx', 0o600).catch((error: unknown) => {
    throw cannotWrite(path, error);
  });
  try {
    const content = await make();
    await write(file, content, path);
    await rename(draft, path).catch((error: unknown) => {
      throw cannotWrite(path, error);
    });
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(draft, { force: true });
    throw error;
  }
}

async function write(file: FileHandle, content: string, path: string): Promise<void> {
  try {
    await file.writeFile(content);
    await file.sync();
    await file.close();
  } catch (error) {
    throw cannotWrite(path, error);
  }
}

const cannotWrite = (path: string, error: unknown): CommandFailure =>
  new CommandFailure(`The file ${path} cannot be written: ${(error as Error).message}.`);
