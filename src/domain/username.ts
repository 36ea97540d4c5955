import { isOneLine } from './plain-text.js';
import { lengthInCodePoints } from './storable-text.js';

export const MAX_USERNAME_LENGTH = 100;

/** @returns what is wrong with a new user name as a sentence, or null */
export function usernameViolation(username: string): string | null {
  if (username === '' || lengthInCodePoints(username) > MAX_USERNAME_LENGTH) {
    return `The user name must have 1 to ${MAX_USERNAME_LENGTH} characters.`;
  }
  if (isOneLine(username)) return null;
  return 'The user name must not hold control or invisible characters, or begin or end with a space.';
}

/**
 * What is the same of names that people take for the same one: NFKC, without capitals and invisible characters. It is in
 * upper case because lower case depends on the neighbours of a letter (final sigma).
 */
export function usernameKey(username: string): string {
  return username
    .normalize('NFKC')
    .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
    .toLowerCase()
    .toUpperCase()
    .normalize('NFKC');
}
