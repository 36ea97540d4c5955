import { isCheaperThanToday } from './password-cost.js';

const today = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
const hash = (parameters: string): string => `$argon2id$v=19$${parameters}$c2FsdHNhbHQ$aGFzaA`;

describe('a hash of a password', () => {
  it.each([
    ['today', hash('m=19456,t=2,p=1'), false],
    ['with more of both', hash('m=65536,t=3,p=4'), false],
    ['with less memory', hash('m=8192,t=2,p=1'), true],
    ['with fewer passes', hash('m=65536,t=1,p=1'), true],
    ['by another function', '$argon2i$v=19$m=65536,t=3,p=1$c2FsdA$aGFzaA', true],
    ['by hand', 'x', true],
  ])('that was made %s is made again: %s %s', (_, text, expected) => {
    expect(isCheaperThanToday(text, today)).toBe(expected);
  });
});
