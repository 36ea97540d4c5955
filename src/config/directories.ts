import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Makes the folder if need be and proves that a file can be written there.
 * @param needsLinks also proves that the file system has hard links, by which the store publishes a file without ever
 * replacing another
 * @returns a sentence about what is wrong, or null
 */
export function findDirectoryFault(name: string, path: string, needsLinks = false): string | null {
  const probe = join(path, `.write-probe-${randomUUID()}`);
  const link = `${probe}-link`;
  try {
    mkdirSync(path, { recursive: true });
    writeFileSync(probe, '');
    if (needsLinks) linkSync(probe, link);
    return null;
  } catch (error) {
    const { code = 'unknown error', syscall } = error as NodeJS.ErrnoException;
    if (syscall === 'link') return `${name} (${path}) must be on a file system with hard links (${code}).`;
    return `${name} (${path}) must be a folder that this process can write to (${code}).`;
  } finally {
    for (const file of [probe, link]) {
      try {
        rmSync(file, { force: true });
      } catch {
        // The fault above says it already.
      }
    }
  }
}
