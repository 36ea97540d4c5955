import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/** The inputs of the build. Specs run from their sources, so a changed spec needs no build. */
const FOLDERS = ['src', 'tools', 'migrations', 'bench', 'test', 'esp32-client/host_test'];
const FILES = ['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'];
const isSource = (path) => path.endsWith('.ts') && !path.endsWith('.spec.ts');
/** The compiler's incremental build information; without it, the compiler writes everything again. */
const COMPILER_RECORD = 'dist/.tsbuildinfo';
/** Describes the last successful build: a hash of its sources, and its output files. */
const STAMP = 'dist/.stamp.json';

/**
 * Compiles the sources into dist/ unless dist/ is up to date.
 * @param {string} root the folder of the project
 * @param {(root: string) => Promise<boolean>} compile resolves to whether it succeeded
 * @param {() => void} onBegin called before the compiler starts
 * @returns {Promise<'unchanged' | 'built' | 'failed'>}
 */
export async function buildIfChanged(root, compile, onBegin = () => undefined) {
  const { isComplete, isCurrent, sources } = stateOfBuild(root);
  if (isCurrent) return 'unchanged';

  onBegin();
  rmSync(join(root, STAMP), { force: true });
  // The compiler does not notice if one of its output files was deleted.
  if (!isComplete) rmSync(join(root, COMPILER_RECORD), { force: true });
  if (!(await compile(root))) return 'failed';
  removeStaleOutputs(root);
  makeCommandsExecutable(root);
  // If a source was saved while the compiler ran, the hash differs and the next build compiles it.
  writeStamp(root, { sources, outputs: outputsOf(root) });
  return 'built';
}

/** Whether dist/ is what the compiler would make of the sources. */
export const isUpToDate = (root) => stateOfBuild(root).isCurrent;

function stateOfBuild(root) {
  const sources = hashOfSources(root);
  const stamp = readStamp(root);
  const isComplete = stamp?.outputs.every((file) => existsSync(join(root, file))) ?? false;
  return { sources, isComplete, isCurrent: isComplete && stamp?.sources === sources };
}

/** Runs the TypeScript compiler of the project. */
export function compileProject(root) {
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  if (!existsSync(compiler)) {
    process.stderr.write(
      'The server must be built, but the compiler is not installed. Run `npm ci` without --omit=dev, then try again.\n',
    );
    return Promise.resolve(false);
  }
  return runTool(root, [compiler, '-p', 'tsconfig.build.json']);
}

/**
 * Runs a program of Node to its end, and ends it with this process.
 * @returns {Promise<boolean>} whether it succeeded
 */
export function runTool(root, args) {
  const child = spawn(process.execPath, args, { cwd: root, stdio: 'inherit' });
  const stop = (signal) => {
    child.kill(signal);
    process.exit(1);
  };
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, stop);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      for (const signal of ['SIGTERM', 'SIGINT']) process.off(signal, stop);
      resolve(code === 0);
    });
  });
}

/** Hashes names and contents, because modification times are not reliable. */
function hashOfSources(root) {
  const hash = createHash('sha256');
  const files = [...FILES, ...FOLDERS.flatMap((folder) => filesIn(root, folder).filter(isSource))];
  for (const file of files.sort()) {
    if (!existsSync(join(root, file))) continue;
    const content = readFileSync(join(root, file));
    hash.update(`${file}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

/** The console is built on its own: build-console.mjs. */
const outputsOf = (root) =>
  filesIn(root, 'dist').filter((file) => file.endsWith('.js') && !file.startsWith('dist/web/'));

/** npm does this for packages that it installs; `npx ota` in this folder runs the file as it is. */
function makeCommandsExecutable(root) {
  const { bin = {} } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  for (const file of Object.values(bin)) if (existsSync(join(root, file))) chmodSync(join(root, file), 0o755);
}

/** Removes the output of deleted or renamed sources, which could still be imported. */
function removeStaleOutputs(root) {
  for (const output of outputsOf(root)) {
    const source = output.replace(/^dist\//, '').replace(/\.js$/, '.ts');
    if (existsSync(join(root, source))) continue;
    for (const file of [output, `${output}.map`]) rmSync(join(root, file), { force: true });
  }
}

/** @returns {string[]} paths relative to the root, with forward slashes */
export function filesIn(root, folder) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'));
}

function readStamp(root) {
  try {
    const { sources, outputs } = JSON.parse(readFileSync(join(root, STAMP), 'utf8'));
    return Array.isArray(outputs) ? { sources, outputs } : null;
  } catch {
    return null;
  }
}

function writeStamp(root, stamp) {
  const draft = join(root, `${STAMP}.${process.pid}`);
  writeFileSync(draft, JSON.stringify(stamp));
  renameSync(draft, join(root, STAMP));
}
