import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from './build.mjs';

process.setSourceMapsEnabled(true);

/**
 * `npm start` builds if the sources have changed, then runs the server, or the program named by the first argument (a
 * path within dist/).
 */
const [, , program = 'src/main.js'] = process.argv;
const root = fileURLToPath(new URL('..', import.meta.url));

// An installation may consist of dist/ alone.
const hasSources = existsSync(new URL('../src/main.ts', import.meta.url));
const isBuilt =
  !hasSources ||
  (await build(root, () => {
    process.stdout.write('Building. This takes up to 30 seconds and is done only after a change.\n');
  }));
if (!isBuilt) process.exitCode = 1;
else await import(new URL(`../dist/${program}`, import.meta.url).href);
