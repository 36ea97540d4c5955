import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, sha256, someBytes } from '../support/http-client.js';
import { ObjectStore } from '../support/object-store.js';
import { Ota, type Outcome } from '../support/run-ota.js';
import { makeFolder, removeFolder, ServerProcess } from '../support/server-process.js';
import { createEmptyDatabase, type TestDatabase } from '../support/test-database.js';

const PASSWORD = 'correct horse battery staple';
const json = ({ stdout }: Outcome): Record<string, unknown> => JSON.parse(stdout) as Record<string, unknown>;

describe('a server that moves to a bucket', () => {
  let objects: ObjectStore;
  let folder: string;
  let database: TestDatabase;
  beforeAll(async () => {
    objects = await ObjectStore.start();
    folder = makeFolder();
    database = await createEmptyDatabase();
  });
  afterAll(async () => {
    await objects.close();
    await removeFolder(folder);
    await database.drop();
  });

  const start = async (env: Record<string, string>): Promise<{ server: ServerProcess; client: Client }> => {
    const server = new ServerProcess(folder, { ADMIN_PASSWORD: PASSWORD, WORKERS: '1', ...env });
    return { server, client: await Client.logIn(await server.ready(), PASSWORD) };
  };

  it('keeps every file, and can be backed up, checked and restored there', async () => {
    const env: Record<string, string> = { DATABASE_URL: database.url, ...objects.settings('fleet') };
    const store = join(folder, 'store');
    const onDisk = { ...env, FIRMWARE_STORE: store };
    const ota = (settings: Record<string, string>): Ota =>
      new Ota({ DATA_DIR: join(folder, 'data'), ...settings });
    const copy = (...args: string[]): Promise<Outcome> => ota(onDisk).runAlone(['store', 'copy', ...args]);
    const images = Array.from({ length: 5 }, (_, n) => someBytes(100_000 + n));

    const first = await start(onDisk);
    for (const [n, image] of images.entries())
      await first.client.publish(image, { version: `1.0.${n}`, build_number: n + 1 });
    writeFileSync(join(store, 'sensor', 'young.bin'), 'to be registered');

    // One of them has been copied before, one name is taken; two are not what they should be.
    mkdirSync(join(objects.folder, objects.bucket, 'fleet'), { recursive: true });
    await objects.put('fleet/sensor/v1.0.0.bin', images[0]!);
    await objects.put('fleet/sensor/v1.0.1.bin', Buffer.from('other bytes'));
    writeFileSync(join(store, 'sensor', 'v1.0.2.bin'), 'rotten');
    rmSync(join(store, 'sensor', 'v1.0.3.bin'));
    const to = env['FIRMWARE_STORE']!;
    const partly = await copy('--to', to);
    expect(partly).toMatchObject({ code: 1, stderr: expect.stringContaining('3 files not copied') });
    expect(json(partly)).toEqual({
      from: store,
      to,
      copied: 2,
      bytes: 100_004 + 'to be registered'.length,
      present: 1,
      notCopied: [
        { path: 'sensor/v1.0.1.bin', what: 'taken' },
        { path: 'sensor/v1.0.2.bin', what: 'damaged' },
        { path: 'sensor/v1.0.3.bin', what: 'missing' },
      ],
    });

    // What is restored is copied by the next run, which leaves the rest as it is.
    for (const n of [2, 3]) writeFileSync(join(store, 'sensor', `v1.0.${n}.bin`), images[n]!);
    rmSync(join(objects.folder, objects.bucket, 'fleet/sensor/v1.0.1.bin'));
    const whole = await copy('--to', to);
    expect(whole).toMatchObject({ code: 0, stderr: '' });
    expect(json(whole)).toMatchObject({ copied: 3, present: 3, notCopied: [] });
    await first.server.kill('SIGTERM');

    const second = await start(env);
    const ids = new Map<string, number>();
    const { body } = await second.client.admin('GET', '/firmware');
    for (const { id, file_hash } of body as { id: number; file_hash: string }[]) ids.set(file_hash, id);
    for (const image of images) {
      const { bytes } = await second.client.download(ids.get(sha256(image))!);
      expect(bytes.equals(image)).toBe(true);
    }
    const image = someBytes(50_000);
    const published = await second.client.publish(image, { version: '2.0.0', build_number: 20 });
    expect(published.body.binary_path).toBe(`sensor/v2.0.0-${sha256(image).slice(0, 12)}.bin`);
    expect((await second.client.download(published.body.id as number)).bytes.equals(image)).toBe(true);
    // What is in the new store only is not missing in the old one.
    const late = await ota(env).runAlone(['store', 'copy', '--from', store, '--to', to]);
    expect([late.code, json(late)['copied']]).toEqual([0, 0]);
    expect(await ota(env).runAlone(['fsck'])).toMatchObject({ code: 0, stderr: '' });
    const archive = join(folder, 'backup.tar');
    const backup = await ota(env).runAlone(['backup', '--out', archive]);
    expect([backup.code, json(backup)['files']]).toEqual([0, 6]);
    await second.server.kill('SIGTERM');
    // The SDK has something to say of old versions of Node, in several lines.
    expect(second.server.errors).not.toContain('Warning');

    const empty = await createEmptyDatabase();
    try {
      const elsewhere = { ...env, ...objects.settings('restored'), DATABASE_URL: empty.url };
      const restored = await ota(elsewhere).runAlone(['restore', '--from', archive]);
      expect(restored).toMatchObject({ code: 0, stderr: '' });
      expect(await ota(elsewhere).runAlone(['fsck'])).toMatchObject({ code: 0, stderr: '' });
    } finally {
      await empty.drop();
    }

    const back = join(folder, 'back');
    const home = await ota(env).runAlone(['store', 'copy', '--to', back]);
    expect([home.code, json(home)['copied']]).toEqual([0, 7]);
    expect(readFileSync(join(back, 'sensor', 'v1.0.3.bin')).equals(images[3]!)).toBe(true);
  });

  it.each([
    [['--to', 'ftp://x'], '--to must be a folder or a bucket'],
    [['--to', '.'], 'must lie outside of the store'],
  ])('says why it does not copy: %j', async (args, sentence) => {
    const ota = new Ota({ DATA_DIR: join(folder, 'data'), FIRMWARE_STORE: join(process.cwd(), 'test') });
    const { code, stderr } = await ota.runAlone(['store', 'copy', ...args]);
    expect([code, stderr]).toEqual([1, expect.stringContaining(sentence)]);
  });
});
