import { mkdtemp, mkdir, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { Logger } from '@nestjs/common';
import { DiskFirmwareStore } from '../../src/firmware/store/disk-firmware-store.js';
import { markText, ownMark } from '../../src/firmware/store/process-mark.js';
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

  describe('when leftovers are cleared', () => {
    const uuid = '00000000-0000-4000-8000-000000000000';
    const leave = async (owner: string, age = '') => {
      const file = join(root, '.uploads', `${owner}.${uuid}.part`);
      await mkdir(join(root, '.uploads'), { recursive: true });
      await writeFile(file, '');
      if (age === 'old') await utimes(file, new Date('2020-01-01'), new Date('2020-01-01'));
      return file.slice(root.length + 1);
    };

    it('keeps those of processes that live, and clears those of processes that have ended', async () => {
      const own = await ownMark();
      const parent = await startOf(process.ppid);
      const kept = [
        await leave(markText(own)),
        await leave(markText({ ...own, pid: process.ppid, startedAt: parent })),
      ];
      // A process id that nobody has, and one that another process has by now.
      await leave(markText({ ...own, pid: 2 ** 22 + 1 }));
      await leave(markText({ ...own, startedAt: '1' }));
      await store.clearLeftovers();
      expect(await files()).toEqual(kept.sort());
    });

    it('keeps an upload of a server in another container with the same host name and process id', async () => {
      const own = await ownMark();
      const kept = [
        await leave(markText({ ...own, space: `${own.space}1` })),
        await leave(markText({ ...own, space: '' })),
        await leave(`${hostname()}.${process.pid}`),
        await leave(`${hostname()}.${2 ** 22 + 1}`),
      ];
      await store.clearLeftovers();
      expect(await files()).toEqual(kept.sort());
    });

    it('clears what nobody has written to for long when its process cannot be asked for', async () => {
      const own = await ownMark();
      await leave(markText({ ...own, space: '' }), 'old');
      await leave('another-machine.1', 'old');
      await store.clearLeftovers();
      expect(await files()).toEqual([]);
    });

    it('keeps an upload of its own that is under way', async () => {
      const staged = await stage(someBytes(10));
      await new DiskFirmwareStore(root).clearLeftovers();
      expect(await store.publish(staged, 'sensor', '1.0.0')).toBe('sensor/v1.0.0.bin');
    });
  });

  it('says what is wrong with its folder', async () => {
    expect(await store.findFault()).toBeNull();
    await rm(root, { recursive: true });
    expect(await store.findFault()).toBe('its folder is missing');
    await writeFile(root, '');
    expect(await store.findFault()).not.toBeNull();
  });
});

/** See proc_pid_stat(5). */
async function startOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]!;
}
