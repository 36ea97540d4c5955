import {
  mkdtemp,
  mkdir,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { Logger } from '@nestjs/common';
import { DiskStore } from '../../src/storage/disk-store.js';
import type { FileNaming } from '../../src/storage/store-path.js';
import { markText, ownMark } from '../../src/storage/disk/process-mark.js';
import { describeFirmwareStore } from '../support/firmware-store-contract.js';
import { sha256, someBytes } from '../support/http-client.js';

beforeEach(() => {
  Logger.overrideLogger(false);
});

describe.each<FileNaming>(['by-version', 'by-content'])('named %s:', (naming) => {
  describeFirmwareStore('a folder', async () => {
    const root = await mkdtemp(join(tmpdir(), 'ota-test-store-'));
    return {
      store: new DiskStore(root, naming),
      naming,
      put: async (path, bytes) => {
        await mkdir(dirname(join(root, path)), { recursive: true });
        await writeFile(join(root, path), bytes);
      },
      close: () => rm(root, { recursive: true, force: true }),
    };
  });
});

describe('the firmware store on disk', () => {
  let root: string;
  let store: DiskStore;
  const stage = (bytes: Buffer) => store.stage(Readable.from([bytes]));
  const files = async () =>
    (await readdir(root, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
      .sort();

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'ota-test-store-'));
    store = new DiskStore(root);
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it('lays files out as their paths say, and leaves nothing else', async () => {
    const bytes = someBytes(100_000);
    expect(await store.publish(await stage(bytes), 'sensor', '1.0.0')).toBe('sensor/v1.0.0.bin');
    await expect(store.stage(Readable.from(brokenOff()))).rejects.toThrow('cut off');
    expect(await files()).toEqual(['sensor/v1.0.0.bin']);
    expect(sha256(await readFile(join(root, 'sensor/v1.0.0.bin')))).toBe(sha256(bytes));
  });

  it('takes bytes that are uploaded again as new', async () => {
    const bytes = someBytes(10);
    const path = join(root, await store.publish(await stage(bytes), 'sensor', '1.0.0'));
    await utimes(path, new Date('2020-01-01'), new Date('2020-01-01'));
    await store.publish(await stage(bytes), 'sensor', '1.0.0');
    expect(Date.now() - (await stat(path)).mtimeMs).toBeLessThan(60_000);
  });

  it('fails to read a file that becomes shorter meanwhile', async () => {
    const path = await store.publish(await stage(someBytes(2_000_000)), 'sensor', '1.0.0');
    const file = await store.read(path);
    await truncate(join(root, path), 1_000_000);
    await expect(buffer(file!.bytes)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
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
      expect(await store.read(path)).toBeNull();
      expect(await store.stat(path)).toBeNull();
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
  });

  it('says what is wrong with its folder', async () => {
    expect(await store.findError()).toBeNull();
    await rm(root, { recursive: true });
    expect(await store.findError()).toBe('its folder is missing');
    await writeFile(root, '');
    expect(await store.findError()).not.toBeNull();
  });
});

async function* brokenOff(): AsyncGenerator<Buffer> {
  yield await Promise.resolve(Buffer.alloc(1000));
  throw new Error('cut off');
}

/** See proc_pid_stat(5). */
async function startOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]!;
}
