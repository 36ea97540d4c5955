import fc from 'fast-check';
import { findJsonSyntaxError } from './json-syntax-error.js';
import { samples } from '../../test/support/samples.js';

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

describe('where a text stops being JSON', () => {
  it.each([
    ['', 1, 1, 'a value'],
    ['{', 1, 2, 'a name in double quotes'],
    ['{"device_id":}', 1, 14, 'a value'],
    ["{'a':1}", 1, 2, 'a name in double quotes'],
    ['{"a" 1}', 1, 6, '":"'],
    ['{"a":1,}', 1, 8, 'a name in double quotes'],
    ['{"a":1 "b":2}', 1, 8, '"," or "}"'],
    ['[1,\n2\n3]', 3, 1, '"," or "]"'],
    ['{"a":01}', 1, 7, '"," or "}"'],
    ['{"a":.5}', 1, 6, 'a value'],
    ['{"a":"x\ty"}', 1, 8, '"'],
    ['{"a":"C:\\dir"}', 1, 9, 'a valid escape'],
    ['{"a":"x', 1, 8, '"'],
    ['{"a":NaN}', 1, 6, 'a value'],
    ['{"a":1}\0', 1, 8, 'the end'],
    ['{"a":1}}', 1, 8, 'the end'],
    ['{\n  "a": 1,\n  "b": tru\n}', 3, 8, 'a value'],
    ['['.repeat(500_000), 1, 500_001, 'a value'],
  ])('%j at %i:%i', (text, line, column, expected) => {
    expect(findJsonSyntaxError(text)).toEqual({ line, column, expected });
  });

  it('is nowhere in what JSON.parse takes, and somewhere in what it refuses', () => {
    const almost = fc
      .tuple(
        fc.json(),
        fc.nat(),
        fc.constantFrom('', ',', '"', '}', ']', '{', ':', '\\', '\n', '0', '-', 'e', '\0'),
      )
      .map(([text, place, more]) => {
        const at = place % (text.length + 1);
        return text.slice(0, at) + more + text.slice(at + 1);
      });
    fc.assert(
      fc.property(fc.oneof(almost, fc.json(), fc.string()), (text) => {
        expect(findJsonSyntaxError(text) === null).toBe(isJson(text));
      }),
      { numRuns: samples(2_000) },
    );
  });
});
