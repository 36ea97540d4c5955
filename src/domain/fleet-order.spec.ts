import fc from 'fast-check';
import {
  parseOrder,
  readCursor,
  SORT_FIELDS,
  writeCursor,
  type Cursor,
  type SortField,
} from './fleet-order.js';

const AT: Cursor = {
  order: { field: 'last_seen_at', isDescending: true },
  value: 1_800_000_000_123_456,
  deviceId: 7,
  total: 12,
};

/** A cursor of anything. */
const made = (...parts: unknown[]): string => Buffer.from(JSON.stringify(parts)).toString('base64url');

describe('an order', () => {
  it.each([
    ['name', { field: 'name', isDescending: false }],
    ['-last_seen_at', { field: 'last_seen_at', isDescending: true }],
    ['--name', null],
    ['', null],
    ['-', null],
    ['tags', null],
    ['constructor', null],
    ['id; DROP TABLE device', null],
  ])('%j is read', (text, order) => {
    expect(parseOrder(text)).toEqual(order);
  });
});

describe('a cursor', () => {
  it('says what it was made of, whatever the field', () => {
    const values = {
      number: fc.maxSafeInteger(),
      time: fc.maxSafeInteger(),
      text: fc.string({ unit: 'grapheme', maxLength: 100 }),
    };
    const cursor = fc.constantFrom(...(Object.keys(SORT_FIELDS) as SortField[])).chain((field) =>
      fc.record({
        order: fc.record({ field: fc.constant(field), isDescending: fc.boolean() }),
        value: fc.option(values[SORT_FIELDS[field]] as fc.Arbitrary<string | number>),
        deviceId: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
        total: fc.nat(),
      }),
    );
    fc.assert(
      fc.property(cursor, (given) => {
        const text = writeCursor(given);
        if (text.length <= 1_000) expect(readCursor(text)).toEqual(given);
      }),
    );
  });

  it.each([
    ['', 'empty'],
    ['!', 'no base64url'],
    ['x'.repeat(1_001), 'too long'],
    ['bm8', 'no JSON'],
    [made(), 'without parts'],
    [made('last_seen_at', 1, 5, 7), 'too short'],
    [made('last_seen_at', 1, 5, 7, 1, 1), 'too long a list'],
    [made('-last_seen_at', 1, 5, 7, 1), 'of a field with its direction'],
    [made('tags', 1, 5, 7, 1), 'of another field'],
    [made(null, 1, 5, 7, 1), 'without a field'],
    [made('last_seen_at', 2, 5, 7, 1), 'of no direction'],
    [made('last_seen_at', true, 5, 7, 1), 'of a direction that is no number'],
    [made('last_seen_at', 1, '2026-01-31', 7, 1), 'with a time as text'],
    [made('last_seen_at', 1, 1e300, 7, 1), 'with a time out of range'],
    [made('last_seen_at', 1, 5, 0, 1), 'of no device'],
    [made('last_seen_at', 1, 5, 1.5, 1), 'of half a device'],
    [made('last_seen_at', 1, 5, '7', 1), 'of a device as text'],
    [made('last_seen_at', 1, 5, 7, -1), 'with a total below 0'],
    [made('name', 0, '\0', 7, 1), 'with what no database keeps'],
    [made('name', 0, '\ud800', 7, 1), 'with half a character'],
    [made('name', 0, {}, 7, 1), 'with an object'],
  ])('%s is none: %s', (text) => {
    expect(readCursor(text)).toBeNull();
  });

  it('is nothing but its own text', () => {
    expect(readCursor(writeCursor(AT))).toEqual(AT);
    fc.assert(fc.property(fc.string(), (text) => readCursor(text) === null));
  });
});
