import fc from 'fast-check';
import { isEnrollmentKey, keptKey, newEnrollmentKey } from './enrollment-key.js';

const someKey = fc
  .uint8Array({ minLength: 24, maxLength: 24 })
  .map((bytes) => newEnrollmentKey(Buffer.from(bytes)));

describe('an enrolment key', () => {
  it('is recognised by its beginning and its checksum', () => {
    fc.assert(
      fc.property(
        someKey,
        fc.nat({ max: 42 }),
        fc.constantFrom('A', 'z', '0', '9', '-', '_', ' '),
        (key, at, other) => {
          expect(key).toMatch(/^otae_[\w-]{38}$/);
          expect(isEnrollmentKey(key)).toBe(true);
          fc.pre(key[at] !== other);
          expect(isEnrollmentKey(key.slice(0, at) + other + key.slice(at + 1))).toBe(false);
        },
      ),
    );
    expect(isEnrollmentKey('')).toBe(false);
  });

  it('is another one each time, and kept as its hash and its visible beginning', () => {
    const key = newEnrollmentKey();
    expect(newEnrollmentKey()).not.toBe(key);
    const { hash, prefix } = keptKey(key);
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect([key.startsWith(prefix), prefix.length]).toEqual([true, 12]);
  });
});
