import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** A file of the store as a listing shows it. */
export interface ListedFile {
  /** Relative to the store. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** When it was last written, in milliseconds since 1970. */
  readonly modifiedAt: number;
}

/** What explains the folder to people is not firmware. */
const README = /^readme(\.\w+)?$/i;

/**
 * Every regular file below a folder, in the order of names within each folder. Links are not followed. Hidden files and
 * folders are left out: they are the store's own, such as uploads under way.
 * @throws NodeJS.ErrnoException when a folder cannot be read; what vanishes meanwhile is left out
 */
export async function listFiles(root: string, folder = ''): Promise<ListedFile[]> {
  const files: ListedFile[] = [];
  for (const name of (await ifThere(readdir(join(root, folder))))?.sort() ?? []) {
    if (name.startsWith('.') || README.test(name)) continue;
    const path = folder === '' ? name : `${folder}/${name}`;
    const stats = await ifThere(lstat(join(root, path)));
    if (stats?.isDirectory()) files.push(...(await listFiles(root, path)));
    else if (stats?.isFile()) files.push({ path, size: stats.size, modifiedAt: stats.mtimeMs });
  }
  return files;
}

async function ifThere<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
}
