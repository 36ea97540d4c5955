import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type pg from 'pg';
import { applicationName } from './application-name.js';
import { newPgClient } from './pg-client.js';

export interface LockOptions {
  /** For another server to finish its migrations. */
  readonly patienceMs?: number;
  /** Ends the wait early. */
  readonly signal?: AbortSignal | undefined;
}

/** Another session has the lock, and kept it for longer than this server waits. */
export class MigrationLockHeld extends Error {
  override readonly name = 'MigrationLockHeld';
}

interface Holder {
  readonly pid: number;
  readonly usename: string | null;
  readonly client_addr: string | null;
  readonly state: string | null;
}

const MIGRATION_LOCK = 4_007_002;
const PATIENCE_MS = 60_000;
const RETRY_MS = 250;
const FIRST_LINE_MS = 2_000;
const NEXT_LINE_MS = 10_000;
const CONNECT_PATIENCE_MS = 10_000;

/**
 * Does work that only one server may do at a time. The lock belongs to a transaction that stays open meanwhile: one of a
 * session would stay with the connection of a transaction pooler, where nobody could ever release it.
 * @throws MigrationLockHeld when another holds it for too long; the reason of the signal
 */
export async function withMigrationLock<T>(
  url: string,
  options: LockOptions,
  work: () => Promise<T>,
): Promise<T> {
  const client = newPgClient({
    application_name: applicationName('migrations'),
    connectionString: url,
    connectionTimeoutMillis: CONNECT_PATIENCE_MS,
  });
  try {
    await client.connect();
    await waitForLock(client, options);
    const result = await work();
    // Work that is done stays done, whatever becomes of the connection.
    await client.query('COMMIT').catch(() => undefined);
    return result;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function waitForLock(
  client: pg.Client,
  { patienceMs = PATIENCE_MS, signal }: LockOptions,
): Promise<void> {
  const logger = new Logger('Migrations');
  const begin = performance.now();
  let nextLineMs = FIRST_LINE_MS;
  while (!(await tryLock(client))) {
    const waitedMs = performance.now() - begin;
    if (waitedMs >= patienceMs) throw new MigrationLockHeld(await lastingReason(client, patienceMs));
    if (waitedMs >= nextLineMs) {
      nextLineMs = waitedMs + NEXT_LINE_MS;
      const holder = describe(await findHolder(client));
      const seconds = Math.round(waitedMs / 1000);
      logger.warn(
        `Waiting since ${seconds} s for the migrations of another server: ${holder} holds their lock. ` +
          `Gives up after ${Math.round(patienceMs / 1000)} s.`,
      );
    }
    await sleep(Math.min(RETRY_MS, patienceMs), undefined, signal && { signal }).catch(() => undefined);
    signal?.throwIfAborted();
  }
}

async function tryLock(client: pg.Client): Promise<boolean> {
  await client.query('BEGIN');
  await client.query('SET LOCAL idle_in_transaction_session_timeout = 0');
  const { rows } = await client.query<{ locked: boolean }>('SELECT pg_try_advisory_xact_lock($1) AS locked', [
    MIGRATION_LOCK,
  ]);
  if (rows[0]?.locked) return true;
  await client.query('ROLLBACK');
  return false;
}

async function findHolder(client: pg.Client): Promise<Holder | undefined> {
  const { rows } = await client.query<Holder>(
    `SELECT pid, usename, client_addr::text, state
     FROM pg_locks JOIN pg_stat_activity USING (pid)
     WHERE locktype = 'advisory' AND granted AND classid = 0 AND objid = $1 AND objsubid = 1
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    [MIGRATION_LOCK],
  );
  return rows[0];
}

function describe(holder: Holder | undefined): string {
  if (!holder) return 'a session that is gone by now';
  const { pid, usename, client_addr, state } = holder;
  return `process ${pid} of PostgreSQL (user ${usename ?? 'unknown'}, from ${client_addr ?? 'this machine'}, ${state ?? 'state unknown'})`;
}

async function lastingReason(client: pg.Client, patienceMs: number): Promise<string> {
  const holder = await findHolder(client);
  const way = holder
    ? `If no other server is migrating, end that session: SELECT pg_terminate_backend(${holder.pid});`
    : 'Start again.';
  return (
    `The database cannot be migrated: ${describe(holder)} has held the lock for migrations for more than ` +
    `${Math.round(patienceMs / 1000)} s. If another server is migrating, start this one again when that is done. ${way}`
  );
}
