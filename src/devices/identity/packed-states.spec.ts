import fc from 'fast-check';
import { samples } from '../../../test/support/samples.js';
import { PackedStates } from './packed-states.js';

const someId = fc.oneof(
  fc.integer({ min: 1, max: 20_000 }),
  fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
);

describe('packed states', () => {
  it('say what was set last, and 0 of everything else', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(someId, fc.nat({ max: 3 })), { maxLength: 200 }),
        someId,
        (entries, other) => {
          const states = new PackedStates();
          const expected = new Map<number, number>();
          // Enough that they are brought into order several times.
          for (let id = 1; id <= 10_000; id++) {
            states.set(id, id % 5);
            expected.set(id, id % 5);
          }
          for (const [id, value] of entries) {
            states.set(id, value);
            expected.set(id, value);
          }
          for (const [id, value] of expected) if (states.get(id) !== value) throw new Error(`${id}`);
          expect(states.get(other)).toBe(expected.get(other) ?? 0);
        },
      ),
      { numRuns: samples(30) },
    );
  });

  it('keep 32 bits, of the smallest and of the largest id', () => {
    const states = new PackedStates();
    for (const id of [1, Number.MAX_SAFE_INTEGER]) states.set(id, 2 ** 32 - 1);
    for (let id = 2; id < 6_000; id++) states.set(id, id);
    expect([1, 5_999, 6_000, Number.MAX_SAFE_INTEGER].map((id) => states.get(id))).toEqual([
      2 ** 32 - 1,
      5_999,
      0,
      2 ** 32 - 1,
    ]);
  });

  it('know nothing of ids below and above all that were set', () => {
    const states = new PackedStates();
    for (let id = 100_000; id < 110_000; id++) states.set(id, 7);
    expect([1, 99_999, 100_000, 109_999, 110_000].map((id) => states.get(id))).toEqual([0, 0, 7, 7, 0]);
  });
});
