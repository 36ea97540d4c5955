import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { Client, eventually, someBytes } from '../support/http-client.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

/** A database that lets nobody in and cuts whoever is in. */
describe('a database that goes away', () => {
  let database: TestDatabase;
  let app: TestApp;
  let client: Client;

  beforeAll(async () => {
    database = await createTestDatabase();
    app = await startTestApp({ database, limits: { healthLookMs: 20 } });
    client = new Client(app);
  });
  afterAll(async () => {
    await app.close();
    await database.drop();
  });

  it('is missed by what needs it only, and everything recovers by itself', async () => {
    const { body } = await client.publish(someBytes(100), { version: '2.0.0' });
    const firmware_id = body.id as number;
    await database.shut();

    const report = await client.report({ firmware_id, status: 'downloading' });
    expect([report.status, report.body.code]).toEqual([503, 'DATABASE_UNAVAILABLE']);
    expect(Number(report.headers['retry-after'])).toBeGreaterThan(0);
    expect((await client.admin('GET', '/logs')).status).toBe(503);
    expect((await client.send('GET', '/health')).status).toBe(200);
    await eventually(async () => {
      const { status, body } = await client.send('GET', '/health/status');
      expect([status, body.status, body.store]).toEqual([503, 'degraded', 'ok']);
      expect(body.database).not.toBe('ok');
    });
    // A balancer must not take away what checks and downloads still come from.
    expect((await client.send('GET', '/health/ready')).status).toBe(200);
    expect((await client.check({ device_id: 77 })).body.firmware_id).toBe(firmware_id);
    expect((await client.download(firmware_id)).status).toBe(200);

    await database.reopen();
    await eventually(async () => {
      expect((await client.report({ firmware_id, status: 'downloading' })).status).toBe(200);
    });
    await eventually(async () => expect((await client.send('GET', '/health/status')).status).toBe(200));
    await eventually(async () => {
      const { body: logs } = await client.admin('GET', '/logs?device_id=77');
      expect(logs).toEqual([expect.objectContaining({ firmware_id, status: 'pending' })]);
    });
  });
});
