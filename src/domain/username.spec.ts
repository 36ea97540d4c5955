import fc from 'fast-check';
import { usernameKey, usernameViolation } from './username.js';

describe('the key of a user name', () => {
  it.each([
    ['Anna', 'anna'],
    ['ANNA', 'Anna'],
    ['Ａｎｎａ', 'Anna'],
    ['Zoe\u0308', 'Zo\u00eb'],
    ['Straße', 'STRASSE'],
    ['ﬁona', 'Fiona'],
    ['Σίσυφος', 'ΣΊΣΥΦΟΣ'],
    ['an\u200bna', 'anna'],
    ['K', '\u212a'],
  ])('is the same for %j and %j', (one, other) => {
    expect(usernameKey(one)).toBe(usernameKey(other));
  });

  it.each([
    ['anna', 'hanna'],
    ['anna', 'ana'],
    ['Zoë', 'Zoe'],
    ['user 1', 'user1'],
  ])('is another for %j and %j', (one, other) => {
    expect(usernameKey(one)).not.toBe(usernameKey(other));
  });

  it('does not depend on the form or the capitals of a name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (name) => {
        for (const form of ['NFC', 'NFD', 'NFKC', 'NFKD'] as const)
          expect(usernameKey(name.normalize(form))).toBe(usernameKey(name));
      }),
    );
  });
});

describe('a new user name', () => {
  it.each(['a', 'Anna', 'anna@example.com', 'Zoë Müller', '王芳', '👩', 'x'.repeat(100)])(
    'may be %j',
    (name) => {
      expect(usernameViolation(name)).toBeNull();
    },
  );

  it.each([
    ['', /1 to 100/],
    ['x'.repeat(101), /1 to 100/],
    ['a\nb', /control or invisible/],
    ['a\0', /control or invisible/],
    ['a\u200bb', /control or invisible/],
    ['a\u202eb', /control or invisible/],
    ['a\ud800', /control or invisible/],
    [' a', /with a space/],
    ['a ', /with a space/],
  ])('may not be %j', (name, reason) => {
    expect(usernameViolation(name)).toMatch(reason);
  });
});
