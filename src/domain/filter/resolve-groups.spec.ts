import fc from 'fast-check';
import { NOTHING, type ResolvedFilter } from './filter.js';
import { parseFilter } from './parse-filter.js';
import { groupTermsOf, resolveGroups, termCount } from './resolve-groups.js';

const LAB = parseFilter('tag:lab OR tag:bench') as ResolvedFilter;
const MEMBER: ResolvedFilter = { kind: 'member', groupId: 7 };

describe('the groups of a filter', () => {
  it('are told with their places', () => {
    const terms = groupTermsOf(parseFilter('group:A -(build:5 OR -group:"ü b") group:a'));
    expect(terms.map(({ name, place }) => [name, place])).toEqual([
      ['a', 7],
      ['ü b', 29],
      ['a', 42],
    ]);
  });

  it('make way for what they stand for, and one that there is not for nothing', () => {
    const filter = parseFilter('group:pilots -(group:LAB OR group:none) build:5');
    const known = new Map([
      ['pilots', MEMBER],
      ['lab', LAB],
    ]);
    expect(resolveGroups(filter, (name) => known.get(name))).toEqual({
      kind: 'all',
      of: [MEMBER, { kind: 'not', of: { kind: 'any', of: [LAB, NOTHING] } }, parseFilter('build:5')],
    });
  });

  it('count with all of their terms', () => {
    const filter = parseFilter('group:lab -(a OR group:none) tag:b');
    expect(termCount(resolveGroups(filter, (name) => (name === 'lab' ? LAB : undefined)))).toBe(4);
  });

  it('are all that changes', () => {
    const term = fc.constantFrom('a', 'tag:b', '-build:>5', '(a OR seen:1d)', '-(id:1 b)', 'version:1.0.0');
    fc.assert(
      fc.property(fc.array(term, { minLength: 1 }), (terms) => {
        const filter = parseFilter(terms.join(' '));
        expect(groupTermsOf(filter)).toEqual([]);
        expect(resolveGroups(filter, () => NOTHING)).toEqual(filter);
      }),
    );
  });
});
