import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where the build puts the files of the console. The sources, which tests run, find those of the last build. */
export function consoleFolder(): string {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  return basename(root) === 'dist' ? join(root, 'web') : join(root, 'dist', 'web');
}
