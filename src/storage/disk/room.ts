import { constants } from 'node:fs';
import { access, statfs, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { isErrno } from './fs-error.js';

/** Less is no room for a firmware image. */
const MIN_FREE_BYTES = 1024 * 1024;

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'its folder is missing',
  ENOTDIR: 'its folder is missing',
  EROFS: 'its disk is read-only',
  EACCES: 'it cannot be written',
  EPERM: 'it cannot be written',
};

/** Nothing has this name. */
const NO_FILE = '.no-such-file';

/**
 * Whether a folder can be written and has room, without writing to it. Takes as long as a write would have to wait.
 * @returns what is wrong, or null
 */
export async function findRoomError(folder: string): Promise<string | null> {
  try {
    await access(folder, constants.W_OK | constants.X_OK);
    // A file system that is frozen lets everything pass but changes, and this asks for one before it finds nothing to remove.
    await unlink(join(folder, NO_FILE)).catch((error: unknown) => {
      if (!isErrno(error, 'ENOENT')) throw error;
    });
    const { bavail, bsize, files, ffree } = await statfs(folder);
    if (bavail * bsize < MIN_FREE_BYTES) return 'its disk is full';
    // Some file systems have no fixed number of files and say 0.
    if (files > 0 && ffree === 0) return 'its disk can hold no more files';
    return null;
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    return REASONS[code] ?? `it cannot be used (${code})`;
  }
}
