export const PASSWORD_LENGTH = { min: 10, max: 1000 } as const;

/** @returns what is wrong with a new password as a sentence, or null. Lengths count code points. */
export function passwordViolation(password: string): string | null {
  const length = Array.from(password).length;
  if (length < PASSWORD_LENGTH.min)
    return `The password must have at least ${PASSWORD_LENGTH.min} characters.`;
  if (length > PASSWORD_LENGTH.max)
    return `The password must have at most ${PASSWORD_LENGTH.max} characters.`;
  return null;
}
