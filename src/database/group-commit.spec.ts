import fc from 'fast-check';
import { DomainError } from '../domain/errors.js';
import { DeadlinePassed } from './deadline-passed.js';
import { GroupCommit } from './group-commit.js';
import type { Outcome } from './settle-batch.js';

interface Item {
  readonly key: number;
  readonly n: number;
}

const away = (): Error => Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
const poison = (): Error => Object.assign(new Error('poison'), { code: '22001', severity: 'ERROR' });
const done = (result: number): Outcome<number> => ({ kind: 'done', result });
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A database whose transactions end when the test says so. */
class Sink {
  readonly batches: (readonly Item[])[] = [];
  readonly underWay: { batch: readonly Item[]; end: (error?: Error) => void }[] = [];

  readonly commit = (batch: readonly Item[]): Promise<Outcome<number>[]> => {
    this.batches.push(batch);
    return new Promise((resolve, reject) => {
      this.underWay.push({
        batch,
        end: (error) => {
          if (error) reject(error);
          else resolve(batch.map(({ n }) => done(n)));
        },
      });
    });
  };

  async endAll(): Promise<void> {
    for (;;) {
      const next = this.underWay.shift();
      if (!next) return;
      next.end();
      await turn();
      await turn();
    }
  }
}

describe('reports that share a transaction', () => {
  const groupOf = (sink: Pick<Sink, 'commit'>, more = {}) =>
    new GroupCommit<Item, number>({
      keyOf: ({ key }) => key,
      commit: sink.commit,
      maxBatch: 4,
      inFlight: 2,
      capacity: 10,
      deadlineMs: 10_000,
      lockedRetryMs: 10,
      ...more,
    });

  it('are those that arrive together, or while the ones before are under way', async () => {
    const sink = new Sink();
    const group = groupOf(sink, { inFlight: 1 });
    const first = group.add({ key: 1, n: 1 });
    const second = group.add({ key: 2, n: 2 });
    await turn();
    const later = [3, 4, 5].map((n) => group.add({ key: n, n }));
    await turn();
    expect(group.depth).toBe(3);
    await sink.endAll();
    expect(await Promise.all([first, second, ...later])).toEqual([1, 2, 3, 4, 5]);
    expect(sink.batches.map((batch) => batch.length)).toEqual([2, 3]);
  });

  it('are those of one group, as many groups at once as may be under way', async () => {
    const sink = new Sink();
    const group = groupOf(sink, { groupOf: ({ key }: Item) => key % 2, inFlight: () => 2 });
    const answers = [1, 2, 3, 4, 5, 6].map((n) => group.add({ key: n, n }));
    await turn();
    expect(sink.batches.map((batch) => batch.map(({ n }) => n))).toEqual([
      [1, 3, 5],
      [2, 4, 6],
    ]);
    await sink.endAll();
    expect(await Promise.all(answers)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('are answered only after it has ended', async () => {
    const sink = new Sink();
    let isAnswered = false;
    const answer = groupOf(sink)
      .add({ key: 1, n: 1 })
      .then(() => (isAnswered = true));
    await turn();
    expect(isAnswered).toBe(false);
    await sink.endAll();
    expect(await answer).toBe(true);
  });

  it('are refused at once when too many wait', async () => {
    const sink = new Sink();
    const group = groupOf(sink, { capacity: 2 });
    const taken = [group.add({ key: 1, n: 1 }), group.add({ key: 1, n: 2 })];
    await expect(group.add({ key: 2, n: 3 })).rejects.toThrow(DomainError);
    await turn();
    await sink.endAll();
    expect(await Promise.all(taken)).toEqual([1, 2]);
  });

  it('fail alone when one of them cannot be written', async () => {
    const commit = (batch: readonly Item[]): Promise<Outcome<number>[]> =>
      batch.some(({ n }) => n === 2)
        ? Promise.reject(poison())
        : Promise.resolve(
            batch.map(({ n }) => (n === 3 ? { kind: 'refused', reason: new Error('unknown') } : done(n))),
          );
    const group = groupOf({ commit });
    const answers = await Promise.allSettled([1, 2, 3, 4].map((n) => group.add({ key: n, n })));
    expect(answers.map((a) => (a.status === 'fulfilled' ? a.value : (a.reason as Error).message))).toEqual([
      1,
      'poison',
      'unknown',
      4,
    ]);
  });

  it('fail together when the database is away, without asking for each', async () => {
    let asked = 0;
    const commit = (): Promise<never> => {
      asked += 1;
      return Promise.reject(away());
    };
    const group = groupOf({ commit });
    const answers = await Promise.allSettled([1, 2, 3].map((n) => group.add({ key: n, n })));
    expect(answers.every(({ status }) => status === 'rejected')).toBe(true);
    expect(asked).toBe(1);
  });

  /** A database in which the rows of some keys are locked. */
  class Locks {
    readonly locked = new Set<number>();
    readonly written: Item[] = [];

    readonly commit = (batch: readonly Item[]): Promise<Outcome<number>[]> => {
      const free = batch.filter(({ key }) => !this.locked.has(key));
      this.written.push(...free);
      return Promise.resolve(
        batch.map((item) =>
          free.includes(item) ? done(item.n) : { kind: 'locked', reason: new Error('locked') },
        ),
      );
    };
  }

  it('are written while one of them is locked, which keeps its place before those of its key', async () => {
    const database = new Locks();
    database.locked.add(2);
    const group = groupOf(database);
    const first = group.add({ key: 2, n: 0 });
    const others = [1, 3, 4].map((key) => group.add({ key, n: key }));
    expect(await Promise.all(others)).toEqual([1, 3, 4]);
    const second = group.add({ key: 2, n: 5 });
    expect(await group.add({ key: 5, n: 6 })).toBe(6);
    expect([...group.keysNow()]).toEqual([2]);
    database.locked.clear();
    expect(await Promise.all([first, second])).toEqual([0, 5]);
    expect(database.written.filter(({ key }) => key === 2).map(({ n }) => n)).toEqual([0, 5]);
    expect([...group.keysNow()]).toEqual([]);
  });

  it('are refused when they wait for too long: locked, behind a locked one, or under way', async () => {
    const database = new Locks();
    database.locked.add(1);
    let isHung = false;
    const commit = (batch: readonly Item[]): Promise<Outcome<number>[]> =>
      isHung ? new Promise(() => undefined) : database.commit(batch);
    const group = groupOf({ commit }, { deadlineMs: 100 });
    const waiting = [group.add({ key: 1, n: 1 }), group.add({ key: 1, n: 2 })];
    for (const { status, reason } of (await Promise.allSettled(waiting)) as PromiseRejectedResult[])
      expect([status, reason]).toEqual(['rejected', expect.any(DeadlinePassed)]);
    database.locked.clear();
    expect(await group.add({ key: 1, n: 3 })).toBe(3);
    isHung = true;
    await expect(group.add({ key: 2, n: 4 })).rejects.toThrow(DeadlinePassed);
  });

  it('keep the order of each device, and no device is in two transactions at once', async () => {
    const items = fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(items, fc.integer({ min: 1, max: 4 }), async (keys, maxBatch) => {
        const busy = new Set<number>();
        const order: Item[] = [];
        const commit = async (batch: readonly Item[]): Promise<Outcome<number>[]> => {
          const mine = new Set(batch.map(({ key }) => key));
          for (const key of mine) {
            expect(busy.has(key)).toBe(false);
            busy.add(key);
          }
          await turn();
          order.push(...batch);
          for (const key of mine) busy.delete(key);
          return batch.map(({ n }) => done(n));
        };
        const group = groupOf({ commit }, { maxBatch });
        const answers = await Promise.all(keys.map((key, n) => group.add({ key, n })));
        expect(answers).toEqual(keys.map((_, n) => n));
        for (const key of new Set(keys)) {
          const ofKey = order.filter((item) => item.key === key).map(({ n }) => n);
          expect(ofKey).toEqual([...ofKey].sort((a, b) => a - b));
        }
      }),
      { numRuns: 50 },
    );
  });
});
