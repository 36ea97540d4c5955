/** What identifies the bytes that would be sent. */
export interface Validators {
  /** Strong, with its quotes. */
  readonly etag: string;
  readonly lastModified: Date;
}

/** Headers of a request, as they came. */
export interface Conditions {
  readonly 'if-none-match'?: string | undefined;
  readonly 'if-modified-since'?: string | undefined;
}

/** Whether the client has these bytes already, by RFC 9110 §13.1.2 and §13.1.3. */
export function isNotModified(headers: Conditions, current: Validators): boolean {
  const ifNoneMatch = headers['if-none-match'];
  if (ifNoneMatch !== undefined) {
    return ifNoneMatch.trim() === '*' || entityTags(ifNoneMatch).includes(current.etag);
  }
  const ifModifiedSince = headers['if-modified-since'];
  if (ifModifiedSince === undefined) return false;
  const since = Date.parse(ifModifiedSince);
  return !Number.isNaN(since) && wholeSeconds(current.lastModified) <= since;
}

/** Whether a Range may be honoured, by RFC 9110 §13.1.5: only a strong tag or the exact date will do. */
export function ifRangeHolds(ifRange: string | undefined, current: Validators): boolean {
  if (ifRange === undefined) return true;
  const value = ifRange.trim();
  return value === current.etag || Date.parse(value) === wholeSeconds(current.lastModified);
}

/** If-None-Match compares weakly: `W/` makes no difference. */
function entityTags(list: string): string[] {
  return Array.from(list.matchAll(/(?:W\/)?("[^"]*")/g), ([, tag = '']) => tag);
}

/** HTTP dates know no fractions. */
function wholeSeconds(date: Date): number {
  return Math.floor(date.getTime() / 1000) * 1000;
}
