import fc from 'fast-check';
import { firstCodePoints, lengthInCodePoints, storableText } from './storable-text.js';

/** Also halves of characters, which JSON can carry. */
const text = fc.string({ unit: fc.constantFrom('a', '\0', 'é', '\u{1F680}', '\uD83D', '\uDE80') });

describe('text that PostgreSQL can keep', () => {
  it.each([
    ['plain', 'plain'],
    ['a\0b', 'a\uFFFDb'],
    ['\uD83D alone', '\uFFFD alone'],
    ['\u{1F680}', '\u{1F680}'],
  ])('makes %j %j', (given, kept) => {
    expect(storableText(given)).toBe(kept);
  });

  it('is as long as it has code points, before and after', () => {
    fc.assert(
      fc.property(text, (given) => {
        expect(lengthInCodePoints(given)).toBe(Array.from(given).length);
        expect(lengthInCodePoints(storableText(given))).toBe(lengthInCodePoints(given));
      }),
    );
  });

  it('is cut between code points', () => {
    fc.assert(
      fc.property(text, fc.nat(12), (given, count) => {
        expect(Array.from(firstCodePoints(given, count))).toEqual(Array.from(given).slice(0, count));
      }),
    );
  });
});
