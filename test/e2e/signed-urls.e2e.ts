import { signDownload } from '../../src/domain/download-signature.js';
import { Client, eventually, someBytes } from '../support/http-client.js';
import { LANES_OF_RUN, startTestApp, type TestApp } from '../support/test-app.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const SECRET = 'a secret of the tests';
const INVALID = [403, 'DOWNLOAD_SIGNATURE_INVALID'];

describe.each(LANES_OF_RUN)('signed download URLs, %s', (_way, env) => {
  let app: TestApp;
  let client: Client;
  let firmwareId: number;
  let url: string;

  beforeAll(async () => {
    app = await startTestApp({
      env: { ...env, OTA_DOWNLOAD_SECRET: SECRET, OTA_DOWNLOAD_TTL_SECONDS: '60' },
    });
    client = new Client(app);
    firmwareId = (await client.publish(someBytes(100), { version: '2.0.0' })).body.id;
    url = (await client.check()).body.download_url;
  });
  afterAll(() => app.close());

  const outcome = async (path: string): Promise<unknown[]> => {
    const { status, body } = await client.send('GET', path);
    return [status, body?.code];
  };
  const signed = (grant: { firmwareId: number; deviceId: number; expires: number }) =>
    `/api/ota/download/${firmwareId}?device_id=${grant.deviceId}&expires=${grant.expires}&sig=${signDownload(grant, SECRET)}`;
  const soon = () => Math.floor(Date.now() / 1000) + 60;

  it('opens the download for the device that checked, privately', async () => {
    const { status, headers } = await client.send('GET', url);
    expect(status).toBe(200);
    expect(headers['cache-control']).toBe('private, max-age=60, must-revalidate, no-transform');
    expect(url).toMatch(
      new RegExp(`^/api/ota/download/${firmwareId}\\?device_id=123&expires=\\d+&sig=[0-9a-f]{64}$`),
    );
  });

  it('works for whoever knows the secret and the rule of the contract', async () => {
    expect(await outcome(signed({ firmwareId, deviceId: 5, expires: soon() }))).toEqual([200, undefined]);
  });

  it('opens a firmware that was never released, as an admin does without one', async () => {
    const { body } = await client.publish(someBytes(100), { version: '3.0.0', is_stable: false });
    const draft = body.id as number;
    const path = `/api/ota/download/${draft}`;
    const grant = { firmwareId: draft, deviceId: 5, expires: soon() };
    const query = `?device_id=5&expires=${grant.expires}&sig=${signDownload(grant, SECRET)}`;
    expect(await outcome(path + query)).toEqual([200, undefined]);
    expect(await outcome(path)).toEqual(INVALID);
    const asAdmin = { Authorization: `Bearer ${app.token}` };
    const { status, headers } = await client.download(draft, asAdmin);
    expect([status, headers['cache-control']]).toEqual([
      200,
      'private, max-age=60, must-revalidate, no-transform',
    ]);
    expect((await client.download(firmwareId, asAdmin)).status).toBe(403);
    expect((await client.download(draft, { Authorization: 'Bearer x' })).status).toBe(403);
  });

  it('expires', async () => {
    const expires = Math.floor(Date.now() / 1000) - 1;
    expect(await outcome(signed({ firmwareId, deviceId: 5, expires }))).toEqual([
      403,
      'DOWNLOAD_SIGNATURE_EXPIRED',
    ]);
  });

  it('is for no other firmware', async () => {
    expect(await outcome(signed({ firmwareId: firmwareId + 1, deviceId: 5, expires: soon() }))).toEqual(
      INVALID,
    );
  });

  it.each([
    ['another device', (u: string) => u.replace('device_id=123', 'device_id=124')],
    ['a later end', (u: string) => u.replace(/expires=\d+/, `expires=${soon() + 999}`)],
    ['a changed signature', (u: string) => u.replace(/.$/, (c) => (c === '0' ? '1' : '0'))],
    ['a shorter signature', (u: string) => u.slice(0, -1)],
    ['a longer signature', (u: string) => `${u}0`],
    ['a signature in capitals twice over', (u: string) => `${u}&sig=00`],
    ['no signature', (u: string) => u.replace(/&sig=.*/, '')],
    ['no end', (u: string) => u.replace(/&expires=\d+/, '')],
    ['the device written another way', (u: string) => u.replace('device_id=123', 'device_id=0123')],
    ['nothing', (u: string) => u.replace(/\?.*/, '')],
  ])('is refused with %s', async (_, tamper) => {
    const tampered = tamper(url);
    expect(tampered).not.toBe(url);
    expect(await outcome(tampered)).toEqual(INVALID);
  });
});

describe('the secret of signed download URLs', () => {
  const [OLD, NEW] = ['the secret until now', 'the secret from now on'];
  let database: TestDatabase;
  let apps: TestApp[];

  beforeAll(async () => {
    database = await createTestDatabase();
    apps = [];
    for (const [secret, previous] of [
      [OLD, undefined],
      [OLD, NEW],
      [NEW, OLD],
      [NEW, undefined],
    ]) {
      const env = { OTA_DOWNLOAD_SECRET: secret, OTA_DOWNLOAD_SECRET_PREVIOUS: previous };
      const firmwareStore = apps[0]?.config.firmwareStore;
      apps.push(await startTestApp({ database, env, ...(firmwareStore !== undefined && { firmwareStore }) }));
    }
    const { body } = await new Client(apps[0]!).publish(someBytes(100), { version: '2.0.0' });
    for (const app of apps)
      await eventually(async () => expect((await new Client(app).check()).body.firmware_id).toBe(body.id));
  });
  afterAll(async () => {
    for (const app of apps) await app.close();
    await database.drop();
  });

  /** @returns the status of each app's answer to a URL that one app offers */
  const answersTo = async (offering: TestApp): Promise<number[]> => {
    const url = (await new Client(offering).check()).body.download_url as string;
    const answers = apps.map(async (app) => (await new Client(app).send('GET', url)).status);
    return Promise.all(answers);
  };

  it('is changed in two restarts, without a URL that a server of the step before or after refuses', async () => {
    const answers = [];
    for (const app of apps) answers.push(await answersTo(app));
    expect(answers).toEqual([
      [200, 200, 200, 403],
      [200, 200, 200, 403],
      [403, 200, 200, 200],
      [403, 200, 200, 200],
    ]);
  });
});
