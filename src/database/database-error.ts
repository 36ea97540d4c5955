import { isNativeError } from 'node:util/types';
import { isDatabaseAway } from './database-away.js';
import { DeadlinePassed } from './deadline-passed.js';

/**
 * What an error of the database is about. One rule: only the SQLSTATE classes 22 (data exception) and 23 (integrity
 * constraint violation) blame what was to be written. Everything else is trouble that passes, so that what was to be
 * written is kept or the client is asked to try again.
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const ITEM_SQLSTATE = /^2[23]/;
const FOREIGN_KEY_VIOLATION = '23503';
const UNIQUE_VIOLATION = '23505';
const QUERY_CANCELED = '57014';
const LOCK_NOT_AVAILABLE = '55P03';
const SERIALIZATION_FAILURE = '40001';
const DEADLOCK_DETECTED = '40P01';

/** Errors of TypeORM and of the pool that mean a connection which is gone; neither gives them a code. */
const LOST_CONNECTION_NAMES = [
  'QueryRunnerAlreadyReleasedError',
  'QueryRunnerProviderAlreadyReleasedError',
  'CannotExecuteNotConnectedError',
  'TransactionNotStartedError',
];
const ENDED_POOL = 'Cannot use a pool after calling end';

/** @returns the SQLSTATE that PostgreSQL answered; null for an error that it did not send */
export function sqlStateOf(error: unknown): string | null {
  const cause = driverErrorOf(error) ?? error;
  if (!isNativeError(cause)) return null;
  // PostgreSQL sends a severity with every error; Node's system errors have a code and no severity.
  const { code, severity } = cause as { code?: unknown; severity?: unknown };
  return typeof code === 'string' && typeof severity === 'string' ? code : null;
}

/** Whether PostgreSQL refuses what was to be written, and would refuse it again. */
export function isItemError(error: unknown): boolean {
  const state = sqlStateOf(error);
  return state !== null && ITEM_SQLSTATE.test(state);
}

/** Whether what was to be written refers to a row that is not there, or not any more. */
export const refersToNothing = (error: unknown): boolean => sqlStateOf(error) === FOREIGN_KEY_VIOLATION;

/** Whether what must be unique is there already. */
export const isTaken = (error: unknown): boolean => sqlStateOf(error) === UNIQUE_VIOLATION;

/** Whether a lock that somebody else holds was waited for in vain. */
export const isLocked = (error: unknown): boolean => sqlStateOf(error) === LOCK_NOT_AVAILABLE;

/** Whether a statement took longer than it may. */
export const isCancelled = (error: unknown): boolean => sqlStateOf(error) === QUERY_CANCELED;

/** Whether PostgreSQL chose this transaction to give way to another: the same again usually succeeds. */
export function isWorthRepeating(error: unknown): boolean {
  const state = sqlStateOf(error);
  return state === SERIALIZATION_FAILURE || state === DEADLOCK_DETECTED;
}

/** Whether an error is the database's trouble, which passes: everything that comes from it but an error of the item. */
export function isDatabaseTrouble(error: unknown): boolean {
  if (isItemError(error)) return false;
  if (driverErrorOf(error) !== null || sqlStateOf(error) !== null || isDatabaseAway(error)) return true;
  if (!isNativeError(error)) return false;
  if (error instanceof DeadlinePassed) return true;
  return LOST_CONNECTION_NAMES.includes(error.name) || error.message.includes(ENDED_POOL);
}

/** What `pg` said, of an error that TypeORM wrapped. Known by its property, so that nobody loads TypeORM for this. */
function driverErrorOf(error: unknown): Error | null {
  const cause = (error as { driverError?: unknown } | null | undefined)?.driverError;
  return isNativeError(cause) ? cause : null;
}
