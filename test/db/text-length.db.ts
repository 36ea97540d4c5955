import fc from 'fast-check';
import { firstCodePoints, lengthInCodePoints, storableText } from '../../src/domain/storable-text.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { samples } from '../support/samples.js';

/** What is measured differently by different parties: pairs, halves of pairs, marks, joiners, variation selectors, NUL. */
const unit = fc.oneof(
  fc.constantFrom(
    '1',
    'a',
    'ß',
    '\ufe0f',
    '\ufe0e',
    '\u200d',
    '\u0301',
    '\ud83d\ude00',
    '\ud83d',
    '\ude00',
    '\0',
  ),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
);
const text = fc.array(unit, { maxLength: 40 }).map((units) => units.join(''));

describe('the length of a text', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  it('is what PostgreSQL counts, which keeps the text as it was made storable', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 50 }), async (texts) => {
        const rows = await database.query<{ length: number; kept: string }>(
          `SELECT char_length(given) AS length, given AS kept FROM unnest($1::text[]) WITH ORDINALITY AS t (given, place)
            ORDER BY place`,
          [texts.map(storableText)],
        );
        expect(rows.map(({ length }) => length)).toEqual(texts.map(lengthInCodePoints));
        expect(rows.map(({ kept }) => kept)).toEqual(texts.map(storableText));
      }),
      { numRuns: samples(50) },
    );
  });

  it('decides what fits into a column', async () => {
    await database.query('CREATE TABLE kept (version varchar(32))');
    // PostgreSQL cuts spaces off the end instead of refusing them.
    const version = fc.array(unit, { minLength: 28, maxLength: 36 }).map((units) => units.join('').trimEnd());
    await fc.assert(
      fc.asyncProperty(version, async (given) => {
        const kept = await database
          .query('INSERT INTO kept VALUES ($1)', [storableText(given)])
          .then(() => true)
          .catch(() => false);
        expect(kept).toBe(lengthInCodePoints(given) <= 32);
      }),
      { numRuns: samples(100) },
    );
  });

  it('of a cut text is at most what was asked for', () => {
    fc.assert(
      fc.property(text, fc.nat(40), (given, count) => {
        const cut = firstCodePoints(storableText(given), count);
        expect(storableText(given).startsWith(cut)).toBe(true);
        expect(lengthInCodePoints(cut)).toBe(Math.min(count, lengthInCodePoints(given)));
      }),
    );
  });
});
