import { fileURLToPath } from 'node:url';
import { buildConsoleIfChanged, bundleConsole } from './build-console.mjs';
import { buildIfChanged, compileProject } from './build-server.mjs';

/**
 * Builds the server and its console, each unless it is up to date.
 * @param {() => void} onBegin called before either is built
 * @returns {Promise<boolean>} whether both are there
 */
export async function build(root, onBegin = () => undefined) {
  let hasBegun = false;
  const begin = () => {
    if (!hasBegun) onBegin();
    hasBegun = true;
  };
  const results = await Promise.all([
    buildIfChanged(root, compileProject, begin),
    buildConsoleIfChanged(root, bundleConsole, begin),
  ]);
  return !results.includes('failed');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = fileURLToPath(new URL('..', import.meta.url));
  process.exitCode = (await build(root)) ? 0 : 1;
}
