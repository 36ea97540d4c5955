import { copyFile, mkdir, rename, truncate, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { signDownload } from '../../src/domain/download-signature.js';
import { Client, eventually, sha256, someBytes, type Answer } from '../support/http-client.js';
import { LANES, startTestApp, type TestApp } from '../support/test-app.js';

const BASE = 'https://cdn.example.com/fw/';
const SECRET = 'a secret of the tests';

describe.each(LANES)('downloads from a CDN, %s', (_way, env) => {
  let app: TestApp;
  let client: Client;

  beforeAll(async () => {
    app = await startTestApp({ env: { ...env, DOWNLOAD_BASE_URL: 'https://cdn.example.com/fw' } });
    client = new Client(app);
  });
  afterAll(() => app.close());

  const publish = async (
    bytes: Buffer,
    more: Record<string, unknown> = {},
  ): Promise<{ id: number; path: string }> => {
    const { body } = await client.publish(bytes, more);
    return { id: body.id as number, path: body.binary_path as string };
  };
  const outcome = ({ status, headers, bytes }: Answer): unknown => ({
    status,
    location: headers.location,
    caching: headers['cache-control'],
    length: headers['content-length'],
    id: headers['x-request-id'],
    body: bytes.length,
  });
  const redirect = (path: string): unknown => ({
    status: 302,
    location: BASE + path,
    caching: 'no-store',
    length: '0',
    id: 'mine',
    body: 0,
  });
  const get = (id: number, headers: Record<string, string> = {}): Promise<Answer> =>
    client.download(id, { 'X-Request-Id': 'mine', ...headers });

  it('names new files by their content', async () => {
    const bytes = someBytes(70);
    const { path } = await publish(bytes);
    expect(path).toBe(`sensor/v1.0.0-${sha256(bytes).slice(0, 12)}.bin`);
  });

  it('redirects a GET that is allowed, whatever it asks of the file, and no cache keeps the answer', async () => {
    const bytes = someBytes(100);
    const { id, path } = await publish(bytes, { version: '1.1.0' });
    const etag = `"${sha256(bytes)}"`;
    for (const headers of [
      {},
      { Range: 'bytes=10-' },
      { Range: 'bytes=10-', 'If-Range': etag },
      { Range: 'bytes=100-' },
      { 'If-None-Match': etag },
    ]) {
      expect(outcome(await get(id, headers as Record<string, string>))).toEqual(redirect(path));
    }
  });

  it('answers HEAD itself', async () => {
    const { id } = await publish(someBytes(100), { version: '1.2.0' });
    const { status, headers } = await client.download(id, {}, 'HEAD');
    expect([status, headers['content-length'], headers.location]).toEqual([200, '100', undefined]);
  });

  it('keeps the short URL in the answer to a check', async () => {
    const { id } = await publish(someBytes(100), { version: '9.0.0', device_type: 'short' });
    const { body } = await client.check({ device_type: 'short' });
    expect(body.download_url).toBe(`/api/ota/download/${id}`);
  });

  it('redirects no more once a firmware is withdrawn', async () => {
    const { id } = await publish(someBytes(100), { version: '1.3.0' });
    expect((await get(id)).status).toBe(302);
    await client.admin('DELETE', `/firmware/${id}`);
    expect((await get(id)).status).toBe(404);
  });

  it('redirects nobody but admins to a draft', async () => {
    const { id, path } = await publish(someBytes(100), { version: '1.4.0', is_stable: false });
    expect((await get(id)).status).toBe(404);
    const asAdmin = { Authorization: `Bearer ${app.token}` };
    expect(outcome(await get(id, asAdmin))).toEqual(redirect(path));
  });

  it('counts a download at the redirect, when it begins', async () => {
    const { id } = await publish(someBytes(100), { version: '1.5.0' });
    for (const Range of ['bytes=0-', 'bytes=0-9', 'bytes=10-', 'bytes=100-']) await get(id, { Range });
    await get(id);
    await client.download(id, {}, 'HEAD');
    await eventually(async () => {
      const { body } = await client.admin('GET', `/firmware/${id}/downloads`);
      expect(body).toMatchObject({ downloads: 3 });
    });
  });

  it('redirects to no file that is damaged or missing', async () => {
    const [damaged, missing] = [
      await publish(someBytes(100), { version: '1.6.0' }),
      await publish(someBytes(101), { version: '1.6.1' }),
    ];
    await truncate(join(app.config.firmwareStore, damaged.path), 99);
    await unlink(join(app.config.firmwareStore, missing.path));
    const codeOf = async (id: number): Promise<unknown[]> => {
      const { status, body } = await get(id);
      return [status, body.code];
    };
    expect(await codeOf(damaged.id)).toEqual([503, 'FIRMWARE_FILE_DAMAGED']);
    expect(await codeOf(damaged.id)).toEqual([503, 'FIRMWARE_FILE_DAMAGED']);
    expect(await codeOf(missing.id)).toEqual([404, 'FIRMWARE_NOT_FOUND']);
  });

  it('goes on redirecting to what it has verified while the store is away', async () => {
    const { id, path } = await publish(someBytes(100), { version: '1.7.0' });
    expect((await get(id)).status).toBe(302);
    const { firmwareStore } = app.config;
    await rename(firmwareStore, `${firmwareStore}-away`);
    expect(outcome(await get(id))).toEqual(redirect(path));
    await rename(`${firmwareStore}-away`, firmwareStore);
  });

  it('writes every path so that it is one in a URL, and sends the file itself where that is too long', async () => {
    const { id, path } = await publish(someBytes(100), { version: '1.8.0' });
    const moveTo = async (binaryPath: string): Promise<void> => {
      await app.database.query('UPDATE firmware SET binary_path = $2 WHERE id = $1', [id, binaryPath]);
    };
    await moveTo(`/${path.replace('.bin', ' ü%?#.bin')}`);
    const { firmwareStore } = app.config;
    await copyFile(join(firmwareStore, path), join(firmwareStore, path.replace('.bin', ' ü%?#.bin')));
    await eventually(async () => {
      const { headers } = await get(id);
      expect(headers.location).toBe(BASE + path.replace('.bin', '%20%C3%BC%25%3F%23.bin'));
    });
    const long = `${'ü'.repeat(120)}/${'ü'.repeat(120)}/${'ü'.repeat(20)}.bin`;
    await mkdir(join(firmwareStore, long, '..'), { recursive: true });
    await copyFile(join(firmwareStore, path), join(firmwareStore, long));
    await moveTo(long);
    await eventually(async () => {
      expect((await get(id)).status).toBe(200);
    });
  });
});

describe.each(LANES)('signed downloads from a CDN, %s', (_way, env) => {
  it('need the signature for the redirect', async () => {
    const app = await startTestApp({ env: { ...env, DOWNLOAD_BASE_URL: BASE, OTA_DOWNLOAD_SECRET: SECRET } });
    try {
      const client = new Client(app);
      const { body } = await client.publish(someBytes(100));
      const [id, path] = [body.id as number, body.binary_path as string];
      const query = (expires: number): string =>
        `?device_id=5&expires=${expires}&sig=${signDownload({ firmwareId: id, deviceId: 5, expires }, SECRET)}`;
      const get = (tail: string): Promise<Answer> => client.send('GET', `/api/ota/download/${id}${tail}`);
      const now = Math.floor(Date.now() / 1000);
      expect((await get(query(now + 60))).headers.location).toBe(BASE + path);
      expect((await get(query(now + 60))).headers['cache-control']).toBe('no-store');
      expect((await get(query(now - 1))).body).toMatchObject({ code: 'DOWNLOAD_SIGNATURE_EXPIRED' });
      expect((await get('')).body).toMatchObject({ code: 'DOWNLOAD_SIGNATURE_INVALID' });
    } finally {
      await app.close();
    }
  });
});
