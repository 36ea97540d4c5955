import { isNativeError } from 'node:util/types';
import { NoConnectionFree } from './no-connection-free.js';

/** SQLSTATE classes and codes that say that the server cannot be used now, whatever was asked of it. */
const AWAY_SQLSTATE = /^(08|57P0[1-3]|53300|53400|25006|55000)/;
const AWAY_SYSTEM_ERRORS = [
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
];
/** `pg` gives these no code. */
const AWAY_MESSAGES =
  /Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect|timeout expired|Query read timeout|Client was closed/;

/**
 * Whether an error says that the database is away (stopped, unreachable, full of connections) as opposed to that the
 * statement was wrong.
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
export function isDatabaseAway(error: unknown): boolean {
  // TypeORM's QueryFailedError wraps that of `pg`; known by its property, so that nobody loads TypeORM for this.
  const cause = (error as { driverError?: unknown } | null | undefined)?.driverError ?? error;
  if (!isNativeError(cause)) return false;
  if (cause instanceof NoConnectionFree) return true;
  const { code, errors } = cause as NodeJS.ErrnoException & Partial<AggregateError>;
  if (errors !== undefined) return errors.some(isDatabaseAway);
  if (code !== undefined) return AWAY_SYSTEM_ERRORS.includes(code) || AWAY_SQLSTATE.test(code);
  return AWAY_MESSAGES.test(cause.message);
}
