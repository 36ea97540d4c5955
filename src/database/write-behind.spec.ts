import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { WriteBehind } from './write-behind.js';

interface Count {
  readonly key: string;
  readonly n: number;
}

const away = (): Error => Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });

/** A database of which the test says whether it answers. */
class Sink {
  readonly batches: Count[][] = [];
  failure: ((batch: readonly Count[]) => Error | undefined) | undefined;

  readonly write = (batch: readonly Count[]): Promise<void> => {
    const error = this.failure?.(batch);
    if (error) return Promise.reject(error);
    this.batches.push([...batch]);
    return Promise.resolve();
  };
}

describe('a queue of what is written later', () => {
  let sink: Sink;
  let queue: WriteBehind<string, Count>;
  const add = (key: string, n = 1) => {
    queue.add(key, { key, n });
  };

  beforeEach(() => {
    Logger.overrideLogger(false);
    jest.useFakeTimers();
    sink = new Sink();
    queue = new WriteBehind<string, Count>({
      name: 'counts',
      capacity: 3,
      flushMs: 100,
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
    sink.failure = (batch) => (batch.some(({ key }) => key === 'bad') ? new Error('bad') : undefined);
    for (const key of ['a', 'bad', 'c']) add(key);
    await queue.drain();
    expect(sink.batches.flat().map(({ key }) => key)).toEqual(['a', 'c']);
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
