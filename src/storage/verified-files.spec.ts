import { buffer } from 'node:stream/consumers';
import { Logger } from '@nestjs/common';
import type { AppConfig } from '../config/app-config.js';
import { PeriodicTasks } from '../database/periodic-tasks.js';
import { sha256, someBytes } from '../../test/support/http-client.js';
import { MemoryStore } from '../../test/support/memory-store.js';
import { describeFirmwareStore } from '../../test/support/firmware-store-contract.js';
import { VerifiedFiles, type AcquiredFile, type RegisteredFile } from './verified-files.js';

const MIB = 1024 * 1024;
const PATH = 'sensor/v1.0.0.bin';

describeFirmwareStore('the store of the tests', () => {
  const store = new MemoryStore();
  return Promise.resolve({
    store,
    put: (path, bytes) => {
      store.put(path, bytes);
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  });
});

describe('verified files', () => {
  const image = someBytes(4 * MIB);
  const file: RegisteredFile = { id: 7, binaryPath: PATH, fileSize: image.length, fileHash: sha256(image) };
  let store: MemoryStore;
  let heard: [number, boolean][];
  beforeEach(() => {
    Logger.overrideLogger(false);
    store = new MemoryStore();
    store.put(PATH, image);
    heard = [];
  });

  const filesWith = (imageCacheBytes: number): VerifiedFiles => {
    const config = { imageCacheBytes, limits: { catalogRefreshMs: 3_600_000 } } as AppConfig;
    const files = new VerifiedFiles(config, store, new PeriodicTasks(config));
    files.onDamage((id, isDamaged) => heard.push([id, isDamaged]));
    return files;
  };
  const bytesOf = async (
    acquired: AcquiredFile | null,
    start = 0,
    end = image.length - 1,
  ): Promise<Buffer> => {
    const { content, release } = acquired!;
    const bytes = Buffer.isBuffer(content)
      ? content.subarray(start, end + 1)
      : await buffer(await content({ start, end }));
    release();
    return bytes;
  };
  const asked = (): [opens: number, bytes: number] => [store.opens, store.bytesRead];

  describe('that find room in memory', () => {
    it('are opened once and read once, however many ask and however often', async () => {
      const files = filesWith(16 * MIB);
      const first = await Promise.all(Array.from({ length: 5 }, () => files.acquire(file)));
      for (const acquired of first) expect((await bytesOf(acquired)).equals(image)).toBe(true);
      expect(asked()).toEqual([1, image.length]);
      expect((await bytesOf(await files.acquire(file))).equals(image)).toBe(true);
      expect((await bytesOf(files.acquireLoaded(file), 5, 9)).equals(image.subarray(5, 10))).toBe(true);
      expect(asked()).toEqual([1, image.length]);
    });

    it('are not there before they are read', () => {
      expect(filesWith(16 * MIB).acquireLoaded(file)).toBeNull();
      expect(asked()).toEqual([0, 0]);
    });
  });

  describe('that find no room in memory', () => {
    it('are verified before they are served for the first time, and then read as far as they are asked for', async () => {
      const files = filesWith(MIB);
      expect((await bytesOf(await files.acquire(file), 10, 19)).equals(image.subarray(10, 20))).toBe(true);
      expect(asked()).toEqual([2, image.length + 10]);
      expect((await bytesOf(await files.acquire(file), 20, 29)).equals(image.subarray(20, 30))).toBe(true);
      expect(asked()).toEqual([3, image.length + 20]);
      expect(files.acquireLoaded(file)).toBeNull();
    });

    it('are verified again when they look changed', async () => {
      const files = filesWith(MIB);
      await files.acquire(file);
      store.put(PATH, image);
      await files.acquire(file);
      expect(asked()).toEqual([2, 2 * image.length]);
      const other = Buffer.from(image);
      other[12_345]! ^= 1;
      store.put(PATH, other);
      await expect(files.acquire(file)).rejects.toMatchObject({ code: 'FIRMWARE_FILE_DAMAGED' });
    });

    it('are not served when they change between the look at them and the read', async () => {
      const acquired = await filesWith(MIB).acquire(file);
      store.put(PATH, someBytes(image.length));
      await expect(bytesOf(acquired, 0, 9)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    });

    it('are verified once for all who ask meanwhile', async () => {
      const files = filesWith(0);
      await Promise.all(Array.from({ length: 5 }, () => files.acquire(file)));
      expect(asked()).toEqual([1, image.length]);
    });
  });

  describe.each([
    ['in memory', 16 * MIB],
    ['from the store', 0],
  ])('that are damaged, %s', (_name, room) => {
    it('are not served, and listeners hear of it, until they are whole again', async () => {
      const files = filesWith(room);
      store.put(PATH, image.subarray(1));
      await expect(files.acquire(file)).rejects.toMatchObject({ code: 'FIRMWARE_FILE_DAMAGED' });
      expect(files.acquireLoaded(file)).toBeNull();
      expect(store.bytesRead).toBe(0);
      expect(heard).toEqual([[7, true]]);
      store.put(PATH, image);
      expect((await bytesOf(await files.acquire(file))).equals(image)).toBe(true);
      expect(heard).toEqual([
        [7, true],
        [7, false],
      ]);
    });

    it('are found by verifying, also when they are missing', async () => {
      const files = filesWith(room);
      (await files.acquire(file))?.release();
      await store.remove(PATH);
      await expect(files.verify(file)).rejects.toMatchObject({ code: 'FIRMWARE_FILE_DAMAGED' });
      expect(files.acquireLoaded(file)).toBeNull();
      expect(heard).toEqual([[7, true]]);
      store.put(PATH, image);
      await files.verify(file);
      expect(heard).toEqual([
        [7, true],
        [7, false],
      ]);
    });

    it('are none when they are not in the store, which is no damage', async () => {
      const files = filesWith(room);
      await store.remove(PATH);
      expect(await files.acquire(file)).toBeNull();
      expect(heard).toEqual([]);
    });
  });
});
