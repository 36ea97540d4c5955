import { Client, eventually, someBytes } from '../support/http-client.js';
import { startTestApp, type TestApp } from '../support/test-app.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { startWay, type Way, type WayOptions } from '../support/way.js';

/** Another server, or somebody with SQL, withdraws a release. */
describe('a release that is withdrawn elsewhere', () => {
  let database: TestDatabase;
  let way: Way;
  let app: TestApp;
  let client: Client;
  const offer = async () => (await client.check()).body.firmware_id as number | undefined;

  const start = async (options: WayOptions) => {
    database = await createTestDatabase();
    way = await startWay(database.url, options);
    const env = { DATABASE_URL: database.url, DATABASE_DIRECT_URL: way.url };
    // The catalog is not read again without a reason during the test.
    app = await startTestApp({ database, env, limits: { heartbeatMs: 1_000, catalogRefreshMs: 3_600_000 } });
    client = new Client(app);
    const { body } = await client.publish(someBytes(100), { version: '2.0.0' });
    await eventually(async () => expect(await offer()).toBe(body.id));
    await eventually(() => {
      expect(way.connections).toBe(1);
      return Promise.resolve();
    });
  };
  const withdraw = () => database.query('UPDATE firmware SET is_active = false');
  const isWithdrawn = () => eventually(async () => expect(await offer()).toBeUndefined(), 60_000);

  afterEach(async () => {
    await app.close();
    await way.close();
    await database.drop();
  });

  it('is offered no longer, though the connection that would say so is half open', async () => {
    await start({});
    way.freeze();
    await withdraw();
    await isWithdrawn();
  }, 150_000);

  it('is offered no longer, though a pooler loses the notification', async () => {
    await start({ losesNotifications: true });
    await withdraw();
    await isWithdrawn();
  }, 150_000);

  it('is offered no longer as soon as a database that was away is back', async () => {
    await start({});
    await database.shut();
    await eventually(async () => {
      const [, age = 0] =
        /^ota_catalog_age_seconds ([\d.]+)$/m.exec((await client.send('GET', '/metrics')).bytes.toString()) ??
        [];
      expect(Number(age)).toBeGreaterThan(1);
    }, 30_000);
    await database.reopen();
    await withdraw();
    await isWithdrawn();
  }, 150_000);
});
