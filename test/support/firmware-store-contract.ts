import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { FirmwareStore, ListedFile, StagedFile } from '../../src/storage/firmware-store.js';
import type { FileNaming } from '../../src/storage/store-path.js';
import { sha256, someBytes } from './http-client.js';

/** An empty store of its own for each test. */
export interface StoreUnderTest {
  readonly store: FirmwareStore;
  /** How it names new files. */
  readonly naming?: FileNaming;
  /** More than it lists at once. */
  readonly manyFiles?: number;
  /** Writes a file behind the back of the store, over what is there. */
  put(path: string, bytes: Buffer): Promise<void>;
  close(): Promise<void>;
}

/** What everything that serves and maintains firmware relies on, whatever keeps the files. */
export function describeFirmwareStore(name: string, create: () => Promise<StoreUnderTest>): void {
  describe(`${name} as a firmware store`, () => {
    let under: StoreUnderTest;
    let store: FirmwareStore;

    beforeEach(async () => {
      under = await create();
      store = under.store;
    });
    afterEach(() => under.close());

    const stage = (bytes: Buffer): Promise<StagedFile> => store.stage(Readable.from([bytes]));
    const publish = async (bytes: Buffer, version = '1.0.0'): Promise<string> =>
      store.publish(await stage(bytes), 'sensor', version);
    const contentOf = async (path: string, start?: number, end?: number): Promise<Buffer | null> => {
      const range = start === undefined || end === undefined ? undefined : { start, end };
      const file = await store.read(path, range);
      return file && buffer(file.bytes);
    };
    const listed = async (): Promise<ListedFile[]> => {
      const files: ListedFile[] = [];
      for await (const file of store.list()) files.push(file);
      return files.sort((a, b) => (a.path < b.path ? -1 : 1));
    };
    const paths = async (): Promise<string[]> => (await listed()).map(({ path }) => path);
    const withHash = (bytes: Buffer): string => `sensor/v1.0.0-${sha256(bytes).slice(0, 12)}.bin`;
    /** Where the first file of a version goes. */
    const firstPath = (bytes: Buffer): string =>
      under.naming === 'by-content' ? withHash(bytes) : 'sensor/v1.0.0.bin';

    describe('taking files', () => {
      it('publishes what was staged, with its size and hash', async () => {
        const bytes = someBytes(100_000);
        const staged = await store.stage(Readable.from([bytes.subarray(0, 7), bytes.subarray(7)]));
        expect(staged).toMatchObject({ size: 100_000, hash: sha256(bytes) });
        const path = await store.publish(staged, 'sensor', '1.0.0');
        expect(path).toBe(firstPath(bytes));
        expect(await paths()).toEqual([path]);
        expect((await contentOf(path))?.equals(bytes)).toBe(true);
        expect(await store.hashOf(path)).toBe(sha256(bytes));
      });

      it('takes a file of no bytes', async () => {
        const staged = await store.stage(Readable.from([]));
        expect(staged).toMatchObject({ size: 0, hash: sha256(Buffer.alloc(0)) });
        expect(await contentOf(await store.publish(staged, 'sensor', '1.0.0'))).toHaveLength(0);
      });

      it('shows nothing of what is staged, and reads its first bytes again', async () => {
        const bytes = someBytes(300_000);
        const staged = await stage(bytes);
        expect(await paths()).toEqual([]);
        for (const length of [0, 1, 70_000, 300_000]) {
          const chunks: Buffer[] = [];
          for await (const chunk of store.readStaged(staged, length)) chunks.push(chunk);
          expect(Buffer.concat(chunks).equals(bytes.subarray(0, length))).toBe(true);
        }
        await store.discard(staged);
        await store.discard(staged);
        expect(await paths()).toEqual([]);
      });

      it('leaves nothing of a stream that breaks', async () => {
        const broken = new Readable({
          read() {
            this.push(Buffer.alloc(1000));
            this.destroy(new Error('cut off'));
          },
        });
        await expect(store.stage(broken)).rejects.toThrow('cut off');
        expect(await paths()).toEqual([]);
      });

      it('gives the same bytes the same path, and other bytes another', async () => {
        const [one, other] = [someBytes(10), someBytes(11)];
        expect(await publish(one)).toBe(firstPath(one));
        expect(await publish(one)).toBe(firstPath(one));
        expect(await publish(other)).toBe(withHash(other));
        expect(await publish(other)).toBe(withHash(other));
        expect(await paths()).toEqual([withHash(other), firstPath(one)].sort());
      });

      it('gives a file back the very name that it had, but not that of other bytes', async () => {
        const [one, other] = [someBytes(10), someBytes(11)];
        expect(await store.republish(await stage(one), 'v1.bin')).toBe(true);
        expect(await store.republish(await stage(one), 'v1.bin')).toBe(true);
        expect(await store.republish(await stage(other), 'v1.bin')).toBe(false);
        expect((await contentOf('v1.bin'))?.equals(one)).toBe(true);
        expect(await paths()).toEqual(['v1.bin']);
      });

      it('never overwrites a file, not even one that is damaged under the name with the hash', async () => {
        const bytes = someBytes(10);
        await under.put('sensor/v1.0.0.bin', Buffer.from('one'));
        await under.put(withHash(bytes), Buffer.from('two'));
        await expect(publish(bytes)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
        expect(String(await contentOf('sensor/v1.0.0.bin'))).toBe('one');
        expect(String(await contentOf(withHash(bytes)))).toBe('two');
        expect(await paths()).toHaveLength(2);
      });

      it('does not mix many uploads of one name', async () => {
        const contents = Array.from({ length: 20 }, (_, i) => Buffer.alloc(70_000 + i, i));
        const published = await Promise.all(contents.map((bytes) => publish(bytes)));
        expect(new Set(published).size).toBe(20);
        const stored = await Promise.all(published.map(async (path) => sha256((await contentOf(path))!)));
        expect(stored).toEqual(contents.map(sha256));
        expect(await paths()).toHaveLength(20);
      });

      it('takes many uploads of the same bytes as one file', async () => {
        const bytes = someBytes(70_000);
        const published = await Promise.all(Array.from({ length: 20 }, () => publish(bytes)));
        expect(new Set(published)).toEqual(new Set([firstPath(bytes)]));
        expect(await paths()).toEqual([firstPath(bytes)]);
      });

      it('keeps an upload of its own that is under way when it clears leftovers', async () => {
        const bytes = someBytes(10);
        const staged = await stage(bytes);
        await store.clearLeftovers();
        expect(await store.publish(staged, 'sensor', '1.0.0')).toBe(firstPath(bytes));
      });
    });

    describe('reading files', () => {
      const bytes = someBytes(600_001);
      const path = 'sensor/v1.0.0.bin';
      beforeEach(() => under.put(path, bytes));

      it.each([
        ['the first byte', 0, 0],
        ['a part', 4_096, 8_191],
        ['a long part', 1, 600_000],
        ['the last byte', 600_000, 600_000],
        ['all', 0, 600_000],
      ])('reads %s', async (_name, start, end) => {
        expect((await contentOf(path, start, end))?.equals(bytes.subarray(start, end + 1))).toBe(true);
      });

      it('says the size of the whole file with every part', async () => {
        const file = await store.read(path, { start: 5, end: 9 });
        expect(file?.size).toBe(bytes.length);
        await buffer(file!.bytes);
      });

      it('lets go of a file that is not read to its end', async () => {
        for (let n = 0; n < 50; n++) (await store.read(path))?.bytes.destroy();
        expect((await contentOf(path))?.equals(bytes)).toBe(true);
      });

      it('drops one leading slash, which rows of the original system have', async () => {
        expect((await contentOf(`/${path}`))?.equals(bytes)).toBe(true);
        expect(await store.hashOf(`/${path}`)).toBe(sha256(bytes));
        expect(await store.stat(`/${path}`)).toEqual(await store.stat(path));
        await store.remove(`/${path}`);
        expect(await paths()).toEqual([]);
      });

      it.each([
        'sensor',
        'sensor/none.bin',
        'a/b/c',
        '../x',
        '',
        '/',
        '.uploads/x',
        `//${path}`,
        `${path}/x`,
      ])('has no file %j', async (none) => {
        expect(await store.stat(none)).toBeNull();
        expect(await store.read(none)).toBeNull();
        expect(await store.hashOf(none)).toBeNull();
        await store.remove(none);
        expect(await paths()).toEqual([path]);
      });

      it('gives a file one look, wherever it is looked at, until it is written to', async () => {
        const looks = async (): Promise<Set<string | undefined>> => {
          const read = await store.read(path);
          await buffer(read!.bytes);
          return new Set([read?.look, (await store.stat(path))?.look, (await listed())[0]?.look]);
        };
        const before = await looks();
        expect(before.size).toBe(1);
        expect(await looks()).toEqual(before);
        await under.put(path, Buffer.alloc(bytes.length, 'other bytes'));
        const after = await looks();
        expect(after.size).toBe(1);
        expect(after).not.toEqual(before);
      });
    });

    it('lists every file, however many, with its size and when it was written', async () => {
      const names = Array.from({ length: under.manyFiles ?? 150 }, (_, n) => `sensor/v1.0.${n}.bin`);
      await Promise.all(names.map((path) => under.put(path, Buffer.from(path))));
      const files = await listed();
      expect(files.map(({ path }) => path)).toEqual([...names].sort());
      for (const { path, size, modifiedAt } of files) {
        expect(size).toBe(path.length);
        expect(Math.abs(Date.now() - modifiedAt)).toBeLessThan(60_000);
      }
    });

    it('removes a file, which may be gone already, and no other', async () => {
      const [one, other] = [await publish(someBytes(5)), await publish(someBytes(5), '2.0.0')];
      await store.remove(one);
      await store.remove(one);
      expect(await store.stat(one)).toBeNull();
      expect(await paths()).toEqual([other]);
    });

    it('finds no fault with itself', async () => {
      expect(await store.findError()).toBeNull();
      expect(store.findSettingError()).toBeNull();
    });
  });
}
