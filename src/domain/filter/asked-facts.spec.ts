import fc from 'fast-check';
import type { Attribute } from '../device-facts.js';
import {
  askedFacts,
  asksNothing,
  covers,
  FactsReducer,
  NOTHING_SAID,
  type TargetFacts,
} from './asked-facts.js';
import { EVERYTHING, type ResolvedFilter } from './filter.js';
import { matches, type FilterableDevice } from './matches.js';
import { parseFilter } from './parse-filter.js';
import { resolveGroups } from './resolve-groups.js';

const resolved = (text: string): ResolvedFilter =>
  resolveGroups(parseFilter(text), (name) => ({ kind: 'member', groupId: Number(name.slice(1)) }));
const asked = (...texts: string[]) => askedFacts(texts.map(resolved));
const reduced = (texts: readonly string[], given: Partial<TargetFacts>): TargetFacts | null =>
  new FactsReducer(asked(...texts)).reduce({ ...NOTHING_SAID, ...given });

describe('what filters ask of operators', () => {
  it('is nothing, if devices say all of it themselves', () => {
    expect(asksNothing(askedFacts([EVERYTHING]))).toBe(true);
    expect(
      asksNothing(asked('type:lamp version:>1.0.0 build:1 id:1..9 seen:1h identity:token', '-id:3')),
    ).toBe(true);
  });

  it.each([
    'tag:a',
    'channel:beta',
    'group:g1',
    'munich',
    'attr.site:7',
    'attr.floor:>3',
    'id:1 OR -(id:2 tag:a)',
  ])('is something: %s', (text) => {
    expect(asksNothing(asked(text))).toBe(false);
    expect(covers(asked(text), asked(text))).toBe(true);
    expect(covers(asked(text), asked())).toBe(true);
    expect(covers(asked(), asked(text))).toBe(false);
    expect(covers(asked('tag:b channel:c group:g2 nobody attr.site:8'), asked(text))).toBe(false);
  });
});

describe('what is kept of what operators say', () => {
  it.each<[string, readonly string[], Partial<TargetFacts>, Partial<TargetFacts> | null]>([
    ['nothing, if nothing is said', ['tag:a channel:beta'], {}, null],
    [
      'nothing that nobody asks for',
      ['tag:a'],
      { tags: ['b'], channel: 'beta', name: 'x', groups: [1] },
      null,
    ],
    ['tags in order', ['tag:a', 'tag:b'], { tags: ['c', 'b', 'a', 'b'] }, { tags: ['a', 'b'] }],
    ['a channel', ['channel:beta'], { channel: 'beta' }, { channel: 'beta' }],
    ['another channel than the usual', ['channel:stable'], { channel: 'beta' }, { channel: '' }],
    ['nothing of the usual channel', ['channel:stable'], {}, null],
    ['groups in order', ['group:g2', 'group:g10'], { groups: [10, 3, 2] }, { groups: [2, 10] }],
    [
      'the longest beginning of the name',
      ['mun', 'munich', 'munich-77'],
      { name: 'Munich-7' },
      { name: 'munich' },
    ],
    ['nothing of another name', ['mun'], { name: 'Bremen' }, null],
    ['attributes', ['attr.site:7'], { attributes: { site: 7, other: 1 } }, { attributes: { site: 7 } }],
  ])('%s', (_what, texts, given, expected) => {
    expect(reduced(texts, given)).toEqual(expected && { ...NOTHING_SAID, ...expected });
  });

  it('is one value for all that answer alike', () => {
    const reducer = new FactsReducer(asked('attr.site:7 attr.site:>100'));
    const siteOf = (site: Attribute): unknown =>
      reducer.reduce({ ...NOTHING_SAID, attributes: { site } })?.attributes['site'];
    expect(siteOf(1)).toBe(1);
    expect(siteOf('x')).toBe(1);
    expect(siteOf(7)).toBe(7);
    expect(siteOf('7')).toBe(7);
    expect(siteOf(200)).toBe(200);
    expect(siteOf(300)).toBe(200);
  });

  it('is a value as it is, where somebody asks for that', () => {
    const zones = askedFacts([resolved('time_zone:UTC')], ['time_zone']);
    expect(asksNothing(askedFacts([], ['time_zone']))).toBe(false);
    expect([
      covers(zones, asked('time_zone:UTC -time_zone:x')),
      covers(zones, askedFacts([], ['chip'])),
    ]).toEqual([true, false]);
    const reducer = new FactsReducer(zones);
    for (const time_zone of ['Europe/Berlin', 'Asia/Tokyo'])
      expect(reducer.reduce({ ...NOTHING_SAID, attributes: { time_zone, floor: 1 } })).toEqual({
        ...NOTHING_SAID,
        attributes: { time_zone },
      });
  });

  const some = <T>(values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
  const values: readonly Attribute[] = ['7', '7.0', 7, 8, 'x', '', true, 150];
  const term = fc
    .tuple(
      fc.boolean(),
      some([
        'tag:a',
        'tag:b',
        'channel:stable',
        'channel:beta',
        'channel:gamma',
        'group:g1',
        'group:g2',
        'm',
        'mu',
        'mun',
        'b',
        'attr.site:7',
        'attr.site:x',
        'attr.site:>7',
        'attr.site:<=8',
        'attr.floor:7',
        'id:1..5',
        'type:lamp',
      ]),
    )
    .map(([isNegated, text]) => (isNegated ? `-${text}` : text));
  const filter = fc
    .array(fc.array(term, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 })
    .map((parts) => parts.map((terms) => `(${terms.join(' ')})`).join(' OR '));
  const facts: fc.Arbitrary<TargetFacts> = fc.record({
    tags: fc.array(some(['a', 'b', 'c']), { maxLength: 3 }),
    channel: some(['stable', 'beta', 'gamma', 'delta']),
    name: fc.option(some(['Munich', 'Mu', 'Bremen', 'x'])),
    groups: fc.uniqueArray(some([1, 2, 3])),
    attributes: fc.dictionary(some(['site', 'floor', 'room']), some(values), { maxKeys: 3 }),
  });
  const own = fc.dictionary(some(['site', 'floor']), some(values), { maxKeys: 2 });
  const device = (given: TargetFacts, said: Record<string, Attribute>): FilterableDevice => ({
    ...given,
    id: 3,
    deviceType: 'lamp',
    version: null,
    build: null,
    status: 'unknown',
    identity: 'none',
    attributes: new Map(Object.entries({ ...said, ...given.attributes })),
    lastSeenAt: 0,
  });

  it('answers all that is asked as what is said does', () => {
    fc.assert(
      fc.property(fc.array(filter, { maxLength: 4 }), fc.array(fc.tuple(facts, own)), (texts, devices) => {
        const filters = texts.map(resolved);
        const reducer = new FactsReducer(askedFacts(filters));
        for (const [given, said] of devices) {
          const kept = reducer.reduce(given) ?? NOTHING_SAID;
          for (const one of filters)
            expect(matches(one, device(kept, said), 0)).toBe(matches(one, device(given, said), 0));
        }
      }),
    );
  });
});
