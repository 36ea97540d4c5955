import { request } from 'node:http';
import { mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { DomainError } from '../../src/domain/errors.js';
import { FirmwareStore } from '../../src/storage/firmware-store.js';
import { Client, eventually, multipart, sha256, someBytes } from '../support/http-client.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const FILE = someBytes(5_000);
const MAX = 100_000;
const UNKNOWN_IMAGE = {
  kind: 'unknown',
  application: null,
  warnings: ['This is no ESP32 application image, so nothing in it could be checked.'],
};

describe('publishing', () => {
  let app: TestApp;
  let client: Client;

  beforeAll(async () => {
    app = await startTestApp({
      env: { MAX_UPLOAD_BYTES: String(MAX) },
      limits: { uploadStallMs: 1000, bodyTimeoutMs: 500 },
    });
    client = new Client(app);
  });
  afterAll(() => app.close());

  const stored = async () =>
    (await readdir(app.config.firmwareStore, { recursive: true })).filter((name) =>
      /\.(bin|part)$/.test(name),
    );
  const uploadHeaders = (type: string) => ({ Authorization: `Bearer ${app.token}`, 'Content-Type': type });

  describe('uploads', () => {
    it('takes the same bytes again, and other bytes beside them', async () => {
      const one = await client.upload(FILE, { device_type: 'twice', version: '1.0.0' });
      expect(one.body).toEqual({
        success: true,
        filename: 'firmware.bin',
        device_type: 'twice',
        version: '1.0.0',
        binary_path: 'twice/v1.0.0.bin',
        file_size: 5_000,
        file_hash: sha256(FILE),
        image: UNKNOWN_IMAGE,
      });
      const again = await client.upload(FILE, { device_type: 'twice', version: '1.0.0' });
      expect(again.body).toEqual(one.body);
      const other = someBytes(5_001);
      const beside = await client.upload(other, { device_type: 'twice', version: '1.0.0' });
      expect(beside.body.binary_path).toBe(`twice/v1.0.0-${sha256(other).slice(0, 12)}.bin`);
    });

    it('takes the fields after the file, or from the query', async () => {
      const late = multipart([
        { name: 'file', filename: 'f.bin', content: FILE },
        { name: 'device_type', content: 'late' },
        { name: 'version', content: '1.0.0' },
      ]);
      const afterwards = await client.admin('POST', '/upload', {
        body: late.body,
        headers: { 'Content-Type': late.type },
      });
      expect(afterwards.body.binary_path).toBe('late/v1.0.0.bin');
      const bare = multipart([{ name: 'file', filename: 'f.bin', content: FILE }]);
      const byQuery = await client.admin('POST', '/upload?device_type=query&version=2.0.0', {
        body: bare.body,
        headers: { 'Content-Type': bare.type },
      });
      expect(byQuery.body.binary_path).toBe('query/v2.0.0.bin');
    });

    it('does not mix two uploads of one name at once', async () => {
      const files = [someBytes(90_000), Buffer.alloc(90_000, 1), Buffer.alloc(80_000, 2)];
      const answers = await Promise.all(
        files.map((file) => client.upload(file, { device_type: 'race', version: '1.0.0' })),
      );
      for (const [i, { body }] of answers.entries()) {
        expect(body.file_hash).toBe(sha256(files[i]!));
        const registered = await client.admin('POST', '/firmware', {
          body: { ...body, build_number: i + 1, is_stable: false },
        });
        expect(registered.status).toBe(200);
      }
    });

    it('takes a file of exactly the limit, and nothing above it', async () => {
      const exactly = await client.upload(Buffer.alloc(MAX, 1), { device_type: 'limit', version: '1.0.0' });
      expect(exactly.status).toBe(200);
      const before = await stored();
      const above = await client.upload(Buffer.alloc(MAX + 1, 1), { device_type: 'limit', version: '2.0.0' });
      expect([above.status, above.body.code]).toEqual([413, 'UPLOAD_TOO_LARGE']);
      const far = await client.upload(Buffer.alloc(MAX * 4, 1), { device_type: 'limit', version: '2.0.0' });
      expect([far.status, far.body.code]).toEqual([413, 'UPLOAD_TOO_LARGE']);
      await eventually(async () => expect(await stored()).toEqual(before));
    });

    it('gives up an endless upload, and leaves nothing', async () => {
      const before = await stored();
      const head = multipart([{ name: 'file', filename: 'f.bin', content: '' }])
        .body.toString()
        .split('\r\n--')[0]!;
      const status = await new Promise<number | undefined>((resolve, reject) => {
        const endless = request(
          `${app.url}/api/ota/admin/upload?device_type=endless&version=1.0.0`,
          { method: 'POST', headers: uploadHeaders('multipart/form-data; boundary=boundary-of-the-tests') },
          (response) => {
            response.resume();
            resolve(response.statusCode);
            endless.destroy();
          },
        );
        endless.on('error', reject);
        endless.write(head);
        const more = () => {
          if (!endless.destroyed) endless.write(Buffer.alloc(10_000), () => setImmediate(more));
        };
        more();
      }).catch(() => undefined);
      expect(status).toBe(413);
      await eventually(async () => expect(await stored()).toEqual(before));
    });

    it.each([
      ['cut off half-way', true],
      ['standing still', false],
    ])('leaves nothing of an upload that is %s', async (_, isCut) => {
      const before = await stored();
      const { body, type } = multipart([{ name: 'file', filename: 'f.bin', content: someBytes(50_000) }]);
      const outcome = await new Promise<string | number | undefined>((resolve) => {
        const half = request(
          `${app.url}/api/ota/admin/upload?device_type=half&version=1.0.0`,
          { method: 'POST', headers: { ...uploadHeaders(type), 'Content-Length': body.length } },
          (response) => {
            response.resume();
            resolve(response.statusCode);
          },
        );
        half.on('error', () => {
          resolve('cut');
        });
        half.write(body.subarray(0, 30_000), () => {
          if (isCut) setTimeout(() => half.destroy(), 50);
        });
      });
      expect(outcome).toBe(isCut ? 'cut' : 408);
      await eventually(async () => expect(await stored()).toEqual(before));
    });
  });

  it('says that its disk is full when it is, not that the upload is at fault', async () => {
    const store = app.nest.get(FirmwareStore);
    const stage = jest.spyOn(store, 'stage').mockImplementation(async (bytes) => {
      for await (const chunk of bytes) {
        if (chunk.length > 0) break;
      }
      throw new DomainError('STORE_UNAVAILABLE', 'The disk of the firmware store is full (ENOSPC).');
    });
    for (const fields of [{ device_type: 'full', version: '1.0.0' }, {} as Record<string, string>]) {
      const { status, body, headers } = await client.upload(someBytes(90_000), fields);
      expect([status, body.code, headers['retry-after']]).toEqual([
        503,
        'STORE_UNAVAILABLE',
        expect.any(String),
      ]);
    }
    stage.mockRestore();
    expect((await client.upload(FILE, { device_type: 'full', version: '1.0.0' })).status).toBe(200);
  });

  it('keeps nothing of a file that comes after the request was refused', async () => {
    const before = await stored();
    const preamble = Buffer.alloc(MAX + 100_000, 'p');
    const { body, type } = multipart([{ name: 'file', filename: 'f.bin', content: someBytes(50_000) }]);
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const late = request(
        `${app.url}/api/ota/admin/upload?device_type=late&version=1.0.0`,
        { method: 'POST', headers: uploadHeaders(type) },
        (response) => {
          response.resume();
          late.write(body, () => late.end(() => setTimeout(() => resolve(response.statusCode), 100)));
        },
      );
      late.on('error', reject);
      late.write(preamble);
      late.write('\r\n');
    });
    expect(status).toBe(413);
    await eventually(async () => expect(await stored()).toEqual(before));
    expect(await stored()).toEqual(before);
  });

  it('does not take what it could not serve: a folder that leads out of the store', async () => {
    const elsewhere = await mkdtemp(join(tmpdir(), 'ota-elsewhere-'));
    await symlink(elsewhere, join(app.config.firmwareStore, 'linked'));
    const { status, body } = await client.upload(FILE, { device_type: 'linked', version: '1.0.0' });
    expect([status, body.code]).toEqual([503, 'STORE_UNAVAILABLE']);
    expect(body.detail).toMatch(/linked.*leads out of it/);
    expect(await readdir(elsewhere)).toEqual([]);
    await rm(elsewhere, { recursive: true });
    await rm(join(app.config.firmwareStore, 'linked'));
  });

  describe('registering', () => {
    const about = async (fields: Record<string, unknown>) => {
      const { body } = await client.upload(FILE, { device_type: 'registered', version: '1.0.0' });
      return { ...body, build_number: 1, ...fields };
    };
    const register = async (fields: Record<string, unknown>) =>
      client.admin('POST', '/firmware', { body: await about(fields) });

    it('answers the detail; the hash may be in capitals and the path may begin with a slash', async () => {
      const { status, body } = await register({
        build_number: 50,
        file_hash: sha256(FILE).toUpperCase(),
        binary_path: '/registered/v1.0.0.bin',
        description: 'one\ntwo',
        is_stable: true,
        min_current_version: '0.9.0',
      });
      expect(status).toBe(200);
      expect(body).toEqual({
        id: expect.any(Number),
        device_type: 'registered',
        version: '1.0.0',
        build_number: 50,
        filename: 'firmware.bin',
        file_size: 5_000,
        file_hash: sha256(FILE),
        binary_path: 'registered/v1.0.0.bin',
        description: 'one\ntwo',
        release_notes: null,
        is_stable: true,
        is_active: true,
        min_current_version: '0.9.0',
        offer_to_unparsable: false,
        pruned_at: null,
        created_at: expect.stringMatching(/Z$/),
        updated_at: expect.stringMatching(/Z$/),
        released_at: expect.stringMatching(/Z$/),
        image: UNKNOWN_IMAGE,
      });
      expect((await client.admin('GET', `/firmware/${body.id}`)).body).toEqual(body);
    });

    it.each([
      ['another size', { file_size: 4_999 }, 400, 'FIRMWARE_SIZE_MISMATCH'],
      ['another hash', { file_hash: 'a'.repeat(64) }, 400, 'FIRMWARE_HASH_MISMATCH'],
      ['no such file', { binary_path: 'registered/v9.bin' }, 400, 'FIRMWARE_FILE_MISSING'],
      ['a folder', { binary_path: 'registered' }, 400, 'FIRMWARE_FILE_MISSING'],
      ['a floor above the version', { min_current_version: '1.0.1' }, 400, 'MIN_VERSION_ABOVE_VERSION'],
      ['the same release again', { build_number: 50 }, 409, 'FIRMWARE_EXISTS'],
    ])('refuses %s', async (_, fields, status, code) => {
      const answer = await register({ build_number: 60, ...fields });
      expect([answer.status, answer.body.code]).toEqual([status, code]);
    });
  });

  describe('listing and changing', () => {
    const publish = async (version: string, build: number, more: Record<string, unknown> = {}) =>
      (
        await client.publish(FILE, {
          device_type: 'listed',
          version,
          build_number: build,
          is_stable: false,
          ...more,
        })
      ).body;

    it('lists the newest first, by pages, with the total', async () => {
      for (const [version, build] of [
        ['1.9.0', 1],
        ['1.10.0', 1],
        ['1.10.0-rc.1', 1],
        ['1.10.0', 2],
      ] as const) {
        await publish(version, build);
      }
      const { body, headers } = await client.admin('GET', '/firmware?device_type=listed');
      expect(
        body.map((f: { version: string; build_number: number }) => `${f.version} ${f.build_number}`),
      ).toEqual(['1.10.0 2', '1.10.0 1', '1.10.0-rc.1 1', '1.9.0 1']);
      expect(body[0]).not.toHaveProperty('binary_path');
      expect(headers['x-total-count']).toBe('4');
      const page = await client.admin('GET', '/firmware?device_type=listed&skip=1&limit=2');
      expect(page.body).toEqual(body.slice(1, 3));
      expect(page.headers['x-total-count']).toBe('4');
    });

    it('changes what is given, clears what is null, and remembers the first release', async () => {
      const { id } = await publish('2.0.0', 1, {
        description: 'text',
        release_notes: 'notes',
        min_current_version: '1.0.0',
      });
      const patch = async (body: Record<string, unknown>) =>
        (await client.admin('PATCH', `/firmware/${id}`, { body })).body;
      const stable = await patch({ is_stable: true });
      expect(stable).toMatchObject({ is_stable: true, description: 'text', released_at: expect.any(String) });
      await patch({ is_stable: false });
      expect((await patch({ is_stable: true })).released_at).toBe(stable.released_at);
      expect(await patch({ description: null, min_current_version: null })).toMatchObject({
        description: null,
        min_current_version: null,
        release_notes: 'notes',
      });
      expect(await patch({ min_current_version: '2.0.1' })).toMatchObject({
        code: 'MIN_VERSION_ABOVE_VERSION',
      });
      expect(await patch({})).toMatchObject({ id, min_current_version: null });
    });

    it('deactivates and activates again', async () => {
      const { id } = await publish('3.0.0', 1, { is_stable: true });
      expect((await client.admin('DELETE', `/firmware/${id}`)).body).toEqual({
        success: true,
        message: 'Firmware deactivated',
      });
      expect((await client.admin('GET', `/firmware/${id}`)).body.is_active).toBe(false);
      expect((await client.check({ device_type: 'listed', current_version: '2.9.0' })).body.reason).toBe(
        'up_to_date',
      );
      await client.admin('PATCH', `/firmware/${id}`, { body: { is_active: true } });
      expect((await client.check({ device_type: 'listed', current_version: '2.9.0' })).body.firmware_id).toBe(
        id,
      );
    });

    it.each([
      ['GET', undefined],
      ['PATCH', { is_stable: true }],
      ['DELETE', undefined],
    ])('%s of an unknown firmware is 404', async (method, body) => {
      const answer = await client.admin(method, '/firmware/999999', { body });
      expect([answer.status, answer.body.code]).toEqual([404, 'FIRMWARE_NOT_FOUND']);
    });
  });

  describe('purging', () => {
    const publish = async (version: string, more: Record<string, unknown> = {}) =>
      (await client.publish(FILE, { device_type: 'purged', version, is_stable: false, ...more })).body as {
        id: number;
        binary_path: string;
      };
    const purge = (id: number) => client.admin('DELETE', `/firmware/${id}?purge=true`);
    const exists = async (path: string) => (await stored()).includes(path);

    it('deletes a draft with its file, and its version is free again', async () => {
      const { id, binary_path } = await publish('1.0.0');
      expect((await purge(id)).body).toEqual({ success: true, message: 'Firmware deleted' });
      expect((await client.admin('GET', `/firmware/${id}`)).status).toBe(404);
      expect(await exists(binary_path)).toBe(false);
      expect((await purge(id)).body.code).toBe('FIRMWARE_NOT_FOUND');
      expect((await publish('1.0.0')).binary_path).toBe(binary_path);
    });

    it('leaves a file that another firmware shares', async () => {
      const [one, other] = [await publish('2.0.0'), await publish('2.0.0', { build_number: 2 })];
      expect(one.binary_path).toBe(other.binary_path);
      expect((await purge(one.id)).status).toBe(200);
      expect(await exists(one.binary_path)).toBe(true);
      expect((await purge(other.id)).status).toBe(200);
      expect(await exists(one.binary_path)).toBe(false);
    });

    it('deletes what was released only when it was inactive for a while and no device was offered it', async () => {
      const { id, binary_path } = await publish('3.0.0', { is_stable: true });
      const refused = await purge(id);
      expect([refused.status, refused.body.code]).toEqual([409, 'FIRMWARE_IN_USE']);
      expect((await client.check({ device_id: 76, device_type: 'nobody' })).body.reason).toBe('no_release');
      await client.admin('DELETE', `/firmware/${id}`);
      expect((await purge(id)).body.detail).toContain('60 seconds later');
      await app.database.query("UPDATE firmware SET updated_at = now() - interval '61 s' WHERE id = $1", [
        id,
      ]);
      expect((await purge(id)).status).toBe(200);
      expect(await exists(binary_path)).toBe(false);
    });

    it('refuses what was offered, also a moment ago, and leaves it as it was', async () => {
      const { id, binary_path } = await publish('4.0.0', { is_stable: true });
      const device = { device_id: 77, device_type: 'purged' };
      expect((await client.check(device)).body.firmware_id).toBe(id);
      await client.admin('DELETE', `/firmware/${id}`);
      expect((await purge(id)).body.code).toBe('FIRMWARE_IN_USE');
      await eventually(async () => {
        expect((await client.admin('GET', `/logs?firmware_id=${id}`)).body).toHaveLength(1);
      });
      await app.database.query("UPDATE firmware SET updated_at = now() - interval '61 s' WHERE id = $1", [
        id,
      ]);
      expect((await purge(id)).body.code).toBe('FIRMWARE_IN_USE');
      expect(await exists(binary_path)).toBe(true);
    });

    it('takes nothing for a yes but true', async () => {
      const { id } = await publish('5.0.0');
      const faulty = await client.admin('DELETE', `/firmware/${id}?purge=yes`);
      expect([faulty.status, faulty.body.code]).toEqual([400, 'VALIDATION_FAILED']);
      expect((await client.admin('DELETE', `/firmware/${id}?purge=false`)).body.message).toBe(
        'Firmware deactivated',
      );
    });
  });
});
