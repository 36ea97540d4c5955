import fc from 'fast-check';
import { hashId } from './hash-id.js';
import { IdSet } from './id-set.js';

const MIB = 2 ** 20;
const seeds = fc.integer();
/** Few enough to meet again, and of all sizes: small numbers, MAC addresses, the largest. */
const ids = fc.oneof(
  fc.integer({ min: 1, max: 200 }),
  fc.integer({ min: 2 ** 48 - 100, max: 2 ** 48 }),
  fc.maxSafeInteger().map((id) => Math.abs(id) || 1),
);

describe('a set of ids', () => {
  it('has what a Set has', () => {
    fc.assert(
      fc.property(seeds, fc.nat(3_000), fc.array(ids, { maxLength: 400 }), fc.array(ids), (...given) => {
        const [seed, expected, added, asked] = given;
        const set = new IdSet(seed, expected);
        const model = new Set<number>();
        const wrong = added.filter((id) => {
          const isWrong = set.has(id) !== model.has(id) || set.size !== model.size;
          set.add(id);
          model.add(id);
          return isWrong;
        });
        expect(wrong).toEqual([]);
        expect([...added, ...asked].filter((id) => set.has(id) !== model.has(id))).toEqual([]);
      }),
    );
  });

  it.each([
    ['one after the other', (n: number) => n + 1],
    ['that differ in their upper bits alone', (n: number) => (n % 2 ** 20) * 2 ** 32 + 7],
    ['far apart', (n: number) => 1 + ((n * 2_654_435_761_000) % (2 ** 53 - 1))],
  ])('keeps 20,000 ids %s', (_, idOf) => {
    const set = new IdSet(4711);
    const added = Array.from({ length: 20_000 }, (_id, n) => idOf(n));
    for (const id of added) set.add(id);
    expect(set.size).toBe(20_000);
    expect(added.every((id) => set.has(id))).toBe(true);
  });

  it('takes at most 20 MiB for a million', () => {
    const before = process.memoryUsage().arrayBuffers;
    const set = new IdSet(1, 1_000_000);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThanOrEqual(20 * MIB);
    expect(set.size).toBe(0);
  });
});

describe('the hash of an id', () => {
  it('is a whole number of 32 bits, and another one with another seed', () => {
    fc.assert(
      fc.property(ids, seeds, (id, seed) => {
        const hash = hashId(id, seed);
        expect([Number.isInteger(hash), hash >= 0, hash < 2 ** 32]).toEqual([true, true, true]);
        expect(hashId(id, seed ^ 1)).not.toBe(hash);
      }),
    );
  });
});
