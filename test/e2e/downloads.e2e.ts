import { Agent, request } from 'node:http';
import { truncate, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { JwtService } from '@nestjs/jwt';
import { FirmwareStore, type FileContent } from '../../src/storage/firmware-store.js';
import { Client, eventually, sha256, someBytes } from '../support/http-client.js';
import { LANES_OF_RUN, startTestApp, type TestApp } from '../support/test-app.js';

const FILE = someBytes(10_000);
const HASH = sha256(FILE);
const ETAG = `"${HASH}"`;

describe.each(LANES_OF_RUN)('downloads, %s', (_way, env) => {
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
      'cache-control': 'public, max-age=60, must-revalidate, no-transform',
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

  it('says of a part that begins later only what its reader needs', async () => {
    for (const range of ['bytes=1-1', 'bytes=4096-8191', 'bytes=9000-', 'bytes=-100']) {
      const { headers } = await client.download(id, { Range: range, 'X-Request-Id': 'mine' });
      // Node writes these for each connection; RFC 9110 §6.6.1 requires the Date.
      const { connection, 'keep-alive': keepAlive, date, ...about } = headers;
      expect([connection, keepAlive, typeof date]).toEqual(['keep-alive', 'timeout=300', 'string']);
      expect(about).toEqual({
        'content-range': expect.stringMatching(/^bytes [1-9]\d*-\d+\/10000$/),
        'content-length': expect.stringMatching(/^\d+$/),
        etag: ETAG,
        'cache-control': 'public, max-age=60, must-revalidate, no-transform',
        'x-request-id': 'mine',
      });
    }
  });

  it('says of a part that begins at the first byte all that it says of the file', async () => {
    const whole = await client.download(id);
    const part = await client.download(id, { Range: 'bytes=0-99' });
    expect(Object.keys(part.headers).filter((name) => name !== 'content-range')).toEqual(
      Object.keys(whole.headers),
    );
  });

  it.each([1, 4_095, 8_192, 8_193, 70_000])('sends parts of %i bytes as they are', async (length) => {
    const file = someBytes(100_000);
    const { body } = await client.publish(file, { device_type: `parts-${length}` });
    for (const start of [1, 256, 20_000]) {
      const { status, bytes } = await client.download(body.id as number, {
        Range: `bytes=${start}-${start + length - 1}`,
      });
      expect(status).toBe(206);
      expect(bytes.equals(file.subarray(start, start + length))).toBe(true);
    }
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

  it('reads a file once and opens it once for its first downloads', async () => {
    const file = someBytes(4 * 1024 * 1024);
    const { body } = await client.publish(file, { device_type: 'first' });
    const store = app.nest.get(FirmwareStore);
    const [read, stat] = [jest.spyOn(store, 'read'), jest.spyOn(store, 'stat')];
    const first = await Promise.all(Array.from({ length: 5 }, () => client.download(body.id as number)));
    expect(first.every(({ bytes }) => bytes.equals(file))).toBe(true);
    expect((await client.download(body.id as number)).bytes.equals(file)).toBe(true);
    const [opened] = await Promise.all(read.mock.results.map(({ value }) => value as Promise<FileContent>));
    expect([read.mock.calls.length, stat.mock.calls.length]).toEqual([1, 0]);
    expect([read.mock.calls[0]?.[1], opened?.size]).toEqual([undefined, file.length]);
    read.mockRestore();
    stat.mockRestore();
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

    describe('a firmware that was never released', () => {
      const publishDraft = async (build: number): Promise<number> =>
        (await client.publish(FILE, { build_number: build, is_stable: false })).body.id as number;
      const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
      const signedWith = (secret: string, expiresIn: number): string =>
        new JwtService({ secret, signOptions: { algorithm: 'HS256', expiresIn } }).sign({ sub: '1' });

      it('except by an admin, and then no cache keeps it for others', async () => {
        const draft = await publishDraft(301);
        expect(await codeOf(draft)).toEqual([404, 'FIRMWARE_NOT_FOUND']);
        for (const [range, expected] of [
          [{}, 200],
          [{ Range: 'bytes=5-9' }, 206],
          [{ 'If-None-Match': ETAG }, 304],
        ] as const) {
          const { status, headers } = await client.download(draft, { ...bearer(app.token), ...range });
          expect([status, headers['cache-control']]).toEqual([
            expected,
            'private, max-age=60, must-revalidate, no-transform',
          ]);
        }
        expect((await client.download(draft, bearer(app.token), 'HEAD')).status).toBe(200);
        expect((await client.download(draft, {}, 'HEAD')).status).toBe(404);
      });

      let refused: number;
      beforeAll(async () => {
        refused = await publishDraft(302);
      });

      it.each([
        ['another secret', () => bearer(signedWith('of somebody else', 60))],
        ['an end that is past', () => bearer(signedWith(app.config.jwt.secret!, -1))],
        ['no token', () => ({ Authorization: 'Bearer ' })],
        ['another scheme', () => ({ Authorization: `Basic ${app.token}` })],
        ['the token of no algorithm', () => bearer(`${btoa('{"alg":"none"}')}.${btoa('{"sub":"1"}')}.`)],
        ['a signature of no use here', () => ({}), `?device_id=1&expires=9999999999&sig=${'0'.repeat(64)}`],
      ])('not with %s', async (_, headers, query = '') => {
        const { status } = await client.send('GET', `/api/ota/download/${refused}${query}`, {
          headers: headers(),
        });
        expect(status).toBe(404);
      });

      it('until it is released, and from then on also when it is stable no more', async () => {
        const draft = await publishDraft(303);
        for (const isStable of [true, false]) {
          await client.admin('PATCH', `/firmware/${draft}`, { body: { is_stable: isStable } });
          expect((await client.download(draft)).status).toBe(200);
        }
      });

      it('but one of the original system that was stable already', async () => {
        const draft = await publishDraft(304);
        await app.database.query('UPDATE firmware SET is_stable = true WHERE id = $1', [draft]);
        await eventually(async () => {
          expect((await client.download(draft)).status).toBe(200);
        });
      });
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
