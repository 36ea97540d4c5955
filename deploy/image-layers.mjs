import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * `node deploy/image-layers.mjs` prints how large the layers are that deploy/Dockerfile adds to its base image, without a
 * Docker: each COPY of the last stage is packed as a registry would keep it, from what `production-install.mjs` puts into
 * a folder. The base image itself is not looked at. Run `npm run build` before.
 */
const root = fileURLToPath(new URL('..', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'ota-image-'));
try {
  const app = join(scratch, 'app');
  execFileSync(process.execPath, [join(root, 'deploy/production-install.mjs'), app], { stdio: 'ignore' });
  const rows = copiesOfLastStage().map((paths) => rowOf(app, paths));
  const sum = (index) => rows.reduce((total, row) => total + row[index], 0);
  const lines = [...rows, ['all', sum(1), sum(2), sum(3)]].map(
    ([name, files, bytes, packed]) => `| ${name} | ${files} | ${megabytes(bytes)} | ${megabytes(packed)} |`,
  );
  process.stdout.write(
    `| layer | files | MB | MB packed (gzip) |\n| --- | ---: | ---: | ---: |\n${lines.join('\n')}\n`,
  );
} finally {
  rmSync(scratch, { recursive: true });
}

/** What the COPY lines take out of /app of the build: for each, the paths within it. */
function copiesOfLastStage() {
  const lines = readFileSync(join(root, 'deploy/Dockerfile'), 'utf8').split('\n');
  const last = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM ')));
  const copies = last.flatMap((line) => {
    const [command, from, ...paths] = line.split(/\s+/);
    return command === 'COPY' && from === '--from=build' ? [paths.slice(0, -1)] : [];
  });
  if (copies.length === 0) throw new Error('The last stage of deploy/Dockerfile copies nothing.');
  return copies.map((paths) => paths.map((path) => path.replace(/^\/app\/?/, '') || '.'));
}

function rowOf(app, paths) {
  const files = paths.flatMap((path) => filesIn(join(app, path)));
  const bytes = files.reduce((sum, path) => sum + statSync(path).size, 0);
  const archive = join(scratch, 'layer.tar.gz');
  execFileSync('tar', ['-C', app, '-czf', archive, ...paths]);
  return [`\`${paths.join('`, `')}\``, files.length, bytes, statSync(archive).size];
}

function filesIn(path) {
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

function megabytes(bytes) {
  return (bytes / 1e6).toFixed(1);
}
