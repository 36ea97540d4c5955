import { createHash, randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';

/*
 * `ota_`, 32 random characters of base62 (190 bits) and 6 of their CRC-32, as GitHub's tokens are built: a scanner for
 * secrets recognizes one in a log, and the server refuses a typing error without looking for it.
 */

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const BEGINNING = 'ota_';
const RANDOM_LENGTH = 32;
const CHECKSUM_LENGTH = 6;
/** Characters that stay visible after `ota_`; those that do not hold 166 bits. */
const VISIBLE_LENGTH = 4;
const FORM = new RegExp(`^${BEGINNING}([0-9A-Za-z]{${RANDOM_LENGTH}})([0-9A-Za-z]{${CHECKSUM_LENGTH}})$`);

/** @param pick a random whole number from 0 to below its argument */
export function newApiToken(pick: (below: number) => number = randomInt): string {
  const random = Array.from({ length: RANDOM_LENGTH }, () => ALPHABET.charAt(pick(ALPHABET.length))).join('');
  return BEGINNING + random + checksumOf(random);
}

/** Whether a bearer token is meant as an API token; a JWT has no `_` so early. */
export const looksLikeApiToken = (token: string): boolean => token.startsWith(BEGINNING);

/** Whether a text has the form of an API token and the right checksum. */
export function isApiToken(token: string): boolean {
  const [, random, checksum] = FORM.exec(token) ?? [];
  return random !== undefined && checksumOf(random) === checksum;
}

/** What of a token is kept, so that who reads the database cannot use it: SHA-256, enough for a random text. */
export const apiTokenHash = (token: string): Buffer => createHash('sha256').update(token).digest();

/** The beginning by which people tell tokens apart. */
export const visibleBeginning = (token: string): string => token.slice(0, BEGINNING.length + VISIBLE_LENGTH);

function checksumOf(text: string): string {
  let rest = crc32(text);
  let digits = '';
  for (let i = 0; i < CHECKSUM_LENGTH; i++) {
    digits = ALPHABET.charAt(rest % ALPHABET.length) + digits;
    rest = Math.floor(rest / ALPHABET.length);
  }
  return digits;
}
