import { createHash, randomBytes } from 'node:crypto';

/*
 * The cookie of a session: a part that stays, by which the session is found, and a part that is good for one refresh. Both
 * are random and kept as hashes only.
 */

const FAMILY_BYTES = 16;
const REFRESH_BYTES = 32;
/** base64url without padding. */
const FORM = /^([\w-]{22})\.([\w-]{43})$/;

/** A cookie as the server keeps it. */
export interface CookieHashes {
  readonly familyHash: Buffer;
  readonly refreshHash: Buffer;
}

export interface NewCookie extends CookieHashes {
  readonly value: string;
}

/** @param before the cookie that it replaces; null: the first one of a session */
export function newCookie(before: string | null): NewCookie {
  const family = before?.split('.', 1)[0] ?? randomBytes(FAMILY_BYTES).toString('base64url');
  const refresh = randomBytes(REFRESH_BYTES).toString('base64url');
  return { value: `${family}.${refresh}`, familyHash: sha256(family), refreshHash: sha256(refresh) };
}

/** @returns null for what is no cookie of a session */
export function readCookie(value: string): CookieHashes | null {
  const [, family, refresh] = FORM.exec(value) ?? [];
  if (family === undefined || refresh === undefined) return null;
  return { familyHash: sha256(family), refreshHash: sha256(refresh) };
}

/** Finds a cookie in the header of a request; of two with one name, the first. */
export function cookieOf(header: string | undefined, name: string): string | null {
  const start = `${name}=`;
  const pair = header?.split(';').find((part) => part.trimStart().startsWith(start));
  return pair === undefined ? null : pair.trim().slice(start.length);
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();
