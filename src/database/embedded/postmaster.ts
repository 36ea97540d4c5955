import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from '../../config/is-alive.js';

/** A PostgreSQL server process, as its lock file describes it. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
}

/** Maximum time for a fast shutdown, which ends sessions and writes everything. */
const FAST_STOP_MS = 20_000;
/** Maximum time for an immediate shutdown, after which the next start recovers from the write-ahead log. */
const IMMEDIATE_STOP_MS = 10_000;

/**
 * Finds the server that is running on this data folder, if any: a killed server leaves its PostgreSQL running.
 * The file is only read; PostgreSQL itself decides whether a lock is stale.
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

/** Requests a fast shutdown (SIGINT), then after a timeout an immediate one (SIGQUIT), and waits for the end. */
export async function stopPostmaster(pid: number): Promise<void> {
  if (await endsAfter(pid, 'SIGINT', FAST_STOP_MS)) return;
  await endsAfter(pid, 'SIGQUIT', IMMEDIATE_STOP_MS);
}

async function endsAfter(pid: number, signal: NodeJS.Signals, patienceMs: number): Promise<boolean> {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
  const giveUp = performance.now() + patienceMs;
  while (isAlive(pid)) {
    if (performance.now() > giveUp) return false;
    await sleep(20);
  }
  return true;
}
