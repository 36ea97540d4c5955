import { ImageCache, type CacheableImage } from './image-cache.js';

const image = (fileHash: string, fileSize = 10): CacheableImage => ({ fileHash, fileSize });

describe('images in memory', () => {
  let now: number;
  let loads: string[];
  let failure: Error | undefined;
  let cache: ImageCache<CacheableImage>;
  beforeEach(() => {
    now = 1_000_000;
    loads = [];
    failure = undefined;
    const load = ({ fileHash, fileSize }: CacheableImage): Promise<Buffer> => {
      loads.push(fileHash);
      return failure ? Promise.reject(failure) : Promise.resolve(Buffer.alloc(fileSize, fileHash));
    };
    cache = new ImageCache(25, load, () => now);
  });
  const use = async (fileHash: string, fileSize?: number) => {
    const lent = await cache.lend(image(fileHash, fileSize));
    lent?.giveBack();
    return lent !== null;
  };

  it('are read once, however many wait', async () => {
    const lent = await Promise.all(Array.from({ length: 5 }, async () => await cache.lend(image('a'))));
    expect(new Set(lent.map((one) => one?.bytes)).size).toBe(1);
    expect(loads).toEqual(['a']);
  });

  it('never take more room than there is', async () => {
    expect(await use('large', 26)).toBe(false);
    expect([await use('a'), await use('b'), await use('c')]).toEqual([true, true, false]);
    expect(cache.size).toBe(20);
    expect(loads).toEqual(['a', 'b']);
  });

  it('give way when nobody has asked for them for a while, the oldest first', async () => {
    await use('a');
    await use('b');
    now += 1_000;
    await use('a');
    now += 60_000;
    expect(await use('c')).toBe(true);
    expect(await use('a')).toBe(true);
    expect(loads).toEqual(['a', 'b', 'c']);
  });

  it('do not give way while they are being sent', async () => {
    const slow = await cache.lend(image('a', 25));
    now += 1_000_000;
    expect(await use('b')).toBe(false);
    slow?.giveBack();
    expect(await use('b')).toBe(true);
    expect(cache.size).toBe(10);
  });

  it('are read again after a read that failed', async () => {
    failure = new Error('damaged');
    const answers = await Promise.allSettled([use('a'), use('a')]);
    expect(answers.every(({ status }) => status === 'rejected')).toBe(true);
    expect(cache.size).toBe(0);
    failure = undefined;
    expect(await use('a')).toBe(true);
    expect(loads).toEqual(['a', 'a']);
  });
});
