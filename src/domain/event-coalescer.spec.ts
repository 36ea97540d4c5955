import fc from 'fast-check';
import { EventCoalescer, newestOfEach } from './event-coalescer.js';

interface Happening {
  readonly entity: string;
  readonly place: number;
}

interface Seen extends Happening {
  readonly at: number;
}

/** What happens to a few entities, and the milliseconds before each. */
const happenings = fc.array(
  fc.record({ entity: fc.constantFrom('a', 'b', 'c', 'd'), pause: fc.nat(1_500) }),
  { maxLength: 200 },
);
type Happenings = readonly { readonly entity: string; readonly pause: number }[];

/** Asks after each event, as often in between as is waited for, and until nothing waits. */
function run(moves: Happenings): { happened: Happening[]; seen: Seen[] } {
  const coalescer = new EventCoalescer<Happening>(10, 1_000);
  const happened: Happening[] = [];
  const seen: Seen[] = [];
  let now = 5_000;
  const take = (): void => {
    seen.push(...coalescer.take(now).map((event) => ({ ...event, at: now })));
  };
  for (const { entity, pause } of moves) {
    const until = now + pause;
    while (!coalescer.isEmpty && now + coalescer.waitMs(now) < until) {
      now += coalescer.waitMs(now);
      take();
    }
    now = until;
    const event = { entity, place: happened.length };
    happened.push(event);
    coalescer.add(event);
    take();
  }
  while (!coalescer.isEmpty) {
    now += coalescer.waitMs(now);
    take();
  }
  return { happened, seen };
}

describe('what a coalescer passes on', () => {
  it('is at most one event a second for each entity', () => {
    fc.assert(
      fc.property(happenings, (moves) => {
        const last = new Map<string, number>();
        for (const { entity, at } of run(moves).seen) {
          expect(at - (last.get(entity) ?? -Infinity)).toBeGreaterThanOrEqual(1_000);
          last.set(entity, at);
        }
      }),
    );
  });

  it('ends with the newest event of each entity', () => {
    fc.assert(
      fc.property(happenings, (moves) => {
        const { happened, seen } = run(moves);
        const newest = (events: readonly Happening[]) =>
          new Map(events.map(({ entity, place }) => [entity, place]));
        expect(newest(seen)).toEqual(newest(happened));
      }),
    );
  });

  it('is in order, and misses nothing for who stops anywhere and continues behind what was seen', () => {
    fc.assert(
      fc.property(happenings, fc.nat(), (moves, stop) => {
        const { happened, seen } = run(moves);
        const places = seen.map(({ place }) => place);
        expect(places).toEqual([...places].sort((a, b) => a - b));
        const first = seen.slice(0, seen.length === 0 ? 0 : stop % seen.length);
        const from = first.at(-1)?.place ?? -1;
        const rest = newestOfEach(happened.filter(({ place }) => place > from));
        const known = new Map([...first, ...rest].map(({ entity, place }) => [entity, place]));
        expect(known).toEqual(new Map(happened.map(({ entity, place }) => [entity, place])));
        // And nothing twice.
        expect(new Set([...first, ...rest].map(({ place }) => place)).size).toBe(first.length + rest.length);
      }),
    );
  });

  it('comes at once after a rest', () => {
    const coalescer = new EventCoalescer<Happening>(10, 1_000);
    coalescer.add({ entity: 'a', place: 1 });
    expect(coalescer.take(0)).toHaveLength(1);
    coalescer.add({ entity: 'b', place: 2 });
    expect([coalescer.take(999), coalescer.waitMs(999)]).toEqual([[], 1]);
    expect(coalescer.take(1_000)).toHaveLength(1);
  });

  it('is bounded, and can be forgotten', () => {
    const coalescer = new EventCoalescer<Happening>(2, 1_000);
    coalescer.add({ entity: 'a', place: 1 });
    coalescer.add({ entity: 'a', place: 2 });
    expect(coalescer.isFull).toBe(false);
    coalescer.add({ entity: 'b', place: 3 });
    expect(coalescer.isFull).toBe(true);
    coalescer.clear();
    expect(coalescer.isEmpty).toBe(true);
  });
});
