import fc from 'fast-check';
import { xorOf } from './xor.js';

it('XORs every byte, wherever the bytes lie in memory', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(40), (array, from) => {
      const bytes = Buffer.from(array).subarray(from);
      expect(xorOf(bytes)).toBe(bytes.reduce((xor, byte) => xor ^ byte, 0));
    }),
  );
});
