import fc from 'fast-check';
import { samples } from '../../../test/support/samples.js';
import type { Attribute } from '../device-facts.js';
import { heldAttributes } from '../device-facts.js';
import { parseVersion, versionSortKey } from '../firmware-version.js';
import type { ResolvedFilter } from './filter.js';
import { decidingAttributes, matchesKnown, type KnownOfDevices } from './matches-known.js';
import { matches, type FilterableDevice } from './matches.js';
import { parseFilter } from './parse-filter.js';
import { resolveGroups } from './resolve-groups.js';

const read = (text: string): ResolvedFilter =>
  resolveGroups(parseFilter(text), (name) => ({ kind: 'member', groupId: Number(name.slice(1)) }));
const versionOf = (text: string): FilterableDevice['version'] => ({
  text,
  sortKey: versionSortKey(parseVersion(text)),
});

const KNOWN: KnownOfDevices = {
  name: 'Munich 7',
  deviceType: 'lamp',
  version: versionOf('1.2.0'),
  build: 6,
  channel: 'beta',
  tags: ['lab'],
  groups: [7],
  attributes: new Map([['floor', 3]]),
};

describe('what is known of many devices', () => {
  it.each<[string, boolean | null]>([
    ['', true],
    ['tag:lab', true],
    ['tag:other', false],
    ['group:g7 channel:beta version:<1.3.0 build:6 type:lamp', true],
    ['group:g8', false],
    ['version:>1.2.0', false],
    ['munich', true],
    ['bremen', false],
    ['7', null],
    ['munich id:7', null],
    ['id:7', null],
    ['id:7 tag:other', false],
    ['id:7 OR tag:lab', true],
    ['-id:7', null],
    ['-(id:7 tag:other)', true],
    ['identity:token', null],
    // What operators say holds whatever the device says.
    ['attr.floor:3', true],
    ['attr.floor:>3', false],
    ['attr.site:3', null],
    ['attr.site:>3', null],
  ])('answers %s with %s', (text, expected) => {
    expect(matchesKnown(read(text), KNOWN)).toBe(expected);
  });

  const some = <T>(values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
  const term = fc
    .tuple(
      some(['', '-']),
      some([
        ...['tag:a', 'tag:b', 'channel:stable', 'channel:beta', 'group:g1', 'group:g2', 'm', 'mu', '4'],
        ...['attr.site:7', 'attr.site:>7', 'attr.floor:7', 'id:1..5', 'id:4', 'identity:token', 'type:lamp'],
        ...['version:<1.1.0', 'version:odd', 'build:>1'],
      ]),
    )
    .map((parts) => parts.join(''));
  const filter = fc
    .array(fc.array(term, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 })
    .map((parts) => read(parts.map((terms) => `(${terms.join(' ')})`).join(' OR ')));
  const attributes = fc.dictionary(some(['site', 'floor']), some<Attribute>([7, 8, '7', 'x', true]), {
    maxKeys: 2,
  });
  const device = fc.record({
    id: fc.integer({ min: 1, max: 50 }),
    name: fc.option(some(['Munich', 'Mu', 'Bremen'])),
    deviceType: some(['lamp', 'scales']),
    version: some(['1.0.0', '1.2.0', 'odd']).map(versionOf),
    build: fc.nat(2),
    channel: some(['stable', 'beta', 'gamma']),
    tags: fc.uniqueArray(some(['a', 'b'])),
    groups: fc.uniqueArray(some([1, 2])),
    identity: some(['none', 'token']),
  });

  it('is answered as for each of them, or not at all', () => {
    fc.assert(
      fc.property(filter, device, attributes, attributes, (asked, { id, identity, ...shared }, own, said) => {
        const answer = matchesKnown(asked, { ...shared, attributes: new Map(Object.entries(said)) });
        if (answer === null) return;
        const whole: FilterableDevice = {
          ...{ ...shared, id, identity, status: 'unknown', lastSeenAt: 0 },
          attributes: heldAttributes(new Map(Object.entries(own)), said),
        };
        expect(answer).toBe(matches(asked, whole, 0));
      }),
      { numRuns: samples(2_000) },
    );
  });

  it.each<[string, readonly string[] | null]>([
    ['tag:lab -group:g7 version:<1.3.0 build:6 type:lamp channel:beta', []],
    ['attr.site:3 OR -(attr.floor:>3 attr.site:4)', ['site', 'floor']],
    ['munich', []],
    ['7', null],
    ['attr.site:3 id:7', null],
    ['id:*07', null],
    ['identity:token', null],
    ['status:waiting', null],
    ['-seen:1h', null],
  ])('leaves the choice by %s to the attributes %j', (text, expected) => {
    expect(decidingAttributes(read(text))).toEqual(expected);
  });

  it('and the same attributes where they decide, is the same for all', () => {
    fc.assert(
      fc.property(filter, device, device, attributes, attributes, (asked, one, other, own, more) => {
        const keys = decidingAttributes(asked);
        if (keys === null) return;
        const shown = (id: number, identity: string, all: typeof own): FilterableDevice => ({
          ...{ ...one, id, identity, status: 'unknown', lastSeenAt: 0 },
          attributes: new Map(Object.entries(all)),
        });
        const same = Object.fromEntries(Object.entries(own).filter(([key]) => keys.includes(key)));
        const others = Object.fromEntries(Object.entries(more).filter(([key]) => !keys.includes(key)));
        expect(matches(asked, shown(other.id, other.identity, { ...others, ...same }), 0)).toBe(
          matches(asked, shown(one.id, one.identity, own), 0),
        );
      }),
      { numRuns: samples(2_000) },
    );
  });
});
