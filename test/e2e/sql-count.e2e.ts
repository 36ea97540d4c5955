import pg from 'pg';
import { jest } from '@jest/globals';
import { Client, someBytes } from '../support/http-client.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

/** What the device endpoints cost the database before they answer. */
describe('SQL on the way to an answer', () => {
  let app: TestApp;
  let client: Client;
  let firmwareId: number;
  const statements: string[] = [];

  beforeAll(async () => {
    // Nothing is written behind or looked at in the background during the test.
    const never = 3_600_000;
    app = await startTestApp({
      limits: {
        checkInFlushMs: never,
        catalogRefreshMs: never,
        loopRefreshMs: never,
        accessRefreshMs: never,
        heartbeatMs: never,
        webhookPollMs: never,
        healthLookMs: never,
      },
    });
    client = new Client(app);
    firmwareId = (await client.publish(someBytes(100), { version: '2.0.0' })).body.id;
    // The notification of that change has been heard by then.
    await new Promise((resolve) => setTimeout(resolve, 200));
    // eslint-disable-next-line @typescript-eslint/unbound-method -- called with the client it belongs to
    const query = pg.Client.prototype.query as (...args: unknown[]) => unknown;
    jest.spyOn(pg.Client.prototype, 'query').mockImplementation(function (
      this: pg.Client,
      ...args: unknown[]
    ) {
      const [first] = args as [string | { text: string }];
      statements.push((typeof first === 'string' ? first : first.text).trim().split(/\s+/, 3).join(' '));
      return query.apply(this, args) as never;
    });
  });
  beforeEach(() => {
    statements.length = 0;
  });
  afterAll(async () => {
    jest.restoreAllMocks();
    await app.close();
  });

  it('a check runs none', async () => {
    expect((await client.check()).body.update_available).toBe(true);
    expect(statements).toEqual([]);
  });

  it('a check and a download with a device token run none', async () => {
    const path = '/devices/77/token';
    const { device_token } = (await client.admin('POST', path)).body as { device_token: string };
    const headers = { Authorization: `Bearer ${device_token}` };
    const body = { device_id: 77, device_type: 'sensor', current_version: '1.0.0', current_build: 1 };
    // The notification of that change has been heard by then.
    await new Promise((resolve) => setTimeout(resolve, 200));
    statements.length = 0;
    expect((await client.check({ device_id: 77 })).status).toBe(401);
    const { status } = await client.send('POST', '/api/ota/check', { headers, body });
    expect([status, (await client.download(firmwareId, headers)).status]).toEqual([200, 200]);
    expect(statements).toEqual([]);
  });

  it('a download runs none', async () => {
    expect((await client.download(firmwareId)).status).toBe(200);
    expect((await client.download(firmwareId, { Range: 'bytes=0-9' })).status).toBe(206);
    expect(statements).toEqual([]);
  });

  it('a change of a release is read once, by who made it and who heard of it', async () => {
    const readsOf = async (description: string): Promise<number> => {
      statements.length = 0;
      const { status } = await client.admin('PATCH', `/firmware/${firmwareId}`, { body: { description } });
      expect([status, (await client.check()).body.description]).toEqual([200, description]);
      await new Promise((resolve) => setTimeout(resolve, 200));
      return statements.filter((statement) => statement === 'SELECT id, device_type').length;
    };
    // On a machine that has much else to do the notification may come too late to share a read.
    const reads = [await readsOf('one'), await readsOf('two'), await readsOf('three')];
    expect(Math.min(...reads)).toBe(1);
  });

  it('a report is one transaction', async () => {
    const report = { firmware_id: firmwareId, device_id: 78 };
    await client.report({ ...report, status: 'downloading' });
    for (const status of ['installing', 'success']) {
      statements.length = 0;
      expect((await client.report({ ...report, status })).status).toBe(200);
      expect(statements).toEqual([
        'START TRANSACTION; SET',
        'SELECT id, update_firmware_id',
        'SELECT id, device_id',
        // The attempt, with its totals.
        'WITH part_0 AS',
        // Its event.
        'WITH added AS',
        'UPDATE device AS',
        'COMMIT',
      ]);
    }
  });
});
