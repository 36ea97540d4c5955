/** Backslashes and what is not seen; segments are looked at one by one. */
const FORBIDDEN = /[\\\p{C}\p{Zl}\p{Zp}]/u;
const MAX_LENGTH = 500;

/**
 * A path as it may stand in a request or a row, as a path within the store. One leading slash is dropped: rows of the
 * original system have it.
 * @returns null when it could lead anywhere else
 */
export function parseBinaryPath(binaryPath: string): string | null {
  const path = binaryPath.replace(/^\//, '');
  const isWithin =
    path.length <= MAX_LENGTH && !FORBIDDEN.test(path) && path.split('/').every(isPlainSegment);
  return isWithin ? path : null;
}

/** Hidden names are the store's own. */
function isPlainSegment(segment: string): boolean {
  return segment !== '' && !segment.startsWith('.') && segment.trim() === segment;
}
