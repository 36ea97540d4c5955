import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** `npm run console:size`: what a browser loads of the console, in gzipped kilobytes, and whether it is within its budget. */

const FOLDER = 'dist/web';
/** In kilobytes (1000 bytes). */
const BUDGET = { login: 80, firstPage: 200, route: 25, all: 280, styles: 8, font: 50 } as const;

interface Chunk {
  readonly file: string;
  readonly src?: string;
  readonly isEntry?: boolean;
  readonly imports?: readonly string[];
  readonly css?: readonly string[];
}

const manifest = JSON.parse(readFileSync(join(FOLDER, '.vite/manifest.json'), 'utf8')) as Record<
  string,
  Chunk
>;
const bytesOf = (file: string): number => gzipSync(readFileSync(join(FOLDER, file)), { level: 9 }).length;

/** The names of a chunk and of all that it needs before it runs. */
function withImports(name: string, seen = new Set<string>()): Set<string> {
  if (seen.has(name)) return seen;
  seen.add(name);
  for (const imported of manifest[name]?.imports ?? []) withImports(imported, seen);
  return seen;
}

const sizeOf = (names: Iterable<string>): number =>
  [...new Set([...names].map((name) => manifest[name]?.file ?? ''))]
    .filter((file) => file.endsWith('.js'))
    .reduce((sum, file) => sum + bytesOf(file), 0);

const entry = Object.keys(manifest).find((name) => manifest[name]?.isEntry === true) ?? '';
const app = Object.keys(manifest).find((name) => name.endsWith('src/app.tsx')) ?? '';
const pages = Object.keys(manifest).filter((name) => /src\/pages\/.+\/page\.tsx$/.test(name));
const login = withImports(entry);
const frame = new Set([...login, ...withImports(app)]);
const files = readdirSync(join(FOLDER, 'assets'));

const routes = pages.map((page) => {
  const own = [...withImports(page)].filter((name) => !frame.has(name));
  return { name: /pages\/([^/]+)\//.exec(page)?.[1] ?? page, bytes: sizeOf(own), own };
});
const largest = routes.reduce((most, route) => (route.bytes > most.bytes ? route : most));
const first = routes.find(({ name }) => name === 'fleet')?.own ?? [];

const rows: readonly (readonly [string, number, number])[] = [
  ['login, JS', sizeOf(login), BUDGET.login],
  ['login, CSS', (manifest[entry]?.css ?? []).reduce((sum, file) => sum + bytesOf(file), 0), BUDGET.styles],
  ['first page, all JS', sizeOf([...frame, ...first]), BUDGET.firstPage],
  [`largest route (${largest.name})`, largest.bytes, BUDGET.route],
  [
    'all JS',
    files.filter((name) => name.endsWith('.js')).reduce((sum, name) => sum + bytesOf(`assets/${name}`), 0),
    BUDGET.all,
  ],
  [
    'font',
    Math.max(
      ...files
        .filter((name) => /latin-wght.*\.woff2$/.test(name))
        .map((name) => readFileSync(join(FOLDER, 'assets', name)).length),
    ),
    BUDGET.font,
  ],
];
const kilobytes = (bytes: number): string => (bytes / 1000).toFixed(1).padStart(7);
for (const [name, bytes, budget] of rows) {
  const verdict = bytes > budget * 1000 ? 'OVER' : '';
  process.stdout.write(
    `${name.padEnd(32)}${kilobytes(bytes)} KB of ${String(budget).padStart(3)} ${verdict}\n`,
  );
}
for (const { name, bytes } of routes.sort((one, other) => other.bytes - one.bytes)) {
  process.stdout.write(`  route ${name.padEnd(24)}${kilobytes(bytes)} KB\n`);
}
if (rows.some(([, bytes, budget]) => bytes > budget * 1000)) process.exitCode = 1;
