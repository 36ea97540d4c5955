import type { Stats } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ListedFile } from '../firmware-store.js';

/** What explains the folder to people is not firmware. */
const README = /^readme(\.\w+)?$/i;

/** A file that was written to has another time, one that was replaced another inode. */
export const lookOf = ({ size, mtimeMs, ino }: Stats): string => `${size}-${mtimeMs}-${ino}`;

/**
 * Every regular file below a folder, in the order of names within each folder. Links are not followed. Hidden files and
 * folders are left out: they are the store's own, such as uploads under way.
 * @throws NodeJS.ErrnoException when a folder cannot be read; what vanishes meanwhile is left out
 */
export async function* listFiles(root: string, folder = ''): AsyncGenerator<ListedFile> {
  for (const name of (await ifThere(readdir(join(root, folder))))?.sort() ?? []) {
    if (name.startsWith('.') || README.test(name)) continue;
    const path = folder === '' ? name : `${folder}/${name}`;
    const stats = await ifThere(lstat(join(root, path)));
    if (stats?.isDirectory()) yield* listFiles(root, path);
    else if (stats?.isFile()) {
      yield { path, size: stats.size, look: lookOf(stats), modifiedAt: stats.mtimeMs };
    }
  }
}

async function ifThere<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
}
