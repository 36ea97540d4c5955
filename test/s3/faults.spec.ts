import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { Logger } from '@nestjs/common';
import { readEnvironment } from '../../src/config/environment.js';
import { DomainError } from '../../src/domain/errors.js';
import type { FirmwareStore } from '../../src/storage/firmware-store.js';
import { hashOf } from '../../src/storage/hash-of.js';
import { storeOf } from '../../src/storage/store-of.js';
import { Client, sha256, someBytes } from '../support/http-client.js';
import { ObjectStore } from '../support/object-store.js';
import { makeFolder, removeFolder, ServerProcess } from '../support/server-process.js';
import { createEmptyDatabase } from '../support/test-database.js';
import { FaultyWay, type Fault } from './faulty-way.js';

const READS = 10;
const UPLOADS = 5;
/** Far above what the machine needs, far below what a test may take. */
const LIMITS = { bucketConnectMs: 1_000, bucketAnswerMs: 3_000, bucketStallMs: 3_000 };
const IMAGE = someBytes(300_000);

interface Counts {
  ok: number;
  /** STORE_UNAVAILABLE. */
  refused: number;
  /** Anything else: other bytes, other errors. */
  wrong: number;
}

function storeAt(settings: Record<string, string>, scratch: string): FirmwareStore {
  const config = readEnvironment({ ...settings, DATA_DIR: scratch }, []);
  return storeOf({ ...config, limits: { ...config.limits, ...LIMITS } });
}

async function count(times: number, work: (n: number) => Promise<boolean>): Promise<Counts> {
  const counts = { ok: 0, refused: 0, wrong: 0 };
  const one = async (n: number): Promise<void> => {
    try {
      counts[(await work(n)) ? 'ok' : 'wrong'] += 1;
    } catch (error) {
      const isRefused = error instanceof DomainError && error.code === 'STORE_UNAVAILABLE';
      counts[isRefused ? 'refused' : 'wrong'] += 1;
    }
  };
  await Promise.all(Array.from({ length: times }, (_, n) => one(n)));
  return counts;
}

const rows: string[] = [];

