import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { filesIn, runTool } from './build-server.mjs';

const FOLDER = 'web';
const FILES = ['package-lock.json'];
/** What is no part of the console. */
const IS_BESIDE = /\.(md|spec\.tsx?)$/;
const OUTPUT = 'dist/web';
/** A hash of the inputs of the last successful build, and its output files. */
const STAMP = 'dist/.console-stamp.json';

/**
 * Builds the web console into dist/web unless it is up to date.
 * @param {string} root the folder of the project
 * @param {(root: string) => Promise<boolean>} bundle resolves to whether it succeeded
 * @param {() => void} onBegin called before the build starts
 * @returns {Promise<'unchanged' | 'built' | 'failed'>}
 */
export async function buildConsoleIfChanged(root, bundle, onBegin = () => undefined) {
  if (!existsSync(join(root, FOLDER))) return 'unchanged';
  const sources = hashOfSources(root);
  if (isUpToDate(root, sources)) return 'unchanged';
  onBegin();
  rmSync(join(root, STAMP), { force: true });
  if (!(await bundle(root))) return 'failed';
  mkdirSync(join(root, 'dist'), { recursive: true });
  writeFileSync(join(root, STAMP), JSON.stringify({ sources, outputs: filesIn(root, OUTPUT) }));
  return 'built';
}

/** Runs Vite. */
export function bundleConsole(root) {
  const vite = join(root, 'node_modules/vite/bin/vite.js');
  if (existsSync(vite)) return runTool(root, [vite, 'build', FOLDER, '--logLevel', 'warn']);
  process.stderr.write(
    'The console must be built, but Vite is not installed. Run `npm ci` without --omit=dev, then try again.\n',
  );
  return Promise.resolve(false);
}

function hashOfSources(root) {
  const hash = createHash('sha256');
  const files = [...FILES, ...filesIn(root, FOLDER).filter((file) => !IS_BESIDE.test(file))];
  for (const file of files.sort()) {
    if (!existsSync(join(root, file))) continue;
    const content = readFileSync(join(root, file));
    hash.update(`${file}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

function isUpToDate(root, sources) {
  try {
    const stamp = JSON.parse(readFileSync(join(root, STAMP), 'utf8'));
    return stamp.sources === sources && stamp.outputs.every((file) => existsSync(join(root, file)));
  } catch {
    return false;
  }
}
