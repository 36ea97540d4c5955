import fc from 'fast-check';
import type { Filter, Range } from './filter.js';
import { MAX_FILTER_LENGTH, parseFilter } from './parse-filter.js';
import { FilterFault } from './tokens.js';
import { parseVersion } from '../firmware-version.js';

const key = (version: string): string => parseVersion(version)!.sortKey;
const between = <T>(from: T, to: T): Range<T> => ({
  from: { value: from, isIncluded: true },
  to: { value: to, isIncluded: true },
});
const only = <T>(value: T): Range<T> => between(value, value);
const text = (field: 'type' | 'tag' | 'status', value: string): Filter => ({
  kind: 'text',
  field,
  value,
});
const word = (name: string): Filter => ({ kind: 'begins', name, ids: [] });

describe('a filter', () => {
  it.each<[string, Filter]>([
    ['', { kind: 'all', of: [] }],
    ['  ', { kind: 'all', of: [] }],
    ['type:scales', text('type', 'scales')],
    ['tag:"a b"', text('tag', 'a b')],
    ['"tag:a"', word('tag:a')],
    ['tag:a:b', text('tag', 'a:b')],
    ['Munich', word('munich')],
    ['a b', { kind: 'all', of: [word('a'), word('b')] }],
    ['a OR b', { kind: 'any', of: [word('a'), word('b')] }],
    ['a b OR c', { kind: 'any', of: [{ kind: 'all', of: [word('a'), word('b')] }, word('c')] }],
    ['a (b OR c)', { kind: 'all', of: [word('a'), { kind: 'any', of: [word('b'), word('c')] }] }],
    ['-tag:lab', { kind: 'not', of: text('tag', 'lab') }],
    ['-(a b)', { kind: 'not', of: { kind: 'all', of: [word('a'), word('b')] } }],
    ['a-b', word('a-b')],
    ['version:1.2.0', { kind: 'version', range: only(key('1.2.0')) }],
    ['version:v1.2', { kind: 'version', range: only(key('1.2.0')) }],
    [
      'version:<1.2.0',
      { kind: 'version', range: { from: null, to: { value: key('1.2.0'), isIncluded: false } } },
    ],
    [
      'version:1.0.0..1.1.9',
      {
        kind: 'version',
        range: {
          from: { value: key('1.0.0'), isIncluded: true },
          to: { value: key('1.1.9'), isIncluded: true },
        },
      },
    ],
    ['version:abc1234', { kind: 'versionText', value: 'abc1234' }],
    ['build:>5', { kind: 'build', range: { from: { value: 5, isIncluded: false }, to: null } }],
    ['build:>=5', { kind: 'build', range: { from: { value: 5, isIncluded: true }, to: null } }],
    ['build:*..5', { kind: 'build', range: { from: null, to: { value: 5, isIncluded: true } } }],
    ['build:5..*', { kind: 'build', range: { from: { value: 5, isIncluded: true }, to: null } }],
    ['id:24:6f:28:03:7e:51', { kind: 'id', range: only(0x246f28037e51) }],
    [
      'id:1..500',
      { kind: 'id', range: { from: { value: 1, isIncluded: true }, to: { value: 500, isIncluded: true } } },
    ],
    ['seen:7d', { kind: 'seen', seconds: 604_800 }],
    ['-seen:1h', { kind: 'not', of: { kind: 'seen', seconds: 3_600 } }],
    ['status:failed', text('status', 'failed')],
    ['status:Failed', text('status', 'failed')],
    ['build:<=0', { kind: 'build', range: { from: null, to: { value: 0, isIncluded: true } } }],
    ['group:Munich', { kind: 'group', name: 'munich', place: 7 }],
    ['attr.hw_revision:B', { kind: 'attribute', key: 'hw_revision', value: 'B' }],
    ['hw_revision:B', { kind: 'attribute', key: 'hw_revision', value: 'B' }],
    [
      'chip_revision:>=0.4',
      {
        kind: 'attributeRange',
        key: 'chip_revision',
        range: { from: { value: 0.4, isIncluded: true }, to: null },
      },
    ],
    ['attr.hw_revision:">5"', { kind: 'attribute', key: 'hw_revision', value: '>5' }],
    ['version:"1.2.*"', { kind: 'versionText', value: '1.2.*' }],
    [String.raw`tag:"a \"b\" \\ \c"`, text('tag', String.raw`a "b" \ \c`)],
    ['"or" "-a"', { kind: 'all', of: [word('or'), word('-a')] }],
    ['organ and-so', { kind: 'all', of: [word('organ'), word('and-so')] }],
    [
      '9007199254740',
      {
        kind: 'begins',
        name: '9007199254740',
        ids: [
          [9_007_199_254_740, 9_007_199_254_740],
          [90_071_992_547_400, 90_071_992_547_409],
          [900_719_925_474_000, 900_719_925_474_099],
          [9_007_199_254_740_000, 9_007_199_254_740_991],
        ],
      },
    ],
    ['007', { kind: 'begins', name: '007', ids: [[7, 7]] }],
    ['id:*7E:51', { kind: 'idEnds', ends: [[0x10000, 0x7e51]] }],
    [
      'id:*0042',
      {
        kind: 'idEnds',
        ends: [
          [0x10000, 0x42],
          [10_000, 42],
        ],
      },
    ],
    ['id:*..5', { kind: 'id', range: { from: null, to: { value: 5, isIncluded: true } } }],
    ['24:6F:28', { kind: 'begins', name: '24:6f:28', ids: [[0x246f28000000, 0x246f28ffffff]] }],
    ['a4:c', { kind: 'begins', name: 'a4:c', ids: [[0xa4c000000000, 0xa4cfffffffff]] }],
    ['a4:', { kind: 'begins', name: 'a4:', ids: [[0xa40000000000, 0xa4ffffffffff]] }],
    ['246f28037e51', { kind: 'begins', name: '246f28037e51', ids: [[0x246f28037e51, 0x246f28037e51]] }],
  ])('%j is read', (source, filter) => {
    expect(parseFilter(source)).toEqual(filter);
  });

  it('has all the forms of the wire contract', () => {
    const example =
      'type:scales version:<1.2.0 version:1.0.0..1.1.9 build:>5 tag:beta -tag:lab channel:beta group:munich ' +
      'attr.hw_revision:B chip_revision:>=0.4 seen:7d -seen:1h status:failed id:1..500 id:24:6f:28:03:7e:51 munich';
    const filter = parseFilter(example);
    expect(filter.kind === 'all' && filter.of.map(({ kind }) => kind)).toEqual([
      ...[
        'text',
        'version',
        'version',
        'build',
        'text',
        'not',
        'text',
        'group',
        'attribute',
        'attributeRange',
      ],
      ...['seen', 'not', 'text', 'id', 'id', 'begins'],
    ]);
  });

  it.each([
    ['type:', 6, 'a value after type:'],
    ['typ:x', 1, 'one of type, tag'],
    ['a (b', 5, 'a term or )'],
    ['a )', 3, 'a term, OR or the end'],
    ['()', 2, 'a term such as'],
    ['OR a', 1, 'a term such as'],
    ['a OR', 5, 'a term such as'],
    ['a OR OR b', 6, 'a term such as'],
    ['--a', 2, 'a term such as'],
    ['a "b', 3, 'a text that ends with a quote'],
    ['""', 1, 'a word'],
    ['a or b', 3, 'OR stands between alternatives'],
    ['a AND b', 3, 'beside each other all must hold'],
    ['NOT a', 1, '- before what must not hold'],
    ['- a', 2, 'a term right after the -'],
    ['a -', 4, 'a term right after the -'],
    ['(a -)', 5, 'a term right after the -'],
    ['a\0b', 2, 'text without control characters'],
    ['a \ud800', 3, 'text without control characters'],
    ['version:1.2.*', 9, 'a range such as'],
    [String.raw`"a\"`, 1, 'a text that ends with a quote'],
    ['group:a '.repeat(11), 81, 'at most 10 groups'],
    ['version:<abc', 9, 'a version such as 1.2.0'],
    ['version:1.0.0..x', 9, 'a version such as'],
    ['build:x', 7, 'a build number'],
    ['build:-1', 7, 'a build number'],
    ['build:99999999999999999', 7, 'a build number'],
    ['id:0', 4, 'a number from 1'],
    ['id:1..', 4, 'a number from 1'],
    ['id:*', 4, '2 to 8 digits'],
    ['id:*7e5g', 4, '2 to 8 digits'],
    ['id:*123456789', 4, '2 to 8 digits'],
    ['id:5..1', 4, 'a range from the lower to the higher value'],
    ['build:6..5', 7, 'a range from the lower'],
    ['a version:1.2.0..1.1.9', 11, 'a range from the lower'],
    ['chip_revision:2..-1', 15, 'a range from the lower'],
    ['id:<1', 4, 'a range that holds a value'],
    ['build:<0', 7, 'a range that holds'],
    ['id:>9007199254740991', 4, 'a range that holds'],
    ['seen:7', 6, 'a time such as'],
    ['seen:0d', 6, 'a time such as'],
    ['seen:999999999w', 6, 'a time such as'],
    ['status:broken', 8, 'one of up_to_date'],
    ['identity:x', 10, 'one of none'],
    ['attr.UP:x', 1, 'one of type'],
    ['hall:3', 1, 'quotes around the word'],
    ['('.repeat(10_000), MAX_FILTER_LENGTH + 1, 'at most 2000 characters'],
    ['('.repeat(2_000), 21, 'at most 20 parentheses'],
    ['attr.:x', 1, 'one of type'],
    ['chip_revision:>x', 15, 'a number'],
    ['x'.repeat(MAX_FILTER_LENGTH + 1), MAX_FILTER_LENGTH + 1, 'at most 2000 characters'],
    ['a '.repeat(101), 201, 'at most 100 terms'],
    [`${'('.repeat(21)}a${')'.repeat(21)}`, 21, 'at most 20 parentheses'],
  ])('%j is refused at its place', (source, place, expected) => {
    const fault = faultOf(source);
    expect(fault?.place).toBe(place);
    expect(fault?.expected).toContain(expected);
    expect(fault?.message).toMatch(/^At character \d+ there is .+; expected .+\.$/s);
  });

  it('is read or refused with a place within it, whatever it is', () => {
    const piece = fc.constantFrom(
      '(',
      ')',
      '-',
      ' ',
      'OR',
      'a',
      '"',
      ':',
      'type:',
      'version:',
      '<',
      '..',
      '1.2.0',
      'id:',
      '\u{1F600}',
    );
    const source = fc.oneof(
      fc.string(),
      fc.array(piece, { maxLength: 30 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(source, (given) => {
        const fault = faultOf(given);
        if (!fault) return;
        expect(fault.place).toBeGreaterThanOrEqual(1);
        expect(fault.place).toBeLessThanOrEqual(given.length + 1);
        expect(given.slice(fault.place - 1).startsWith(fault.found)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

/** @returns undefined for a filter that is read */
function faultOf(source: string): FilterFault | undefined {
  try {
    parseFilter(source);
    return undefined;
  } catch (error) {
    if (error instanceof FilterFault) return error;
    throw error;
  }
}
