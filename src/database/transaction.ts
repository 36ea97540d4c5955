import { setTimeout as sleep } from 'node:timers/promises';
import type { EntityManager } from 'typeorm';
import { isWorthRepeating } from './database-error.js';
import { markTransaction } from './mark-transaction.js';

export interface TransactionLimits {
  /** Longest wait for a lock, for each statement. */
  readonly lockTimeoutMs: number;
  /** Longest time that a statement may take. */
  readonly statementTimeoutMs: number;
  /** Longest pause between two statements, after which the server ends the transaction and its locks. */
  readonly idleTimeoutMs: number;
}

const DEFAULT_TRANSACTION_LIMITS: TransactionLimits = {
  lockTimeoutMs: 5_000,
  statementTimeoutMs: 15_000,
  idleTimeoutMs: 15_000,
};

/** Longest wait for a lock of a batch that others wait for, too. */
const BATCH_LOCK_MS = 1_000;
/** The same once a batch is known to be in the way of a lock. */
const CAREFUL_LOCK_MS = 100;

/** @param isCareful as of `WriteBatch` */
export const batchLimits = (isCareful: boolean): Partial<TransactionLimits> => ({
  lockTimeoutMs: isCareful ? CAREFUL_LOCK_MS : BATCH_LOCK_MS,
});

/**
 * Whoever writes to the log counts what it writes, so that the triggers need not: see the migration CountedByWriters.
 */
const COUNTS_ATTEMPTS = 'SET LOCAL ota.counts_attempts = on';

const TRIES = 5;
const LONGEST_PAUSE_MS = 50;

/**
 * Runs `work` in a transaction, and again when PostgreSQL ends it for a deadlock or a serialization failure. The limits
 * are set in the transaction itself, so that they hold through a transaction pooler, too.
 * @param work must leave nothing behind outside the database when it fails: it may run several times
 */
export async function inTransaction<T>(
  manager: EntityManager,
  work: (manager: EntityManager) => Promise<T>,
  limits: Partial<TransactionLimits> = {},
): Promise<T> {
  const settings = settingsOf({ ...DEFAULT_TRANSACTION_LIMITS, ...limits });
  for (let tries = 1; ; tries++) {
    try {
      return await runInTransaction(manager, settings, work);
    } catch (error) {
      if (tries >= TRIES || !isWorthRepeating(error)) throw error;
      // Two that stood in each other's way must not come back at the same moment.
      await sleep(Math.random() * LONGEST_PAUSE_MS * tries);
    }
  }
}

/**
 * As `manager.transaction`, but that the settings go with the beginning: each way to the database and back counts, since
 * the batches of reports stand in line for it.
 */
async function runInTransaction<T>(
  manager: EntityManager,
  settings: string,
  work: (manager: EntityManager) => Promise<T>,
): Promise<T> {
  const runner = manager.dataSource.createQueryRunner();
  try {
    await runner.query(`START TRANSACTION; ${settings}`);
    markTransaction(runner, true);
    const result = await work(runner.manager);
    await runner.query('COMMIT');
    return result;
  } catch (error) {
    // A connection that broke has ended its transaction, too.
    await runner.query('ROLLBACK').catch(() => undefined);
    throw error;
  } finally {
    markTransaction(runner, false);
    await runner.release();
  }
}

function settingsOf({ lockTimeoutMs, statementTimeoutMs, idleTimeoutMs }: TransactionLimits): string {
  return (
    `SET LOCAL lock_timeout = ${lockTimeoutMs}; SET LOCAL statement_timeout = ${statementTimeoutMs}; ` +
    `SET LOCAL idle_in_transaction_session_timeout = ${idleTimeoutMs}; ${COUNTS_ATTEMPTS}`
  );
}
