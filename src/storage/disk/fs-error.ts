import { isNativeError } from 'node:util/types';

export function isFileSystemError(error: unknown): error is NodeJS.ErrnoException {
  return isNativeError(error) && 'syscall' in error;
}

export function isErrno(error: unknown, code: string): boolean {
  return isFileSystemError(error) && error.code === code;
}

/** Whether there is no file of that name, and none could be opened. */
export const isMissing = (error: unknown): boolean =>
  ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG', 'ENXIO'].some((code) => isErrno(error, code));
