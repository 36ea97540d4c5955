import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Creates the folder if necessary and checks that a file can be written there.
 * @param needsLinks also checks that the file system supports hard links, with which the store publishes a file without
 * ever replacing another
 * @returns a sentence that describes the error, or null
 */
export function findDirectoryError(name: string, path: string, needsLinks = false): string | null {
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
        // The error above has already been reported.
      }
    }
  }
}
