import {
  access,
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Client, multipart, send, someBytes, type Answer } from '../support/http-client.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const DAYS_AGO = (days: number): Date => new Date(Date.now() - days * 24 * 3600 * 1000);

describe('the firmware store and the table of firmware', () => {
  let store: string;
  let app: TestApp;
  let client: Client;

  beforeAll(async () => {
    store = await mkdtemp(join(tmpdir(), 'ota-test-maintenance-'));
    app = await startTestApp({ firmwareStore: store });
    client = new Client(app);
  });
  beforeEach(async () => {
    await app.database.query('DELETE FROM firmware');
    for (const name of await readdir(store)) await rm(join(store, name), { recursive: true, force: true });
  });
  afterAll(async () => {
    await app.close();
    await rm(store, { recursive: true, force: true });
  });

  const put = async (path: string, days: number, content = path): Promise<void> => {
    const file = join(store, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
    await utimes(file, DAYS_AGO(days), DAYS_AGO(days));
  };
  const isThere = (path: string): Promise<boolean> =>
    access(join(store, path)).then(
      () => true,
      () => false,
    );
  const check = async (): Promise<Answer['body']> => (await client.admin('GET', '/store')).body;
  const clean = (body: unknown = {}): Promise<Answer> => client.admin('POST', '/store/clean', { body });
  const prune = (body: unknown): Promise<Answer> => client.admin('POST', '/firmware/prune', { body });
  const publish = async (version: string, changes: Record<string, unknown> = {}): Promise<number> =>
    (await client.publish(someBytes(100 + Number(version[0])), { version, ...changes })).body.id as number;
  const publishInactive = async (version: string, changes: Record<string, unknown> = {}): Promise<number> => {
    const id = await publish(version, changes);
    await client.admin('DELETE', `/firmware/${id}`);
    return id;
  };

  it('agree when every file is registered', async () => {
    await publish('1.0.0');
    await publishInactive('2.0.0');
    expect(await check()).toEqual({ files: 2, bytes: 203, unreferenced: [], missing: [] });
  });

  it('show files without a row and rows without a file', async () => {
    const id = await publish('1.0.0');
    await rm(join(store, 'sensor/v1.0.0.bin'));
    await put('sensor/v9.0.0.bin', 3);
    await put('young.bin', 0);
    const report = await check();
    expect(report.unreferenced).toEqual([
      { path: 'sensor/v9.0.0.bin', size: 17, modified_at: expect.any(String), removable: true },
      { path: 'young.bin', size: 9, modified_at: expect.any(String), removable: false },
    ]);
    expect(report.missing).toEqual([
      {
        id,
        device_type: 'sensor',
        version: '1.0.0',
        build_number: 1,
        is_active: true,
        binary_path: 'sensor/v1.0.0.bin',
      },
    ]);
  });

  it('agree about rows of the original system and about links within the store', async () => {
    const id = await publish('1.0.0');
    await app.database.query("UPDATE firmware SET binary_path = '/sensor/v1.0.0.bin' WHERE id = $1", [id]);
    const linked = await publish('2.0.0');
    await link(join(store, 'sensor/v2.0.0.bin'), join(store, 'elsewhere.bin'));
    await rm(join(store, 'sensor/v2.0.0.bin'));
    await symlink(join(store, 'elsewhere.bin'), join(store, 'sensor/v2.0.0.bin'));
    const report = await check();
    expect(report.missing).toEqual([]);
    expect(report.unreferenced.map(({ path }: { path: string }) => path)).toEqual(['elsewhere.bin']);
    expect((await client.download(linked)).status).toBe(200);
  });

  it('are made to agree: old unreferenced files go, all others stay', async () => {
    await publish('1.0.0');
    await utimes(join(store, 'sensor/v1.0.0.bin'), DAYS_AGO(9), DAYS_AGO(9));
    await put('sensor/v9.0.0.bin', 3);
    await put('display/deep/down/v9.bin', 3);
    await put('sensor/young.bin', 0.9);
    await put('README.md', 300);
    await put('.uploads/another-host.1.00000000-0000-0000-0000-000000000000.part', 3);

    const dry = await clean({ dry_run: true });
    expect(await isThere('sensor/v9.0.0.bin')).toBe(true);
    const { status, body } = await clean();
    expect([status, body]).toEqual([200, dry.body]);
    expect(body.removed.map(({ path }: { path: string }) => path)).toEqual([
      'display/deep/down/v9.bin',
      'sensor/v9.0.0.bin',
    ]);
    expect(body.bytes).toBe(17 + 24);
    for (const [path, stays] of [
      ['sensor/v1.0.0.bin', true],
      ['sensor/v9.0.0.bin', false],
      ['display/deep/down/v9.bin', false],
      ['sensor/young.bin', true],
      ['README.md', true],
      ['.uploads/another-host.1.00000000-0000-0000-0000-000000000000.part', true],
    ] as const) {
      expect([path, await isThere(path)]).toEqual([path, stays]);
    }
    expect((await clean()).body).toEqual({ removed: [], bytes: 0 });
  });

  it('keep an old file that was uploaded again a moment ago', async () => {
    const fields = { device_type: 'sensor', version: '1.0.0' };
    const { body: uploaded } = await client.upload(someBytes(50), fields);
    await utimes(join(store, 'sensor/v1.0.0.bin'), DAYS_AGO(3), DAYS_AGO(3));
    await client.upload(someBytes(50), fields);
    expect((await clean()).body.removed).toEqual([]);
    const { status } = await client.admin('POST', '/firmware', { body: { ...uploaded, build_number: 1 } });
    expect(status).toBe(200);
  });

  it('keep an old file that is registered while it is about to be removed', async () => {
    const old = { device_type: 'sensor', version: '1.0.0' };
    const { body: uploaded } = await client.upload(someBytes(50), old);
    await utimes(join(store, 'sensor/v1.0.0.bin'), DAYS_AGO(3), DAYS_AGO(3));
    const register = () => client.admin('POST', '/firmware', { body: { ...uploaded, build_number: 1 } });
    const [cleaned, registered] = await Promise.all([clean(), register()]);
    // Whichever came first: a file with a row stays, and no row is made for a file that is gone.
    const isRemoved = (cleaned.body.removed as unknown[]).length > 0;
    expect([registered.status, await isThere('sensor/v1.0.0.bin')]).toEqual(
      isRemoved ? [400, false] : [200, true],
    );
    expect(await check()).toMatchObject({ unreferenced: [], missing: [] });
  });

  it('leave an upload under way alone', async () => {
    const { body, type } = multipart([
      { name: 'device_type', content: 'sensor' },
      { name: 'version', content: '1.0.0' },
      { name: 'file', filename: 'f.bin', content: someBytes(300_000) },
    ]);
    const uploads = Array.from({ length: 5 }, () =>
      send(`${app.url}/api/ota/admin/upload`, 'POST', {
        body,
        headers: { Authorization: `Bearer ${app.token}`, 'Content-Type': type },
      }),
    );
    await put('sensor/v9.0.0.bin', 3);
    await clean();
    for (const { status } of await Promise.all(uploads)) expect(status).toBe(200);
    expect((await readFile(join(store, 'sensor/v1.0.0.bin'))).equals(someBytes(300_000))).toBe(true);
  });

  it('lose the files of old inactive firmware by prune, and know that it was on purpose', async () => {
    const [one, two, three] = [
      await publishInactive('1.0.0'),
      await publishInactive('2.0.0'),
      await publishInactive('3.0.0'),
    ];
    const active = await publish('4.0.0');
    const other = await publishInactive('5.0.0', { device_type: 'display' });
    const expected = {
      pruned: [
        { id: two, device_type: 'sensor', version: '2.0.0', build_number: 1, file_size: 102 },
        { id: one, device_type: 'sensor', version: '1.0.0', build_number: 1, file_size: 101 },
      ],
      bytes: 203,
    };
    expect((await prune({ keep: 1, dry_run: true })).body).toEqual(expected);
    expect((await check()).files).toBe(5);
    const { status, body } = await prune({ keep: 1 });
    expect([status, body]).toEqual([200, expected]);

    expect(await check()).toMatchObject({ files: 3, unreferenced: [], missing: [] });
    expect((await client.admin('GET', `/firmware/${one}`)).body.pruned_at).toEqual(expect.any(String));
    for (const id of [three, active, other])
      expect((await client.admin('GET', `/firmware/${id}`)).body.pruned_at).toBeNull();
    expect((await client.download(one)).status).toBe(404);
    expect((await client.download(active)).status).toBe(200);
    const verified = await client.admin('POST', `/firmware/${one}/verify`);
    expect([verified.status, verified.body.code]).toEqual([409, 'FIRMWARE_PRUNED']);
    expect((await prune({ keep: 1 })).body).toEqual({ pruned: [], bytes: 0 });
    expect((await prune({ keep: 0, device_type: 'display' })).body.pruned).toHaveLength(1);
    expect((await check()).files).toBe(2);
  });

  it('get a pruned firmware back with the same file, and with no other', async () => {
    const id = await publishInactive('1.0.0');
    await prune({ keep: 0 });
    const activate = (): Promise<Answer> =>
      client.admin('PATCH', `/firmware/${id}`, { body: { is_active: true } });
    const upload = (bytes: Buffer): Promise<Answer> =>
      client.upload(bytes, { device_type: 'sensor', version: '1.0.0' });

    expect((await activate()).body.code).toBe('FIRMWARE_PRUNED');
    await upload(someBytes(99));
    expect((await activate()).body.code).toBe('FIRMWARE_SIZE_MISMATCH');
    expect((await check()).unreferenced).toHaveLength(1);
    await rm(join(store, 'sensor/v1.0.0.bin'));
    await upload(someBytes(101));
    const { status, body } = await activate();
    expect([status, body.is_active, body.pruned_at]).toEqual([200, true, null]);
    expect((await client.download(id)).bytes.equals(someBytes(101))).toBe(true);
    expect((await check()).unreferenced).toEqual([]);
  });

  it('keep a file that two releases share while one of them is active', async () => {
    const { body: uploaded } = await client.upload(someBytes(50), {
      device_type: 'sensor',
      version: '1.0.0',
    });
    const register = async (build_number: number): Promise<number> =>
      (await client.admin('POST', '/firmware', { body: { ...uploaded, build_number } })).body.id as number;
    const [first, second] = [await register(1), await register(2)];
    await client.admin('DELETE', `/firmware/${first}`);
    expect((await prune({ keep: 0 })).body.pruned).toEqual([]);
    await client.admin('DELETE', `/firmware/${second}`);
    expect((await prune({ keep: 0 })).body).toMatchObject({
      pruned: [{ id: second }, { id: first }],
      bytes: 50,
    });
    expect((await check()).files).toBe(0);
  });
});

describe('requests about the firmware store', () => {
  let app: TestApp;
  let client: Client;

  beforeAll(async () => {
    app = await startTestApp();
    client = new Client(app);
  });
  afterAll(() => app.close());

  it.each([
    {},
    { keep: -1 },
    { keep: 1.5 },
    { keep: '1' },
    { keep: 1, device_type: '' },
    { keep: 1, dry_run: 1 },
  ])('are refused with a fault in them: %j', async (body) => {
    const answer = await client.admin('POST', '/firmware/prune', { body });
    expect([answer.status, answer.body.code]).toEqual([400, 'VALIDATION_FAILED']);
  });

  it('are for admins only', async () => {
    for (const [method, path] of [
      ['GET', '/store'],
      ['POST', '/store/clean'],
      ['POST', '/firmware/prune'],
    ] as const)
      expect((await client.send(method, `/api/ota/admin${path}`)).status).toBe(401);
  });
});
