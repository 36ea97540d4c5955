import { ifRangeHolds, isNotModified } from './conditional-request.js';

const current = { etag: '"abc"', lastModified: new Date('2026-01-02T03:04:05.678Z') };
const SAME = 'Fri, 02 Jan 2026 03:04:05 GMT';
const BEFORE = 'Fri, 02 Jan 2026 03:04:04 GMT';
const AFTER = 'Fri, 02 Jan 2026 03:04:06 GMT';

describe('whether the client has the bytes already', () => {
  it.each([
    ['no condition', undefined, undefined, false],
    ['the tag', '"abc"', undefined, true],
    ['the tag, weakly', 'W/"abc"', undefined, true],
    ['the tag among others', '"x", W/"y",  "abc"', undefined, true],
    ['any tag', '*', undefined, true],
    ['another tag', '"abcd"', undefined, false],
    ['the tag without quotes', 'abc', undefined, false],
    ['the exact date', undefined, SAME, true],
    ['a later date', undefined, AFTER, true],
    ['an earlier date', undefined, BEFORE, false],
    ['no date at all', undefined, 'yesterday', false],
    ['another tag, which beats a date', '"x"', AFTER, false],
  ])('%s', (_, ifNoneMatch, ifModifiedSince, expected) => {
    expect(
      isNotModified({ 'if-none-match': ifNoneMatch, 'if-modified-since': ifModifiedSince }, current),
    ).toBe(expected);
  });
});

describe('whether a Range may be honoured', () => {
  it.each([
    [undefined, true],
    ['"abc"', true],
    [' "abc" ', true],
    ['W/"abc"', false],
    ['"other"', false],
    ['abc', false],
    [SAME, true],
    [BEFORE, false],
    [AFTER, false],
    ['', false],
  ])('If-Range %s → %s', (header, expected) => {
    expect(ifRangeHolds(header, current)).toBe(expected);
  });
});
