import fc from 'fast-check';
import type { Json } from './audit-chain.js';
import { boundedText, MAX_KEPT_JSON, MAX_KEPT_TEXT, storableJson } from './storable-json.js';

const nested = (depth: number): Json => (depth === 0 ? 'core' : [nested(depth - 1)]);

describe('JSON that PostgreSQL can keep', () => {
  it.each<[Json, Json]>([
    [null, null],
    [true, true],
    ['a\0b', 'a\uFFFDb'],
    [-0, 0],
    [1e21, 1e21],
    [NaN, null],
    [-Infinity, null],
    [
      ['\uD83D', 1],
      ['\uFFFD', 1],
    ],
    [{ 'a\0': { b: '\uDE80' } }, { 'a\uFFFD': { b: '\uFFFD' } }],
    [JSON.parse('{"__proto__":1}') as Json, JSON.parse('{"__proto__":1}') as Json],
    [nested(16), nested(16)],
  ])('makes %j %j', (given, kept) => {
    expect(storableJson(given)).toEqual(kept);
  });

  it('says a negative zero as zero', () => {
    expect(Object.is(storableJson(-0), 0)).toBe(true);
  });

  it('cuts a text between code points', () => {
    expect(storableJson('\u{1F680}'.repeat(2_001))).toBe('\u{1F680}'.repeat(MAX_KEPT_TEXT));
    expect(boundedText('ab\0', 2)).toBe('ab');
  });

  it('leaves out what is nested too deeply', () => {
    expect(JSON.stringify(storableJson(nested(20)))).toBe(`${'['.repeat(16)}"…"${']'.repeat(16)}`);
  });

  it('keeps the beginning of what is too large', () => {
    const ids = Array.from({ length: 20_000 }, (_, index) => index);
    const text = JSON.stringify(ids);
    expect(storableJson(ids)).toEqual({ characters: text.length, beginning: text.slice(0, MAX_KEPT_TEXT) });
  });

  it('is bounded, and stays what it is the second time', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 20 }), (value) => {
        const kept = storableJson(value as Json);
        expect(JSON.stringify(kept).length).toBeLessThanOrEqual(MAX_KEPT_JSON);
        expect(storableJson(kept)).toEqual(kept);
      }),
    );
  });
});
