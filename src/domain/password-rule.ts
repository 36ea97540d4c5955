import { isCommonPassword } from './common-passwords.js';

export const PASSWORD_LENGTH = { min: 10, max: 1000 } as const;

/** What is wrong with a new password. */
export interface PasswordViolation {
  readonly code: 'PASSWORD_TOO_SHORT' | 'PASSWORD_COMMON' | 'VALIDATION_FAILED';
  readonly sentence: string;
}

/** @returns null for a password that may be chosen. Lengths count code points. */
export function passwordViolation(password: string): PasswordViolation | null {
  const length = Array.from(password).length;
  const { min, max } = PASSWORD_LENGTH;
  if (length < min) {
    return { code: 'PASSWORD_TOO_SHORT', sentence: `The password must have at least ${min} characters.` };
  }
  if (length > max) {
    return { code: 'VALIDATION_FAILED', sentence: `The password must have at most ${max} characters.` };
  }
  if (!isCommonPassword(password)) return null;
  return {
    code: 'PASSWORD_COMMON',
    sentence: 'The password is one of the commonest, which are tried first: choose another one.',
  };
}
