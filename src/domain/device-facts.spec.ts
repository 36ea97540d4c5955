import fc from 'fast-check';
import { FACT_FIELDS, readDeviceFacts, type GivenFacts } from './device-facts.js';

const HASH = 'c6b254684f48d483dc047559cfa5fcfb4797af006c40e65a4360fe35e16674c8';

describe('what a device says of itself', () => {
  it('is taken as it is right', () => {
    const attributes = {
      chip: 'ESP32-P4',
      rssi: -61,
      free_heap: 131_072,
      charging: true,
      note: 'ü'.repeat(64),
    };
    const { facts, dropped } = readDeviceFacts({
      elfSha256: HASH.toUpperCase(),
      bootId: 2 ** 32 - 1,
      checkInterval: 3600,
      acceptsDowngrade: false,
      attributes,
    });
    expect(dropped).toEqual([]);
    expect(facts).toEqual({
      elfSha256: HASH,
      bootId: 2 ** 32 - 1,
      checkInterval: 3600,
      acceptsDowngrade: false,
      attributes: new Map(Object.entries(attributes)),
    });
  });

  it.each<GivenFacts>([
    {},
    { elfSha256: null, bootId: null, checkInterval: null, acceptsDowngrade: null, attributes: null },
    { attributes: {} },
  ])('is nothing when it says nothing: %j', (given) => {
    expect(readDeviceFacts(given)).toEqual({ facts: {}, dropped: [] });
  });

  it.each<[keyof GivenFacts, unknown]>([
    ['elfSha256', '1234567'],
    ['elfSha256', 'g'.repeat(64)],
    ['elfSha256', 'a'.repeat(65)],
    ['elfSha256', 5],
    ['bootId', -1],
    ['bootId', 2 ** 32],
    ['bootId', 0.5],
    ['bootId', '1'],
    ['checkInterval', 0],
    ['checkInterval', 2_592_001],
    ['checkInterval', true],
    ['acceptsDowngrade', 'true'],
    ['acceptsDowngrade', 1],
    ['attributes', []],
    ['attributes', 'chip'],
    ['attributes', { Chip: 'x' }],
    ['attributes', { '1chip': 'x' }],
    ['attributes', { [`a${'b'.repeat(32)}`]: 'x' }],
    ['attributes', JSON.parse('{"__proto__": 1}')],
    ['attributes', { chip: 'x'.repeat(65) }],
    ['attributes', { chip: 'a\0b' }],
    ['attributes', { chip: '\ud800' }],
    ['attributes', { chip: null }],
    ['attributes', { chip: ['x'] }],
    ['attributes', { rssi: Infinity }],
    ['attributes', Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`a${n}`, n]))],
  ])('is dropped and named when it is faulty: %s %j', (field, value) => {
    expect(readDeviceFacts({ [field]: value })).toEqual({ facts: {}, dropped: [field] });
  });

  it('keeps the other attributes and fields beside a faulty one', () => {
    const { facts, dropped } = readDeviceFacts({
      bootId: 'x',
      checkInterval: 60,
      attributes: { a: 1, B: 2 },
    });
    expect(facts).toEqual({ checkInterval: 60, attributes: new Map([['a', 1]]) });
    expect(dropped).toEqual(['bootId', 'attributes']);
  });

  it('is bounded, whatever comes', () => {
    const given = fc.record(Object.fromEntries(FACT_FIELDS.map((field) => [field, fc.jsonValue()])), {
      requiredKeys: [],
    });
    fc.assert(
      fc.property(given, (facts) => {
        const { facts: taken, dropped } = readDeviceFacts(facts);
        expect(new Set(dropped).size).toBe(dropped.length);
        expect(taken.attributes?.size ?? 0).toBeLessThanOrEqual(20);
        expect(JSON.stringify([...(taken.attributes ?? [])]).length).toBeLessThan(20 * 500);
      }),
    );
  });
});
