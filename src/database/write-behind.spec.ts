import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { allDone, type Outcome } from './settle-batch.js';
import { WriteBehind } from './write-behind.js';

interface Count {
  readonly key: string;
  readonly n: number;
}

const away = (): Error => Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });

const sqlError = (code: string) => (): Error => Object.assign(new Error(code), { code, severity: 'ERROR' });
const refused = sqlError('22001');

/** A database of which the test says whether it answers. */
class Sink {
  readonly batches: Count[][] = [];
  failure: ((batch: readonly Count[]) => Error | undefined) | undefined;

  readonly write = (batch: readonly Count[]): Promise<Outcome<void>[]> => {
    const error = this.failure?.(batch);
    if (error) return Promise.reject(error);
    this.batches.push([...batch]);
    return Promise.resolve(allDone(batch));
  };
}

describe('a queue of what is written later', () => {
  let sink: Sink;
  let queue: WriteBehind<string, Count>;
  let dropped: string[];
  const add = (key: string, n = 1) => {
    queue.add(key, { key, n });
  };

  beforeEach(() => {
    Logger.overrideLogger(false);
    jest.useFakeTimers();
    sink = new Sink();
    dropped = [];
    queue = new WriteBehind<string, Count>({
      name: 'counts',
      capacity: 3,
      flushMs: 100,
      maxBatch: 100,
      retryMs: 1_000,
      drainMs: 5_000,
      onDropped: ({ key }) => dropped.push(key),
      merge: (waiting, next) => ({ ...next, n: waiting.n + next.n }),
      write: sink.write,
    });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('merges by key and writes once', async () => {
    add('a');
    add('b');
    add('a', 5);
    await jest.advanceTimersByTimeAsync(99);
    expect(sink.batches).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    expect(sink.batches).toEqual([
      [
        { key: 'a', n: 6 },
        { key: 'b', n: 1 },
      ],
    ]);
    await jest.advanceTimersByTimeAsync(10_000);
    expect(sink.batches).toHaveLength(1);
  });

  it('keeps everything while the database is away, and merges what comes meanwhile', async () => {
    sink.failure = away;
    add('a');
    await jest.advanceTimersByTimeAsync(5_000);
    add('a');
    add('b');
    await jest.advanceTimersByTimeAsync(5_000);
    sink.failure = undefined;
    await jest.advanceTimersByTimeAsync(5_000);
    expect(sink.batches).toEqual([
      [
        { key: 'a', n: 2 },
        { key: 'b', n: 1 },
      ],
    ]);
  });

  it('drops what has waited longest when it is full', async () => {
    for (const key of ['a', 'b', 'c', 'd']) add(key);
    await queue.drain();
    expect(sink.batches.flat().map(({ key }) => key)).toEqual(['b', 'c', 'd']);
  });

  it('lets one that cannot be written not take the others with it', async () => {
    sink.failure = (batch) => (batch.some(({ key }) => key === 'bad') ? refused() : undefined);
    for (const key of ['a', 'bad', 'c']) add(key);
    await queue.drain();
    expect(sink.batches.flat().map(({ key }) => key)).toEqual(['a', 'c']);
    expect(dropped).toEqual(['bad']);
  });

  it.each(['53100', '28000', '40001', '42501', '57014', 'XX000'])(
    'keeps everything through SQLSTATE %s, also while it drains',
    async (code) => {
      jest.useRealTimers();
      const once = new WriteBehind<string, Count>({
        name: 'counts',
        capacity: 10,
        flushMs: 1,
        maxBatch: 2,
        retryMs: 5,
        drainMs: 5_000,
        merge: (_, next) => next,
        write: sink.write,
      });
      let refusals = 3;
      sink.failure = () => (refusals-- > 0 ? sqlError(code)() : undefined);
      for (const key of ['a', 'b', 'c']) once.add(key, { key, n: 1 });
      await once.drain();
      expect(sink.batches.flat().map(({ key }) => key)).toEqual(['a', 'b', 'c']);
    },
  );

  it('writes the others while one is locked, and that one when it is free', async () => {
    const locked = new Set(['b']);
    sink.failure = undefined;
    const write = (batch: readonly Count[], isCareful: boolean): Promise<Outcome<void>[]> => {
      const free = batch.filter(({ key }) => !locked.has(key));
      if (free.length < batch.length && !isCareful) return Promise.reject(sqlError('55P03')());
      if (free.length > 0) sink.batches.push(free);
      return Promise.resolve(
        batch.map((value): Outcome<void> =>
          free.includes(value)
            ? { kind: 'done', result: undefined }
            : { kind: 'locked', reason: new Error('locked') },
        ),
      );
    };
    queue = new WriteBehind<string, Count>({
      name: 'counts',
      capacity: 10,
      flushMs: 100,
      maxBatch: 100,
      retryMs: 1_000,
      drainMs: 5_000,
      merge: (waiting, next) => ({ ...next, n: waiting.n + next.n }),
      write,
    });
    for (const key of ['a', 'b', 'c']) add(key);
    await jest.advanceTimersByTimeAsync(100);
    expect(sink.batches.flat().map(({ key }) => key)).toEqual(['a', 'c']);
    add('b');
    add('d');
    await jest.advanceTimersByTimeAsync(100);
    expect(sink.batches.flat().map(({ key }) => key)).toEqual(['a', 'c', 'd']);
    locked.clear();
    await jest.advanceTimersByTimeAsync(3_000);
    expect(sink.batches.flat().at(-1)).toEqual({ key: 'b', n: 2 });
    expect(queue.depth).toBe(0);
  });

  it('ends a drain in time when nothing can be written', async () => {
    jest.useRealTimers();
    const lost = new WriteBehind<string, Count>({
      name: 'counts',
      capacity: 10,
      flushMs: 1,
      maxBatch: 2,
      retryMs: 5,
      drainMs: 50,
      merge: (_, next) => next,
      write: () => new Promise(() => undefined),
    });
    lost.add('a', { key: 'a', n: 1 });
    await lost.drain();
  });

  it('is empty after a drain, also of what came while it was writing', async () => {
    add('a');
    const drained = queue.drain();
    add('b');
    await drained;
    await queue.drain();
    expect(sink.batches.flat()).toHaveLength(2);
  });
});
