import { readFile, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, sha256, someBytes } from '../support/http-client.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

describe('a stored file that loses a bit', () => {
  let app: TestApp;
  let client: Client;

  beforeAll(async () => {
    app = await startTestApp();
    client = new Client(app);
  });
  afterAll(() => app.close());

  it('is neither served nor offered, and both again when it is repaired', async () => {
    const file = someBytes(20_000);
    const { body } = await client.publish(file, { device_type: 'rotten', version: '2.0.0' });
    await client.publish(someBytes(100), { device_type: 'rotten', version: '1.5.0' });
    const path = join(app.config.firmwareStore, body.binary_path as string);
    const download = async () => (await client.download(body.id as number)).body?.code;
    const verify = () => client.admin('POST', `/firmware/${body.id}/verify`);
    const offered = async () =>
      (await client.check({ device_type: 'rotten', current_version: '1.0.0' })).body.version;

    expect((await verify()).body).toEqual({
      success: true,
      message: 'The stored file is what was registered',
      firmware_id: body.id,
      file_size: 20_000,
      file_hash: sha256(file),
    });
    const damaged = await readFile(path);
    damaged[10_000]! ^= 1;
    await writeFile(path, damaged);
    expect(await offered()).toBe('2.0.0');

    expect(await download()).toBe('FIRMWARE_FILE_DAMAGED');
    expect(await offered()).toBe('1.5.0');
    const refused = await verify();
    expect([refused.status, refused.body.code]).toEqual([503, 'FIRMWARE_FILE_DAMAGED']);

    await writeFile(path, file);
    expect((await verify()).status).toBe(200);
    expect(await offered()).toBe('2.0.0');
    expect((await client.download(body.id as number)).bytes.equals(file)).toBe(true);

    await unlink(path);
    expect((await verify()).body.code).toBe('FIRMWARE_FILE_DAMAGED');
    expect(await offered()).toBe('1.5.0');
  });

  it('of an unknown firmware cannot be verified', async () => {
    const { status, body } = await client.admin('POST', '/firmware/999999/verify');
    expect([status, body.code]).toEqual([404, 'FIRMWARE_NOT_FOUND']);
  });
});
