import fc from 'fast-check';
import { apiTokenHash, isApiToken, looksLikeApiToken, newApiToken, visibleBeginning } from './api-token.js';

/** Tokens as a random number generator would make them, from a seed that a failure can tell. */
const tokens = fc
  .array(fc.nat(61), { minLength: 32, maxLength: 32 })
  .map((digits) => newApiToken(() => digits.shift() ?? 0));
const CHARACTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

describe('an API token', () => {
  it('has a form that a scanner can look for', () => {
    expect(newApiToken()).toMatch(/^ota_[0-9A-Za-z]{38}$/);
    expect(newApiToken(() => 0)).toBe('ota_000000000000000000000000000000002wjyrI');
  });

  it('is another one each time', () => {
    expect(new Set(Array.from({ length: 1000 }, () => newApiToken())).size).toBe(1000);
  });

  it('is recognized', () => {
    fc.assert(
      fc.property(tokens, (token) => {
        expect([isApiToken(token), looksLikeApiToken(token)]).toEqual([true, true]);
      }),
    );
  });

  it('is refused with any one character changed', () => {
    fc.assert(
      fc.property(tokens, fc.integer({ min: 4, max: 41 }), fc.nat(61), (token, place, digit) => {
        const character = CHARACTERS.charAt(digit);
        fc.pre(character !== token.charAt(place));
        expect(isApiToken(token.slice(0, place) + character + token.slice(place + 1))).toBe(false);
      }),
    );
  });

  it('is refused with two neighbours exchanged, cut or with more behind it', () => {
    fc.assert(
      fc.property(tokens, fc.integer({ min: 4, max: 40 }), (token, place) => {
        const [a, b] = [token.charAt(place), token.charAt(place + 1)];
        fc.pre(a !== b);
        expect(isApiToken(token.slice(0, place) + b + a + token.slice(place + 2))).toBe(false);
        expect(isApiToken(token.slice(0, place))).toBe(false);
        expect(isApiToken(`${token}0`)).toBe(false);
      }),
    );
  });

  it.each(['', 'ota_', 'otad_abc', 'eyJhbGciOiJIUzI1NiJ9.e30.x', 'ota_\n', ` ${newApiToken()}`])(
    'is not %j',
    (text) => {
      expect(isApiToken(text)).toBe(false);
    },
  );

  it('shows its beginning only, and is kept as a hash', () => {
    const token = newApiToken();
    expect(visibleBeginning(token)).toBe(token.slice(0, 8));
    expect(apiTokenHash(token)).toHaveLength(32);
    expect(apiTokenHash(token)).toEqual(apiTokenHash(token));
  });
});
