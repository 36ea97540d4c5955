import fc from 'fast-check';
import { allDone, settleBatch, type Outcome } from './settle-batch.js';

const sqlError = (code: string): Error => Object.assign(new Error(code), { code, severity: 'ERROR' });
const kindsOf = (outcomes: readonly Outcome<unknown>[]) => outcomes.map(({ kind }) => kind);

/** A database that refuses some items, and in which others are locked. */
class Sink {
  transactions = 0;
  readonly written: number[] = [];

  constructor(
    private readonly refused: ReadonlySet<number>,
    private readonly locked: ReadonlySet<number> = new Set(),
  ) {}

  readonly write = (batch: readonly number[]): Promise<readonly Outcome<void>[]> => {
    this.transactions += 1;
    if (batch.some((n) => this.refused.has(n))) return Promise.reject(sqlError('22001'));
    if (batch.some((n) => this.locked.has(n))) return Promise.reject(sqlError('55P03'));
    this.written.push(...batch);
    return Promise.resolve(allDone(batch));
  };
}

const sizes = fc.integer({ min: 1, max: 600 });
const places = (count: number) => fc.uniqueArray(fc.nat(599), { maxLength: count });
const batchOf = (size: number) => Array.from({ length: size }, (_, n) => n);
const within = (size: number, chosen: readonly number[]) => new Set(chosen.map((n) => n % size));

describe('a batch that is broken', () => {
  it('loses the items that are refused and no other, in about 2 log2(n) transactions for each', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, places(5), async (size, chosen) => {
        const refused = within(size, chosen);
        const sink = new Sink(refused);
        const outcomes = await settleBatch(batchOf(size), sink.write);
        expect(kindsOf(outcomes)).toEqual(batchOf(size).map((n) => (refused.has(n) ? 'refused' : 'done')));
        expect(sink.written).toEqual(batchOf(size).filter((n) => !refused.has(n)));
        expect(sink.transactions).toBeLessThanOrEqual(1 + 2 * refused.size * Math.ceil(Math.log2(size + 1)));
      }),
    );
  });

  it('has locked items set aside, and writes the others', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, places(2), places(2), async (size, some, others) => {
        const refused = within(size, some);
        const locked = new Set([...within(size, others)].filter((n) => !refused.has(n)));
        const outcomes = await settleBatch(batchOf(size), new Sink(refused, locked).write);
        expect(kindsOf(outcomes)).toEqual(
          batchOf(size).map((n) => (refused.has(n) ? 'refused' : locked.has(n) ? 'locked' : 'done')),
        );
      }),
    );
  });

  it('is asked about carefully after the first lock', async () => {
    const asked: boolean[] = [];
    const outcomes = await settleBatch([1, 2], (batch, isCareful) => {
      asked.push(isCareful);
      return isCareful ? Promise.resolve(allDone(batch)) : Promise.reject(sqlError('55P03'));
    });
    expect([asked, kindsOf(outcomes)]).toEqual([
      [false, true],
      ['done', 'done'],
    ]);
  });

  it('is given up when the whole table is locked', async () => {
    const sink = new Sink(new Set(), new Set(batchOf(512)));
    const kinds = kindsOf(await settleBatch(batchOf(512), sink.write));
    expect(sink.transactions).toBeLessThanOrEqual(40);
    expect(kinds.filter((kind) => kind === 'failed').length).toBeGreaterThan(450);
  });

  it('fails as a whole, after one transaction, for trouble that passes', async () => {
    let transactions = 0;
    const outcomes = await settleBatch([1, 2, 3], () => {
      transactions += 1;
      return Promise.reject(sqlError('53100'));
    });
    expect([transactions, kindsOf(outcomes)]).toEqual([1, ['failed', 'failed', 'failed']]);
  });
});
