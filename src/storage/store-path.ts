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

/** Where new files lie: by their version, or, when that path has other bytes, by version and hash. */
export function binaryPathsOf(deviceType: string, version: string, hash: string): string[] {
  const path = `${deviceType}/v${version}`;
  return [`${path}.bin`, `${path}-${hash.slice(0, HASH_IN_NAME)}.bin`];
}
