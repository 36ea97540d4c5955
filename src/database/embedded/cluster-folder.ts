import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isAlive } from '../../config/is-alive.js';
import type { PostgresAccount } from './postgres-account.js';
import type { PostgresBinaries } from './postgres-binaries.js';
import { Program } from './program.js';

export interface ClusterOptions {
  /** The path of the cluster. */
  readonly folder: string;
  readonly user: string;
  readonly password: string;
  readonly binaries: PostgresBinaries;
  readonly account: PostgresAccount;
}

/**
 * Creates the folder of a cluster unless it exists. It is created under a temporary name and then renamed, so that a
 * cluster is either complete or absent.
 * @param signal aborts the work; nothing is left behind
 */
export async function makeCluster(options: ClusterOptions, signal: AbortSignal): Promise<void> {
  const { folder, account, binaries } = options;
  const draftPrefix = `${folder}.init-`;
  removeAbandonedDrafts(draftPrefix);
  if (existsSync(folder)) return;

  const draft = `${draftPrefix}${process.pid}`;
  const passwordFile = `${draft}.password`;
  mkdirSync(draft, { mode: 0o700 });
  writeFileSync(passwordFile, options.password, { mode: 0o600 });
  try {
    account.own(draft);
    account.own(passwordFile);
    const initdb = new Program(account, binaries.initdb, [
      `--pgdata=${draft}`,
      `--username=${options.user}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
    ]);
    const stop = (): void => void initdb.stop();
    signal.addEventListener('abort', stop);
    const code = await initdb.ended;
    signal.removeEventListener('abort', stop);
    signal.throwIfAborted();
    if (code !== 0) throw new Error(`initdb failed: ${initdb.lastWords}`);
    renameSync(draft, folder);
  } catch (error) {
    const anotherProcessWasFaster = existsSync(folder);
    if (!anotherProcessWasFaster) throw error;
  } finally {
    rmSync(passwordFile, { force: true });
    rmSync(draft, { recursive: true, force: true });
  }
}

function removeAbandonedDrafts(prefix: string): void {
  for (const name of readdirSync(dirname(prefix))) {
    const path = join(dirname(prefix), name);
    const pid = path.startsWith(prefix) ? parseInt(path.slice(prefix.length), 10) : NaN;
    if (!Number.isNaN(pid) && !isAlive(pid)) rmSync(path, { recursive: true, force: true });
  }
}
