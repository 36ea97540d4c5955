import fc from 'fast-check';
import { FairQueue } from './fair-queue.js';

/** Runs jobs that end when the test says so. */
class Bench {
  readonly begun: string[] = [];
  private readonly ends: (() => void)[] = [];

  constructor(readonly queue: FairQueue) {}

  add(key: string, name: string, isPreferred = false): boolean {
    const answer = this.queue.run(key, isPreferred, () => {
      this.begun.push(name);
      return new Promise<void>((resolve) => this.ends.push(resolve));
    });
    return answer !== null;
  }

  async endOne(): Promise<void> {
    this.ends.shift()?.();
    await new Promise(setImmediate);
  }

  get underWay(): number {
    return this.ends.length;
  }
}

describe('the queue of verifications', () => {
  const bench = (limits = {}): Bench =>
    new Bench(new FairQueue({ running: 1, waiting: 6, waitingPerKey: 3, ...limits }));

  it('serves keys by turns, so that one key cannot make the others wait', async () => {
    const jobs = bench();
    for (const name of ['a1', 'a2', 'a3', 'a4']) jobs.add('a', name);
    jobs.add('b', 'b1');
    for (let end = 0; end < 5; end++) await jobs.endOne();
    expect(jobs.begun).toEqual(['a1', 'a2', 'b1', 'a3', 'a4']);
  });

  it('lets preferred keys go before the others and wait apart from them', async () => {
    const jobs = bench({ waiting: 2 });
    expect(['a', 'b', 'c', 'd'].map((key) => jobs.add(key, key))).toEqual([true, true, true, false]);
    expect(jobs.add('known', 'known', true)).toBe(true);
    await jobs.endOne();
    expect(jobs.begun).toEqual(['a', 'known']);
  });

  it('hands on what a job answers or throws', async () => {
    const { queue } = bench();
    const first = queue.run('a', false, () => Promise.reject(new Error('no')));
    const second = queue.run('a', false, () => Promise.resolve(2));
    await expect(first).rejects.toThrow('no');
    await expect(second).resolves.toBe(2);
  });

  it('never runs or keeps more than its limits, and leaves nobody waiting for ever', async () => {
    const arrivals = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.boolean(), fc.boolean()), {
      maxLength: 60,
    });
    await fc.assert(
      fc.asyncProperty(arrivals, fc.integer({ min: 1, max: 3 }), async (events, running) => {
        const jobs = bench({ running });
        let admitted = 0;
        for (const [key, isPreferred, endsOne] of events) {
          if (jobs.add(key, key, isPreferred)) admitted += 1;
          expect(jobs.underWay).toBeLessThanOrEqual(running);
          expect(jobs.queue.depth).toBeLessThanOrEqual(12);
          if (endsOne) await jobs.endOne();
        }
        while (jobs.underWay > 0) await jobs.endOne();
        expect(jobs.begun).toHaveLength(admitted);
        expect(jobs.queue.depth).toBe(0);
      }),
      { numRuns: 50 },
    );
  });
});
