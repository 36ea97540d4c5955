import { Agent, request } from 'node:http';
import { truncate, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, eventually, sha256, someBytes } from '../support/http-client.js';
import { LANES, startTestApp, type TestApp } from '../support/test-app.js';

const FILE = someBytes(10_000);
const HASH = sha256(FILE);
const ETAG = `"${HASH}"`;

describe.each(LANES)('downloads, %s', (_way, env) => {
  let app: TestApp;
  let client: Client;
  let id: number;
  let publishedAt: Date;

  beforeAll(async () => {
    app = await startTestApp({ env });
    client = new Client(app);
    const { body } = await client.publish(FILE, { build_number: 7 });
    id = body.id;
    publishedAt = new Date(body.created_at as string);
  });
  afterAll(() => app.close());

  it('answers the whole file with all that a client needs to know of it', async () => {
    const { status, headers, bytes } = await client.download(id);
    expect(status).toBe(200);
    expect(bytes.equals(FILE)).toBe(true);
    expect(headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-length': '10000',
      'content-disposition': 'attachment; filename="firmware.bin"',
      'accept-ranges': 'bytes',
      etag: ETAG,
      'repr-digest': `sha-256=:${Buffer.from(HASH, 'hex').toString('base64')}:`,
      'last-modified': publishedAt.toUTCString(),
      'cache-control': 'public, max-age=3600',
      'x-firmware-version': '1.0.0',
      'x-firmware-build': '7',
      'x-firmware-hash': HASH,
    });
    expect(headers['transfer-encoding']).toBeUndefined();
  });

  it('answers HEAD with the same headers and no body, and ignores its Range', async () => {
    const whole = await client.download(id);
    const head = await client.download(id, { Range: 'bytes=0-9' }, 'HEAD');
    const same = (answer: typeof head) => ({ ...answer.headers, date: '', 'x-request-id': '' });
    expect(head.status).toBe(200);
    expect(head.bytes).toHaveLength(0);
    expect(same(head)).toEqual(same(whole));
  });

  it.each([
    ['the first bytes', 'bytes=0-99', 0, 99],
    ['the middle', 'bytes=4096-8191', 4096, 8191],
    ['the tail', 'bytes=-100', 9_900, 9_999],
    ['from there on', 'bytes=9000-', 9_000, 9_999],
    ['one byte', 'bytes=9999-9999', 9_999, 9_999],
    ['more than there is', 'bytes=9990-20000', 9_990, 9_999],
    ['a longer tail than there is', 'bytes=-20000', 0, 9_999],
  ])('answers 206 to %s', async (_, range, start, end) => {
    const { status, headers, bytes } = await client.download(id, { Range: range });
    expect(status).toBe(206);
    expect(headers['content-range']).toBe(`bytes ${start}-${end}/10000`);
    expect(headers['content-length']).toBe(String(end - start + 1));
    expect(bytes.equals(FILE.subarray(start, end + 1))).toBe(true);
  });

  it.each(['bytes=10000-', 'bytes=99999-100000', 'bytes=-0'])('answers 416 to %s', async (range) => {
    const { status, headers, body } = await client.download(id, { Range: range });
    expect(status).toBe(416);
    expect(headers['content-range']).toBe('bytes */10000');
    expect(headers['content-type']).toMatch('application/problem+json');
    expect(body.code).toBe('RANGE_NOT_SATISFIABLE');
  });

  it.each(['bytes=0-9,20-29', 'bytes=9-0', 'bytes=x-y', 'lines=1-2', 'nonsense'])(
    'answers the whole file to %s',
    async (range) => {
      const { status, bytes } = await client.download(id, { Range: range });
      expect([status, bytes.length]).toEqual([200, FILE.length]);
    },
  );

  it('honours a Range only if If-Range fits', async () => {
    const statusWith = async (ifRange: string) =>
      (await client.download(id, { Range: 'bytes=5000-', 'If-Range': ifRange })).status;
    expect(await statusWith(ETAG)).toBe(206);
    expect(await statusWith(publishedAt.toUTCString())).toBe(206);
    expect(await statusWith('"another"')).toBe(200);
    expect(await statusWith(`W/${ETAG}`)).toBe(200);
    expect(await statusWith(new Date(0).toUTCString())).toBe(200);
  });

  it.each([
    ['If-None-Match', () => ETAG, 304],
    ['If-None-Match', () => `"x", W/${ETAG}`, 304],
    ['If-None-Match', () => '*', 304],
    ['If-None-Match', () => '"x"', 200],
    ['If-Modified-Since', () => publishedAt.toUTCString(), 304],
    ['If-Modified-Since', () => new Date(0).toUTCString(), 200],
  ])('%s (%#) answers %i or %i', async (name, value, expected) => {
    const { status, headers, bytes } = await client.download(id, { [name]: value() });
    expect(status).toBe(expected);
    expect(headers.etag).toBe(ETAG);
    expect(bytes).toHaveLength(expected === 304 ? 0 : FILE.length);
  });

  it.each([
    ['sensor "v1".bin', 'attachment; filename="sensor \\"v1\\".bin"'],
    ['größe.bin', `attachment; filename="gr??e.bin"; filename*=UTF-8''gr%C3%B6%C3%9Fe.bin`],
    ['固件.bin', `attachment; filename="??.bin"; filename*=UTF-8''%E5%9B%BA%E4%BB%B6.bin`],
  ])('puts %s safely into a header', async (filename, expected) => {
    const { body } = await client.publish(FILE, { build_number: 100 + filename.length, filename });
    const { headers } = await client.download(body.id as number);
    expect(headers['content-disposition']).toBe(expected);
    expect(headers['x-firmware-hash']).toBe(HASH);
  });

  it('lets no stored text become a header, wherever it came from', async () => {
    const { body } = await client.publish(FILE, { build_number: 200 });
    await app.database.query(`UPDATE firmware SET filename = $2, version = $3 WHERE id = $1`, [
      body.id,
      'a"\r\nX-Injected: 1.bin',
      '1.0.0\r\nX-Injected: 1',
    ]);
    await eventually(async () => {
      const { status, headers } = await client.download(body.id as number);
      expect(headers['x-firmware-version']).toBe('1.0.0??X-Injected: 1');
      expect(status).toBe(200);
      expect(headers['x-injected']).toBeUndefined();
    });
  });

  it('is 64 ranges at once and the same file again', async () => {
    const file = someBytes(3 * 1024 * 1024 + 13);
    const { body } = await client.publish(file, { device_type: 'big' });
    const length = Math.ceil(file.length / 64);
    const agent = new Agent({ keepAlive: true, maxSockets: 64 });
    const parts = await Promise.all(
      Array.from({ length: 64 }, (_, i) =>
        client.send('GET', `/api/ota/download/${body.id}`, {
          agent,
          headers: {
            Range: `bytes=${i * length}-${(i + 1) * length - 1}`,
            'If-Range': `"${body.file_hash}"`,
          },
        }),
      ),
    );
    agent.destroy();
    expect(parts.every(({ status }) => status === 206)).toBe(true);
    expect(sha256(Buffer.concat(parts.map(({ bytes }) => bytes)))).toBe(sha256(file));
  });

  it('goes on serving after a client went away in the middle', async () => {
    const { body } = await client.publish(someBytes(2_000_000), { device_type: 'left' });
    for (let i = 0; i < 5; i++) {
      await new Promise<void>((resolve) => {
        const leaving = request(`${app.url}/api/ota/download/${body.id}`, (response) => {
          response.once('data', () => response.destroy());
          response.once('close', resolve);
        });
        leaving.on('error', () => undefined);
        leaving.end();
      });
    }
    expect((await client.download(body.id as number)).bytes).toHaveLength(2_000_000);
  });

  describe('what cannot be had', () => {
    const codeOf = async (firmwareId: number): Promise<unknown[]> => {
      const { status, body, headers } = await client.download(firmwareId);
      expect(headers['cache-control']).toBeUndefined();
      return [status, body.code];
    };

    it('an unknown firmware', async () => {
      expect(await codeOf(999_999)).toEqual([404, 'FIRMWARE_NOT_FOUND']);
    });

    it('an inactive firmware', async () => {
      const { body } = await client.publish(FILE, { build_number: 300 });
      await client.admin('DELETE', `/firmware/${body.id}`);
      expect(await codeOf(body.id as number)).toEqual([404, 'FIRMWARE_NOT_FOUND']);
    });

    it('a firmware whose file is gone, or is not what it was', async () => {
      const { body } = await client.publish(someBytes(500), { device_type: 'broken' });
      const path = join(app.config.firmwareStore, body.binary_path as string);
      await truncate(path, 499);
      expect(await codeOf(body.id as number)).toEqual([503, 'FIRMWARE_FILE_DAMAGED']);
      await unlink(path);
      expect(await codeOf(body.id as number)).toEqual([404, 'FIRMWARE_NOT_FOUND']);
    });
  });

  it('counts a download when it begins, not when it goes on', async () => {
    const { body } = await client.publish(FILE, { build_number: 400 });
    const firmwareId = body.id as number;
    await client.download(firmwareId);
    await client.download(firmwareId, { Range: 'bytes=0-4999' });
    await client.download(firmwareId, { Range: 'bytes=5000-' });
    await client.download(firmwareId, { 'If-None-Match': ETAG });
    await client.download(firmwareId, {}, 'HEAD');
    await eventually(async () => {
      const count = await client.admin('GET', `/firmware/${firmwareId}/downloads`);
      expect(count.body).toMatchObject({ firmware_id: firmwareId, downloads: 2 });
    });
  });
});
