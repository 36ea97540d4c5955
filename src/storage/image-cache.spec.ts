import { ImageCache, type CacheableImage } from './image-cache.js';

const image = (fileHash: string, fileSize = 10): CacheableImage => ({ fileHash, fileSize });

describe('images in memory', () => {
  let now: number;
  let loads: string[];
  let failure: Error | undefined;
  let isThere: boolean;
  let cache: ImageCache<CacheableImage>;
  beforeEach(() => {
    now = 1_000_000;
    loads = [];
    failure = undefined;
    isThere = true;
    const load = ({ fileHash, fileSize }: CacheableImage): Promise<Buffer | null> => {
      loads.push(fileHash);
      return failure
        ? Promise.reject(failure)
        : Promise.resolve(isThere ? Buffer.alloc(fileSize, fileHash) : null);
    };
    cache = new ImageCache(25, load, () => now);
  });
  const use = async (fileHash: string, fileSize?: number) => {
    const acquired = await cache.acquire(image(fileHash, fileSize));
    acquired?.release();
    return acquired !== null;
  };

  it('are read once, however many wait', async () => {
    const acquired = await Promise.all(Array.from({ length: 5 }, () => cache.acquire(image('a'))));
    expect(new Set(acquired.map((one) => one?.bytes)).size).toBe(1);
    expect(loads).toEqual(['a']);
  });

  it('are there at once when they have been read', async () => {
    expect(cache.acquireLoaded(image('a'))).toBeNull();
    const first = cache.acquire(image('a'));
    expect(cache.acquireLoaded(image('a'))).toBeNull();
    const bytes = (await first)?.bytes;
    expect(cache.acquireLoaded(image('a'))?.bytes).toBe(bytes);
    expect(loads).toEqual(['a']);
  });

  it('take no room when there is none to read', async () => {
    isThere = false;
    expect(await use('a')).toBe(false);
    expect(cache.size).toBe(0);
    isThere = true;
    expect(await use('a')).toBe(true);
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
    const slow = await cache.acquire(image('a', 25));
    now += 1_000_000;
    expect(await use('b')).toBe(false);
    slow?.release();
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