describe('faults of the object store', () => {
  let objects: ObjectStore;
  let way: FaultyWay;
  let store: FirmwareStore;
  let scratch: string;
  const known = 'sensor/known.bin';
  beforeAll(async () => {
    Logger.overrideLogger(false);
    objects = await ObjectStore.start();
    way = await FaultyWay.to(objects.port);
    scratch = mkdtempSync(join(tmpdir(), 'ota-test-s3-scratch-'));
    store = storeAt(objects.settings('', way.endpoint), scratch);
    await objects.put(known, IMAGE);
  });
  afterAll(async () => {
    way.close();
    await objects.close();
    rmSync(scratch, { recursive: true });
    process.stdout.write(`${rows.join('\n')}\n`);
  });

  const read = async (): Promise<boolean> => {
    const file = await store.read(known);
    return file !== null && (await hashOf(file.bytes)) === sha256(IMAGE);
  };
  const upload = async (name: string, n: number): Promise<boolean> => {
    const bytes = Buffer.alloc(200_000 + n, name);
    const path = await store.publish(await store.stage(Readable.from([bytes])), 'up', `1.0.${n}-${name}`);
    return (await store.hashOf(path)) === sha256(bytes);
  };

  it.each<[Fault, Counts, Counts, string | null]>([
    ['none', { ok: READS, refused: 0, wrong: 0 }, { ok: UPLOADS, refused: 0, wrong: 0 }, null],
    [
      'away',
      { ok: 0, refused: READS, wrong: 0 },
      { ok: 0, refused: UPLOADS, wrong: 0 },
      'it cannot be reached',
    ],
    ['slow', { ok: READS, refused: 0, wrong: 0 }, { ok: UPLOADS, refused: 0, wrong: 0 }, null],
    [
      'silent',
      { ok: 0, refused: READS, wrong: 0 },
      { ok: 0, refused: UPLOADS, wrong: 0 },
      'no answer within 3 s',
    ],
    ['body cut', { ok: 0, refused: READS, wrong: 0 }, { ok: UPLOADS, refused: 0, wrong: 0 }, null],
    ['upload cut', { ok: READS, refused: 0, wrong: 0 }, { ok: 0, refused: UPLOADS, wrong: 0 }, null],
    ['answer lost', { ok: READS, refused: 0, wrong: 0 }, { ok: UPLOADS, refused: 0, wrong: 0 }, null],
  ])('%s', async (fault, reads, uploads, finding) => {
    way.set(fault);
    const name = fault.replace(' ', '-');
    const found = {
      reads: await count(READS, read),
      uploads: await count(UPLOADS, (n) => upload(name, n)),
      finding: await store.findError(),
    };
    rows.push(`${fault}: ${JSON.stringify(found)}`);
    way.set('none');
    expect(found).toEqual({ reads, uploads, finding });
    // It is over: the same uploads are taken, each is there once, and nothing of them stays on this machine.
    expect(await count(UPLOADS, (n) => upload(name, n))).toEqual({ ok: UPLOADS, refused: 0, wrong: 0 });
    const kept: string[] = [];
    for await (const { path } of store.list()) if (path.includes(name)) kept.push(path);
    expect(kept).toHaveLength(UPLOADS);
    expect(readdirSync(join(scratch, 'uploads'))).toEqual([]);
  });

  it('full: an upload is refused, nothing of it stays, and a smaller one finds room', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ota-test-s3-full-'));
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder]);
    } catch {
      rows.push('full: NOT RUN, since nothing can be mounted here (it takes root)');
      rmSync(folder, { recursive: true });
      return;
    }
    const full = await ObjectStore.start(folder);
    try {
      const small = storeAt(full.settings(), scratch);
      const put = async (size: number): Promise<boolean> => {
        const bytes = someBytes(size);
        const path = await small.publish(await small.stage(Readable.from([bytes])), 'up', `1.0.${size}`);
        return (await small.hashOf(path)) === sha256(bytes);
      };
      const large = await count(UPLOADS, (n) => put(6_000_000 + n));
      rows.push(`full: ${JSON.stringify({ uploads: large })}`);
      expect(large).toEqual({ ok: 0, refused: UPLOADS, wrong: 0 });
      expect(await count(1, () => put(1_000_000))).toEqual({ ok: 1, refused: 0, wrong: 0 });
      const kept: number[] = [];
      for await (const { size } of small.list()) kept.push(size);
      expect(kept).toEqual([1_000_000]);
    } finally {
      full.client.destroy();
      await full.stop();
      execFileSync('umount', [folder]);
      rmSync(folder, { recursive: true });
    }
  });
});

it('takes an upload of 64 MiB to a bucket without holding it in memory', async () => {
  const objects = await ObjectStore.start();
  const [folder, database] = [makeFolder(), await createEmptyDatabase()];
  const server = new ServerProcess(folder, {
    ADMIN_PASSWORD: 'correct horse battery staple',
    WORKERS: '1',
    DATABASE_URL: database.url,
    ...objects.settings(),
  });
  try {
    const client = await Client.logIn(await server.ready(), 'correct horse battery staple');
    // The SDK is loaded with the first of them.
    await client.publish(someBytes(1_000_000), { version: '0.0.1' });
    const mib = (field: string): number =>
      Number(
        new RegExp(`${field}:\\s+(\\d+) kB`).exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))?.[1],
      ) / 1024;
    writeFileSync(`/proc/${server.pid}/clear_refs`, '5');
    const before = mib('VmRSS');
    const image = someBytes(64 * 1024 * 1024 - 1024);
    const { status, body } = await client.publish(image, { version: '1.0.0' });
    const most = mib('VmHWM');
    rows.push(`64 MiB upload: RSS ${before.toFixed(0)} MiB before, ${most.toFixed(0)} MiB at most`);
    process.stdout.write(`${rows.at(-1)}\n`);
    expect([status, body.file_hash]).toEqual([200, sha256(image)]);
    expect(most - before).toBeLessThan(60);
  } finally {
    await server.kill('SIGTERM');
    await removeFolder(folder);
    await database.drop();
    await objects.close();
  }
});
