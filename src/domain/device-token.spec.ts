import fc from 'fast-check';
import { looksLikeDeviceToken, mintDeviceToken, verifyDeviceToken } from './device-token.js';

const SECRET = Buffer.from('a secret of the tests, long enough');
const aSecret = fc.uint8Array({ minLength: 32, maxLength: 64 }).map((bytes) => Buffer.from(bytes));
const someClaims = fc.record({
  deviceId: fc.oneof(
    fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    fc.constantFrom(1, 2 ** 32 - 1, 2 ** 32, 2 ** 48 - 1, Number.MAX_SAFE_INTEGER),
  ),
  epoch: fc.oneof(fc.nat({ max: 1000 }), fc.constantFrom(2 ** 31 - 1, 2 ** 32 - 1)),
});

describe('a device token', () => {
  it('says whose it is, and is the same each time', () => {
    fc.assert(
      fc.property(someClaims, aSecret, (claims, secret) => {
        const token = mintDeviceToken(claims, secret);
        expect(token).toMatch(/^otad_[\w-]{40}$/);
        expect(verifyDeviceToken(token, secret)).toEqual(claims);
        expect(mintDeviceToken(claims, secret)).toBe(token);
      }),
    );
  });

  it('does not change without a new version of it', () => {
    expect(mintDeviceToken({ deviceId: 0x246f28037e51, epoch: 3 }, SECRET)).toBe(
      'otad_AQAkbygDflEAAAADkkwqqrv0q3bSWdQKU_vVytms',
    );
  });

  it('is worth nothing under another secret', () => {
    fc.assert(
      fc.property(someClaims, aSecret, (claims, secret) => {
        expect(verifyDeviceToken(mintDeviceToken(claims, secret), SECRET)).toBeNull();
      }),
    );
  });

  it('is refused after any change of a character', () => {
    fc.assert(
      fc.property(
        someClaims,
        fc.nat({ max: 44 }),
        fc.constantFrom('A', 'z', '0', '9', '-', '_', '='),
        (claims, at, other) => {
          const token = mintDeviceToken(claims, SECRET);
          fc.pre(token[at] !== other);
          expect(verifyDeviceToken(token.slice(0, at) + other + token.slice(at + 1), SECRET)).toBeNull();
        },
      ),
    );
  });

  it('is refused when it is longer, shorter, of another version or no token at all', () => {
    const token = mintDeviceToken({ deviceId: 1, epoch: 0 }, SECRET);
    const nonsense = fc.oneof(fc.string(), fc.constantFrom(token.slice(0, -1), `${token}A`, ` ${token}`));
    fc.assert(fc.property(nonsense, (text) => expect(verifyDeviceToken(text, SECRET)).toBeNull()));
  });

  it('is told from other bearers by its beginning', () => {
    expect(looksLikeDeviceToken(mintDeviceToken({ deviceId: 1, epoch: 0 }, SECRET))).toBe(true);
    expect(looksLikeDeviceToken('otad_broken')).toBe(true);
    expect(looksLikeDeviceToken('eyJhbGciOiJIUzI1NiJ9.e30.x')).toBe(false);
  });
});
