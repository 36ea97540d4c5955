import fc from 'fast-check';
import { resolve } from 'node:path';
import { parseBinaryPath } from './store-path.js';

describe('paths within the store', () => {
  it.each([
    ['sensor/v1.0.0.bin', 'sensor/v1.0.0.bin'],
    ['/sensor/v1.0.0.bin', 'sensor/v1.0.0.bin'],
    ['v1.0.0.bin', 'v1.0.0.bin'],
    ['a/b/ü 1.bin', 'a/b/ü 1.bin'],
  ])('%s is one', (given, expected) => {
    expect(parseBinaryPath(given)).toBe(expected);
  });

  it.each([
    '',
    '/',
    '//etc/passwd',
    '../secret',
    'sensor/../../secret',
    'sensor/..',
    './sensor/v1.bin',
    'sensor//v1.bin',
    'sensor/',
    '.uploads/x.part',
    'sensor/.hidden',
    '..\\secret',
    'C:\\secret',
    'a\0b',
    'a\nb',
    'a/\u202Egpj.bin',
    'a/ b',
    'a'.repeat(501),
  ])('%j is none', (given) => {
    expect(parseBinaryPath(given)).toBeNull();
  });

  it('whatever is accepted stays below the root', () => {
    const segment = fc.oneof(fc.constantFrom('..', '.', '', '/', '\\', '%2e%2e', '．．', 'a'), fc.string());
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 6 }), (segments) => {
        const path = parseBinaryPath(segments.join('/'));
        if (path !== null) expect(resolve('/store', path)).toMatch(/^\/store\/./);
      }),
    );
  });
});
