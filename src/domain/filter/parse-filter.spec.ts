import fc from 'fast-check';
import type { Filter, Range } from './filter.js';
import { MAX_FILTER_LENGTH, parseFilter } from './parse-filter.js';
import { FilterFault } from './tokens.js';
import { parseVersion } from '../firmware-version.js';

const key = (version: string): string => parseVersion(version)!.sortKey;
const only = <T>(value: T): Range<T> => {
  const bound = { value, isIncluded: true };
  return { from: bound, to: bound };
};
const text = (field: 'type' | 'tag' | 'group' | 'status', value: string): Filter => ({
  kind: 'text',
  field,
  value,
});
const word = (name: string): Filter => ({ kind: 'begins', name, id: '', mac: null });

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
    ['a or b', { kind: 'all', of: [word('a'), word('or'), word('b')] }],
    ['a b OR c', { kind: 'any', of: [{ kind: 'all', of: [word('a'), word('b')] }, word('c')] }],
    ['a (b OR c)', { kind: 'all', of: [word('a'), { kind: 'any', of: [word('b'), word('c')] }] }],
    ['-tag:lab', { kind: 'not', of: text('tag', 'lab') }],
    ['-(a b)', { kind: 'not', of: { kind: 'all', of: [word('a'), word('b')] } }],
    ['a-b', word('a-b')],
    ['- a', { kind: 'all', of: [word('-'), word('a')] }],
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
    ['group:munich', text('group', 'munich')],
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
    ['123', { kind: 'begins', name: '123', id: '123', mac: null }],
    [
      '24:6F:28',
      {
        kind: 'begins',
        name: '24:6f:28',
        id: '',
        mac: {
          from: { value: 0x246f28000000, isIncluded: true },
          to: { value: 0x246f29000000, isIncluded: false },
        },
      },
    ],
  ])('%j is read', (source, filter) => {
    expect(parseFilter(source)).toEqual(filter);
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
    ['version:<abc', 9, 'a version such as 1.2.0'],
    ['version:1.0.0..x', 9, 'a version such as'],
    ['build:x', 7, 'a build number'],
    ['build:-1', 7, 'a build number'],
    ['build:99999999999999999', 7, 'a build number'],
    ['id:0', 4, 'a number from 1'],
    ['id:1..', 4, 'a number from 1'],
    ['seen:7', 6, 'a time such as'],
    ['seen:0d', 6, 'a time such as'],
    ['seen:999999999w', 6, 'a time such as'],
    ['status:broken', 8, 'one of up_to_date'],
    ['identity:x', 10, 'one of none'],
    ['attr.UP:x', 1, 'one of type'],
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
