import { PASSWORD_LENGTH, passwordViolation } from './password-rule.js';

const { min, max } = PASSWORD_LENGTH;

describe('a new password', () => {
  it.each([
    ['x'.repeat(min - 1), /at least 10 characters/],
    ['\u{1F680}'.repeat(min - 1), /at least 10 characters/],
    ['x'.repeat(min), null],
    ['\u{1F680}'.repeat(max), null],
    ['x'.repeat(max + 1), /at most 1000 characters/],
  ])('is judged by its length in code points: %#', (password, reason) => {
    const found = passwordViolation(password);
    if (reason === null) expect(found).toBeNull();
    else expect(found).toMatch(reason);
  });
});
