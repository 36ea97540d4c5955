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
    const { facts, faulty } = readDeviceFacts({
      elf_sha256: HASH.toUpperCase(),
      boot_id: 2 ** 32 - 1,
      check_interval: 3600,
      accepts_downgrade: false,
      attributes,
    });
    expect(faulty).toEqual([]);
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
    { elf_sha256: null, boot_id: null, check_interval: null, accepts_downgrade: null, attributes: null },
    { attributes: {} },
  ])('is nothing when it says nothing: %j', (given) => {
    expect(readDeviceFacts(given)).toEqual({ facts: {}, faulty: [] });
  });

  it.each<[keyof GivenFacts, unknown]>([
    ['elf_sha256', '1234567'],
    ['elf_sha256', 'g'.repeat(64)],
    ['elf_sha256', 'a'.repeat(65)],
    ['elf_sha256', 5],
    ['boot_id', -1],
    ['boot_id', 2 ** 32],
    ['boot_id', 0.5],
    ['boot_id', '1'],
    ['check_interval', 0],
    ['check_interval', 2_592_001],
    ['check_interval', true],
    ['accepts_downgrade', 'true'],
    ['accepts_downgrade', 1],
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
    expect(readDeviceFacts({ [field]: value })).toEqual({ facts: {}, faulty: [field] });
  });

  it('keeps the other attributes and fields beside a faulty one', () => {
    const { facts, faulty } = readDeviceFacts({
      boot_id: 'x',
      check_interval: 60,
      attributes: { a: 1, B: 2 },
    });
    expect(facts).toEqual({ checkInterval: 60, attributes: new Map([['a', 1]]) });
    expect(faulty).toEqual(['boot_id', 'attributes']);
  });

  it('is bounded, whatever comes', () => {
    const given = fc.record(Object.fromEntries(FACT_FIELDS.map((field) => [field, fc.jsonValue()])), {
      requiredKeys: [],
    });
    fc.assert(
      fc.property(given, (facts) => {
        const { facts: taken, faulty } = readDeviceFacts(facts);
        expect(new Set(faulty).size).toBe(faulty.length);
        expect(taken.attributes?.size ?? 0).toBeLessThanOrEqual(20);
        expect(JSON.stringify([...(taken.attributes ?? [])]).length).toBeLessThan(20 * 500);
      }),
    );
  });
});
