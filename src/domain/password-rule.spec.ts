import { PASSWORD_LENGTH, passwordViolation } from './password-rule.js';

const { min, max } = PASSWORD_LENGTH;

describe('a new password', () => {
  it.each([
    ['x'.repeat(min - 1), 'PASSWORD_TOO_SHORT', /at least 10 characters/],
    ['\u{1F680}'.repeat(min - 1), 'PASSWORD_TOO_SHORT', /at least 10 characters/],
    ['x'.repeat(min), null, null],
    ['\u{1F680}'.repeat(max), null, null],
    ['x'.repeat(max + 1), 'VALIDATION_FAILED', /at most 1000 characters/],
  ])('is judged by its length in code points: %#', (password, code, reason) => {
    const found = passwordViolation(password);
    expect(found?.code ?? null).toBe(code);
    if (reason) expect(found?.sentence).toMatch(reason);
  });

  it.each(['1234567890', 'qwertyuiop', 'Password123', 'MANCHESTER', '1Q2W3E4R5T'])(
    'is not one of the commonest, whatever its capitals: %s',
    (password) => {
      expect(passwordViolation(password)).toMatchObject({ code: 'PASSWORD_COMMON' });
    },
  );

  it.each(['correct horse battery staple', 'password123 and more'])(
    'may hold one of them: %s',
    (password) => {
      expect(passwordViolation(password)).toBeNull();
    },
  );
});
