import { createHash, randomBytes } from 'node:crypto';

/** What is kept of a key: it is shown once. */
export interface KeptKey {
  /** SHA-256, lower-case hex. */
  readonly hash: string;
  /** The visible beginning, by which people tell keys apart. */
  readonly prefix: string;
}

const PREFIX = 'otae_';
const RANDOM_BYTES = 24;
const CHECKSUM_LENGTH = 6;
const FORM = /^otae_([\w-]{32})([\w-]{6})$/;
const VISIBLE = 12;

/** A new enrolment key: `otae_`, 192 random bits and a checksum, so that it is recognised where it was pasted by mistake. */
export function newEnrollmentKey(random: Buffer = randomBytes(RANDOM_BYTES)): string {
  const text = random.toString('base64url');
  return PREFIX + text + checksumOf(text);
}

/** Whether a text has the form of an enrolment key and its checksum: anything else need not be looked for. */
export function isEnrollmentKey(text: string): boolean {
  const [, random, checksum] = FORM.exec(text) ?? [];
  return random !== undefined && checksum === checksumOf(random);
}

/** A fast hash is enough for what is random. */
export const keptKey = (key: string): KeptKey => ({
  hash: createHash('sha256').update(key).digest('hex'),
  prefix: key.slice(0, VISIBLE),
});

const checksumOf = (text: string): string =>
  createHash('sha256')
    .update(PREFIX + text)
    .digest('base64url')
    .slice(0, CHECKSUM_LENGTH);
