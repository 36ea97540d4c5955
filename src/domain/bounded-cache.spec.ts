import fc from 'fast-check';
import { BoundedCache } from './bounded-cache.js';

describe('a bounded cache', () => {
  it('has what would be made, whatever was asked before and however little it may keep', () => {
    const keys = fc.tuple(fc.constantFrom('a', 'b', ''), fc.constantFrom('a', 'b', ''), fc.nat(2));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.array(keys), (capacity, asked) => {
        const cache = new BoundedCache<[string, string, number], string>(capacity);
        for (const key of asked) expect(cache.get(key, () => JSON.stringify(key))).toBe(JSON.stringify(key));
      }),
    );
  });

  it('makes a value once, also one that is undefined', () => {
    const cache = new BoundedCache<[number], undefined>(2);
    let made = 0;
    const make = (): undefined => {
      made += 1;
    };
    cache.get([1], make);
    cache.get([1], make);
    expect(made).toBe(1);
  });

  it('forgets all when one more comes than it may keep', () => {
    const cache = new BoundedCache<[number, number], number>(2);
    let made = 0;
    const ask = (one: number, other: number): number => cache.get([one, other], () => ++made);
    expect([ask(1, 1), ask(1, 2), ask(1, 1)]).toEqual([1, 2, 1]);
    expect([ask(2, 1), ask(1, 1), ask(2, 1)]).toEqual([3, 4, 3]);
  });
});
