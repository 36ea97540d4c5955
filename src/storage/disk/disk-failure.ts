import type { Logger } from '@nestjs/common';
import { DomainError } from '../../domain/errors.js';
import { isFileSystemError } from './fs-error.js';

/**
 * The client is told that it is the server's fault; the log which file and why. Other errors stay as they are.
 * @param what is kept there, such as `the firmware store`
 */
export function diskFailure(error: unknown, what: string, logger: Logger): Error {
  if (!isFileSystemError(error)) return error as Error;
  logger.error(`The folder of ${what} cannot be used: ${error.message}`);
  const reason =
    error.code === 'ENOSPC' ? `The disk of ${what} is full` : `The folder of ${what} cannot be used`;
  return new DomainError('STORE_UNAVAILABLE', `${reason} (${error.code ?? 'unknown'}); nothing was changed.`);
}
