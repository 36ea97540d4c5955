/** Backslashes and what is not seen; segments are looked at one by one. */
const FORBIDDEN = /[\\\p{C}\p{Zl}\p{Zp}]/u;
const MAX_LENGTH = 500;
/** Hex digits of the hash. */
const HASH_IN_NAME = 12;

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

/**
 * How new files are named. `by-version`: their hash is in the name only when the plain name has other bytes. `by-content`:
 * always, so that a name means the same bytes for ever, which caches between here and the devices rely on.
 */
export type FileNaming = 'by-version' | 'by-content';

/** Where a new file may lie; the first of these paths that has no other bytes is taken. */
export function binaryPathsOf(
  deviceType: string,
  version: string,
  hash: string,
  naming: FileNaming,
): string[] {
  const path = `${deviceType}/v${version}`;
  const withHash = `${path}-${hash.slice(0, HASH_IN_NAME)}.bin`;
  return naming === 'by-content' ? [withHash] : [`${path}.bin`, withHash];
}
