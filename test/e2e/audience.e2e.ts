import { Client, eventually, someBytes } from '../support/http-client.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

describe('the audience of a firmware', () => {
  let app: TestApp;
  let client: Client;

  const audience = (query: string) => client.admin('GET', `/devices/audience?${query}`);

  beforeAll(async () => {
    app = await startTestApp();
    client = new Client(app);
    const fleet = ['1.0.0', '1.0.0', 'v1.0.0-3-gabc1234', '1.1.0', '2.0.0', '2f061cb'];
    for (const [i, current_version] of fleet.entries())
      await client.check({ device_id: i + 1, current_version });
    await client.check({ device_id: 99, device_type: 'lamp' });
    await app.database.query("INSERT INTO device (id, device_type) VALUES (100, 'sensor'), (101, NULL)");
    await eventually(async () => {
      const { body } = await audience('device_type=sensor&version=1.1.0&build_number=1');
      expect(body).toEqual({ devices: 7, would_be_offered: 3 });
      // The last check-in may be written later than those before it.
      const lamps = await audience('device_type=lamp&version=1.1.0&build_number=1');
      expect(lamps.body).toMatchObject({ devices: 1 });
    });
  });
  afterAll(() => app.close());

  it.each([
    ['device_type=sensor&version=1.1.0&build_number=2', { devices: 7, would_be_offered: 4 }],
    [
      'device_type=sensor&version=1.1.0&build_number=2&min_current_version=1.1.0',
      { devices: 7, would_be_offered: 1 },
    ],
    ['device_type=lamp&version=1.1.0&build_number=2', { devices: 1, would_be_offered: 1 }],
    ['device_type=none&version=1.1.0&build_number=2', { devices: 0, would_be_offered: 0 }],
  ])('%s', async (query, expected) => {
    expect(await audience(query)).toMatchObject({ status: 200, body: expected });
  });

  it('is whom a check would offer it to: what is released already counts', async () => {
    await client.publish(someBytes(100), { version: '1.1.0', build_number: 2 });
    await client.publish(someBytes(101), { version: '3.0.0', min_current_version: '1.1.0' });
    await eventually(async () => {
      const { body } = await audience('device_type=sensor&version=1.1.0&build_number=2');
      // 1.1.0 build 1 and 2.0.0 are given 3.0.0; those below its floor climb by 1.1.0 build 2.
      expect(body).toEqual({ devices: 7, would_be_offered: 3 });
    });
    for (const [device_id, current_version, offered] of [
      [1, '1.0.0', '1.1.0'],
      [4, '1.1.0', '3.0.0'],
    ]) {
      expect((await client.check({ device_id, current_version })).body).toMatchObject({ version: offered });
    }
  });

  it.each([
    '',
    'device_type=sensor&version=1.1&build_number=1',
    'device_type=sensor&version=1.1.0&build_number=0',
    'device_type=sensor&version=1.1.0&build_number=1&min_current_version=x',
  ])('refuses "%s"', async (query) => {
    expect(await audience(query)).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
  });

  it('is for admins', async () => {
    expect((await client.send('GET', '/api/ota/admin/devices/audience')).status).toBe(401);
  });
});
