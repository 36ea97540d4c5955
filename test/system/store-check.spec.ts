import { access, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, someBytes } from '../support/http-client.js';
import { Ota } from '../support/run-ota.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const CHECK = ['store', 'check'];

describe('ota store check', () => {
  let store: string;
  let app: TestApp;
  let ota: Ota;

  beforeEach(async () => {
    store = await mkdtemp(join(tmpdir(), 'ota-test-store-check-'));
    app = await startTestApp({ firmwareStore: store });
    ota = new Ota({ OTA_SERVER: app.url, OTA_TOKEN: app.token });
    const orphan = join(store, 'orphan.bin');
    await writeFile(orphan, 'nothing refers to this');
    await utimes(orphan, new Date(0), new Date(0));
  });
  afterEach(async () => {
    await app.close();
    await rm(store, { recursive: true, force: true });
  });

  const isThere = (path: string): Promise<boolean> =>
    access(join(store, path)).then(
      () => true,
      () => false,
    );

  it('prints what the server found, and fails when a firmware has no file', async () => {
    const found = await ota.run(CHECK);
    expect(found).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(found.stdout)).toMatchObject({ unreferenced: [{ path: 'orphan.bin' }], missing: [] });

    await new Client(app).publish(someBytes(100));
    await rm(join(store, 'sensor/v1.0.0.bin'));
    const missing = await ota.run(CHECK);
    expect(missing).toMatchObject({ code: 1, stderr: expect.stringContaining('1 firmware has no file.') });
    expect(JSON.parse(missing.stdout)).toMatchObject({ missing: [{ binary_path: 'sensor/v1.0.0.bin' }] });
  });

  it('removes what nothing refers to when it is told to', async () => {
    const removed = await ota.run([...CHECK, '--remove-unreferenced', '--yes']);
    expect(removed).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(removed.stdout)).toMatchObject({ removed: [{ path: 'orphan.bin' }], bytes: 22 });
    expect(await isThere('orphan.bin')).toBe(false);
  });

  it('shows a person what it will remove, and asks', async () => {
    const run = ota.startOnTerminal([...CHECK, '--remove-unreferenced']);
    await run.printed((text) => text.includes('[y/N]'));
    expect(run.stdout).toContain('orphan.bin');
    run.type('n\r');
    expect((await run.outcome).code).toBe(1);
    expect(await isThere('orphan.bin')).toBe(true);

    const sure = await ota.runOnTerminal([...CHECK, '--remove-unreferenced', '--yes']);
    expect(sure.code).toBe(0);
    expect(sure.stdout).toContain('Removed 1 file, 22 B.');
    expect(await isThere('orphan.bin')).toBe(false);
  });
});
