import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export interface VersionBefore {
  readonly commit: string;
  readonly subject: string;
  /** Names of the migrations that it does not have, such as `Rollouts0024`. */
  readonly migrations: readonly string[];
}

const git = (...args: string[]): string =>
  execFileSync('git', args, {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();

/** The newest commit whose migrations are those of this version, less the newest ones. */
export function findVersionBefore(): VersionBefore | null {
  let commits: string[];
  try {
    commits = git('log', '--format=%H', '--', 'migrations').split('\n');
  } catch {
    return null;
  }
  const now = migrationsOf('HEAD');
  for (const changed of commits) {
    // Its parents stood before something about the migrations changed.
    for (const commit of git('rev-list', '--parents', '-n', '1', changed).split(' ').slice(1)) {
      const then = migrationsOf(commit);
      const isBefore =
        then.size > 0 && then.size < now.size && [...then].every(([path, blob]) => now.get(path) === blob);
      if (!isBefore) continue;
      const migrations = [...now.keys()].filter((path) => !then.has(path)).map(nameOf);
      return { commit, subject: git('log', '-1', '--format=%s', commit), migrations };
    }
  }
  return null;
}

/** Builds a commit in a folder of its own, with the packages of this version. */
export async function withBuiltVersion<T>(commit: string, work: (root: string) => Promise<T>): Promise<T> {
  const root = join(mkdtempSync(join(tmpdir(), 'ota-test-version-')), 'tree');
  git('worktree', 'add', '--detach', root, commit);
  try {
    symlinkSync(resolve('node_modules'), join(root, 'node_modules'));
    execFileSync(process.execPath, ['tools/build.mjs'], { cwd: root, stdio: 'pipe' });
    return await work(root);
  } finally {
    git('worktree', 'remove', '--force', root);
    rmSync(join(root, '..'), { recursive: true, force: true });
  }
}

/** Paths of the migrations of a commit, with the ids of their contents. */
function migrationsOf(commit: string): Map<string, string> {
  const lines = git('ls-tree', commit, 'migrations/').split('\n');
  const files = lines
    .map((line) => /^\d+ blob (\w+)\t(migrations\/\d{4}-.*\.ts)$/.exec(line))
    .filter((one) => one !== null);
  return new Map(files.map(([, blob = '', path = '']) => [path, blob]));
}

/** `migrations/0024-rollouts.ts` is recorded as `…0024`. */
const nameOf = (path: string): string => /\d{4}/.exec(path)?.[0] ?? path;
