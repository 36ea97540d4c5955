import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, eventually } from '../support/http-client.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

describe('a damaged file that two servers share', () => {
  let here: TestApp;
  let there: TestApp;

  beforeAll(async () => {
    here = await startTestApp();
    const { firmwareStore } = here.config;
    there = await startTestApp({ database: here.database, firmwareStore });
  });
  afterAll(async () => {
    await there.close();
    await here.close();
  });

  it('is served by neither once one of them has found it, and by both when one has found it whole', async () => {
    const [client, other] = [new Client(here), new Client(there)];
    const bytes = Buffer.alloc(5_000, 1);
    const { body: firmware } = await client.publish(bytes, { version: '2.0.0' });
    const id = firmware.id as number;
    const hash = createHash('sha256').update(bytes).digest('hex');
    expect(firmware.file_hash).toBe(hash);
    const offered = async (by: Client): Promise<unknown> =>
      (await by.check({ device_id: 1, current_version: '1.0.0' })).body.update_available;
    // The other one has the image in memory, and would not look at the file again.
    await eventually(async () => expect((await other.download(id)).status).toBe(200));

    const path = join(here.config.firmwareStore, firmware.binary_path as string);
    const whole = await readFile(path);
    await writeFile(path, Buffer.from(whole).fill(8, 100, 101));
    const verify = () => client.admin('POST', `/firmware/${id}/verify`);
    expect((await verify()).body.code).toBe('FIRMWARE_FILE_DAMAGED');
    await eventually(async () => {
      expect((await other.download(id)).body?.code).toBe('FIRMWARE_FILE_DAMAGED');
      expect(await offered(other)).toBe(false);
    });
    expect(await offered(client)).toBe(false);

    await writeFile(path, whole);
    expect((await verify()).status).toBe(200);
    await eventually(async () => {
      expect((await other.download(id)).status).toBe(200);
      expect(await offered(other)).toBe(true);
    });
    expect((await client.download(id)).status).toBe(200);
  });
});
