import { mkdtemp, mkdir, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { Logger } from '@nestjs/common';
import { DiskFirmwareStore } from '../../src/firmware/store/disk-firmware-store.js';
import { sha256, someBytes } from '../support/http-client.js';

describe('the firmware store on disk', () => {
  let root: string;
  let store: DiskFirmwareStore;
  const stage = (bytes: Buffer) => store.stage(Readable.from([bytes]));
  const files = async () =>
    (await readdir(root, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
      .sort();

  beforeEach(async () => {
    Logger.overrideLogger(false);
    root = await mkdtemp(join(tmpdir(), 'ota-test-store-'));
    store = new DiskFirmwareStore(root);
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it('publishes what was staged, with its size and hash', async () => {
    const bytes = someBytes(100_000);
    const staged = await stage(bytes);
    expect(staged).toMatchObject({ size: 100_000, hash: sha256(bytes) });
    expect(await store.publish(staged, 'sensor', '1.0.0')).toBe('sensor/v1.0.0.bin');
    expect(await files()).toEqual(['sensor/v1.0.0.bin']);
    expect(sha256(await readFile(join(root, 'sensor/v1.0.0.bin')))).toBe(sha256(bytes));
    expect(await store.calculateHash('/sensor/v1.0.0.bin')).toBe(sha256(bytes));
  });

  it('gives the same bytes the same path, and other bytes another', async () => {
    const [one, other] = [someBytes(10), someBytes(11)];
    await store.publish(await stage(one), 'sensor', '1.0.0');
    expect(await store.publish(await stage(one), 'sensor', '1.0.0')).toBe('sensor/v1.0.0.bin');
    const withHash = `sensor/v1.0.0-${sha256(other).slice(0, 12)}.bin`;
    expect(await store.publish(await stage(other), 'sensor', '1.0.0')).toBe(withHash);
    expect(await store.publish(await stage(other), 'sensor', '1.0.0')).toBe(withHash);
    expect(await files()).toEqual([withHash, 'sensor/v1.0.0.bin'].sort());
  });

  it('never overwrites a file, not even one that is damaged under the name with the hash', async () => {
    const bytes = someBytes(10);
    const withHash = `sensor/v1.0.0-${sha256(bytes).slice(0, 12)}.bin`;
    await mkdir(join(root, 'sensor'));
    await writeFile(join(root, 'sensor/v1.0.0.bin'), 'one');
    await writeFile(join(root, withHash), 'two');
    await expect(store.publish(await stage(bytes), 'sensor', '1.0.0')).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
    });
    expect(await readFile(join(root, 'sensor/v1.0.0.bin'), 'utf8')).toBe('one');
    expect(await readFile(join(root, withHash), 'utf8')).toBe('two');
    expect(await files()).toHaveLength(2);
  });

  it('does not mix many uploads of one name', async () => {
    const contents = Array.from({ length: 20 }, (_, i) => Buffer.alloc(70_000 + i, i));
    const paths = await Promise.all(
      contents.map(async (bytes) => store.publish(await stage(bytes), 'sensor', '1.0.0')),
    );
    expect(new Set(paths).size).toBe(20);
    const stored = await Promise.all(paths.map(async (path) => sha256(await readFile(join(root, path)))));
    expect(stored).toEqual(contents.map(sha256));
    expect(await files()).toHaveLength(20);
  });

  it('leaves nothing of a stream that breaks', async () => {
    const broken = new Readable({
      read() {
        this.push(Buffer.alloc(1000));
        this.destroy(new Error('cut off'));
      },
    });
    await expect(store.stage(broken)).rejects.toThrow('cut off');
    expect(await files()).toEqual([]);
  });

  it('says that it cannot be used when its folder is gone', async () => {
    await rm(root, { recursive: true });
    await writeFile(root, 'a file where the folder was');
    await expect(stage(someBytes(1))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });

  it('opens no folder, nothing outside, and nothing that leads outside', async () => {
    await mkdir(join(root, 'sensor'));
    await symlink('/etc', join(root, 'out'));
    await symlink('/etc/hostname', join(root, 'sensor/link.bin'));
    for (const path of ['sensor', 'out/hostname', 'sensor/link.bin', '../x', 'sensor/none.bin', 'a/b/c']) {
      expect(await store.open(path)).toBeNull();
    }
  });

  it('clears what a dead process left, and lets the files of a living one be', async () => {
    const uuid = '00000000-0000-4000-8000-000000000000';
    const name = (host: string, pid: number) => join(root, '.uploads', `${host}.${pid}.${uuid}.part`);
    await mkdir(join(root, '.uploads'));
    const [dead, living, elsewhere, old] = [
      name(hostname(), 2 ** 22 + 1),
      name(hostname(), process.ppid),
      name('another-machine', 1),
      name('another-machine', 2),
    ];
    for (const file of [dead, living, elsewhere, old]) await writeFile(file, '');
    await utimes(old, new Date('2020-01-01'), new Date('2020-01-01'));
    await store.clearLeftovers();
    expect(await files()).toEqual([living, elsewhere].map((file) => file.slice(root.length + 1)).sort());
  });
});
