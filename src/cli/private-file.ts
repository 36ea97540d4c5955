import { existsSync, readdirSync, rmSync } from 'node:fs';
import { link, open } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { CommandFailure } from './api/failure.js';

const MODE = 0o600;

/**
 * Writes a file that only its owner may read, and that is there complete or not at all: under another name in the same
 * folder, which begins with its own and is removed when the writing fails, or by the next run when this one is killed.
 * @param write gets a descriptor
 * @throws CommandFailure when there is such a file already, or it cannot be written
 */
export async function writePrivateFile<T>(
  path: string,
  write: (file: number) => Promise<T>,
): Promise<{ result: T; bytes: number }> {
  if (existsSync(path)) throw new CommandFailure(`${path} exists already. Choose another name.`);
  removeAbandoned(path);
  const draft = `${path}.${process.pid}.part`;
  try {
    const file = await open(draft, 'wx', MODE);
    try {
      const result = await write(file.fd);
      await file.sync();
      const { size } = await file.stat();
      // Unlike a rename, it never replaces what another run has written meanwhile.
      await link(draft, path);
      await syncFolder(dirname(path));
      return { result, bytes: size };
    } finally {
      await file.close();
    }
  } catch (error) {
    const { syscall, code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && syscall === 'link')
      throw new CommandFailure(`${path} exists already. Choose another name.`);
    throw syscall === undefined
      ? error
      : new CommandFailure(`${path} cannot be written (${code ?? 'unknown error'}).`);
  } finally {
    rmSync(draft, { force: true });
  }
}

/** What runs have left that were killed. */
function removeAbandoned(path: string): void {
  const folder = dirname(path);
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    const pid = /^(.*)\.(\d+)\.part$/.exec(name);
    if (pid?.[1] === basename(path) && !isAlive(Number(pid[2]))) rmSync(join(folder, name), { force: true });
  }
}

function isAlive(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** A name is on disk only when its folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
