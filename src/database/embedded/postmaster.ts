import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from '../../config/is-alive.js';

/** A PostgreSQL server process, as its lock file describes it. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
}

const STOP_TIMEOUT_MS = 30_000;

/**
 * The server that runs on this data folder, if one does: a server that was killed leaves its PostgreSQL running.
 * The file is only ever read; PostgreSQL itself decides whether a lock is stale.
 * @see https://www.postgresql.org/docs/current/storage-file-layout.html postmaster.pid
 */
export function findPostmaster(clusterDir: string): Postmaster | null {
  let lines: string[];
  try {
    lines = readFileSync(join(clusterDir, 'postmaster.pid'), 'utf8').split('\n');
  } catch {
    return null;
  }
  const [pid, port] = [Number(lines[0]), Number(lines[3])];
  return Number.isInteger(pid) && Number.isInteger(port) && port > 0 && isAlive(pid) ? { pid, port } : null;
}

/** Asks for a fast shutdown (SIGINT: sessions are ended, data is synced) and waits until it is done. */
export async function stopPostmaster(pid: number): Promise<void> {
  try {
    process.kill(pid, 'SIGINT');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
  for (const giveUp = Date.now() + STOP_TIMEOUT_MS; isAlive(pid) && Date.now() < giveUp;) await sleep(20);
}
