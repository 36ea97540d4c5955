import { setTimeout as sleep } from 'node:timers/promises';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { Client, eventually, someBytes } from '../support/http-client.js';
import { startTestApp, type TestApp, type TestAppOptions } from '../support/test-app.js';

const FILE = someBytes(100);
const TRIES = 5;

interface Row {
  readonly id: number;
  readonly status: string;
  readonly error_message: string | null;
}

/** Two servers, as devices behind a balancer meet them. */
describe('the attempts of a device that fails at once, each time that it asks', () => {
  let database: TestDatabase;
  let apps: TestApp[] = [];
  let nextDevice = 1;

  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterEach(async () => {
    for (const app of apps) await app.close();
    apps = [];
  });
  afterAll(() => database.drop());

  const start = async (limits: NonNullable<TestAppOptions['limits']>): Promise<[Client, Client]> => {
    const one = await startTestApp({ database, limits });
    apps = [one, await startTestApp({ database, limits, firmwareStore: one.config.firmwareStore })];
    return apps.map((app) => new Client(app)) as [Client, Client];
  };
  const publish = async (client: Client, other: Client, device_type: string): Promise<number> => {
    const { id } = (await client.publish(FILE, { device_type, version: '2.0.0' })).body as { id: number };
    await eventually(async () => expect((await other.check({ device_type })).body.firmware_id).toBe(id));
    return id;
  };
  const rowsOf = (device_id: number): Promise<Row[]> =>
    database.query<Row & Record<string, unknown>>(
      'SELECT id, status, error_message FROM device_ota_log WHERE device_id = $1 ORDER BY created_at, id',
      [device_id],
    );
  const allFailed = Array.from({ length: TRIES }, (_, n) => ['failed', `try ${n}`]);

  it.each([0, 20, 120])('has one for each try, on one server, %d ms after the check', async (delayMs) => {
    const [client, other] = await start({ checkInFlushMs: 100 });
    const device_type = `fast-${delayMs}`;
    const firmware_id = await publish(client, other, device_type);
    const device_id = nextDevice++;
    const logIds = new Set<number>();
    for (let n = 0; n < TRIES; n++) {
      expect((await client.check({ device_id, device_type })).body.firmware_id).toBe(firmware_id);
      await sleep(delayMs);
      const report = { device_id, firmware_id, status: 'failed', error_message: `try ${n}` };
      logIds.add((await client.report(report)).body.log_id as number);
    }
    await sleep(300);
    expect((await rowsOf(device_id)).map((row) => [row.status, row.error_message])).toEqual(allFailed);
    expect(logIds.size).toBe(TRIES);
  });

  it('has one for each try when another server hears the reports', async () => {
    const [client, other] = await start({ checkInFlushMs: 200, repeatedOfferFlushMs: 400 });
    const firmware_id = await publish(client, other, 'balanced');
    const device_id = nextDevice++;
    for (let n = 0; n < TRIES; n++) {
      await client.check({ device_id, device_type: 'balanced' });
      await sleep(10);
      await other.report({ device_id, firmware_id, status: 'failed', error_message: `try ${n}` });
      await sleep(10);
    }
    await eventually(async () => {
      expect((await rowsOf(device_id)).map((row) => [row.status, row.error_message])).toEqual(allFailed);
    });
    await sleep(700);
    expect(await rowsOf(device_id)).toHaveLength(TRIES);
  });

  it('has one for each try when check-ins cannot be written meanwhile', async () => {
    const [client, other] = await start({ checkInFlushMs: 20, writeRetryMs: 100, repeatedOfferFlushMs: 100 });
    const firmware_id = await publish(client, other, 'slow');
    const device_id = nextDevice++;
    // Only check-ins bring a version along.
    await database.query(`
      CREATE FUNCTION trouble() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'full' USING ERRCODE = '53100'; END $$;
      CREATE TRIGGER trouble BEFORE INSERT ON device FOR EACH ROW WHEN (NEW.current_version IS NOT NULL)
        EXECUTE FUNCTION trouble()`);
    for (let n = 0; n < TRIES; n++) {
      await client.check({ device_id, device_type: 'slow' });
      // The clocks of two servers agree to some milliseconds.
      await sleep(20);
      await other.report({ device_id, firmware_id, status: 'failed', error_message: `try ${n}` });
      await sleep(20);
    }
    expect((await rowsOf(device_id)).length).toBeLessThan(TRIES);
    await database.query('DROP TRIGGER trouble ON device');
    await eventually(async () => {
      expect((await rowsOf(device_id)).map((row) => [row.status, row.error_message])).toEqual(allFailed);
    });
  });

  it('is a pending one when the device is forgotten before it is written that it was offered again', async () => {
    const [client, other] = await start({ checkInFlushMs: 20, repeatedOfferFlushMs: 500 });
    await publish(client, other, 'forgotten');
    const device_id = nextDevice++;
    await client.check({ device_id, device_type: 'forgotten' });
    await eventually(async () => expect(await rowsOf(device_id)).toHaveLength(1));
    // What is written is remembered a moment later.
    await sleep(50);
    await client.check({ device_id, device_type: 'forgotten' });
    expect((await client.admin('DELETE', `/devices/${device_id}`)).status).toBeLessThan(300);
    expect(await rowsOf(device_id)).toEqual([]);
    await eventually(async () => {
      expect((await rowsOf(device_id)).map(({ status }) => status)).toEqual(['pending']);
    });
  });

  it('ends in a pending one when the device was offered it again', async () => {
    const [client, other] = await start({ checkInFlushMs: 50, repeatedOfferFlushMs: 100 });
    const firmware_id = await publish(client, other, 'again');
    const device_id = nextDevice++;
    await client.check({ device_id, device_type: 'again' });
    await client.report({ device_id, firmware_id, status: 'failed' });
    await client.check({ device_id, device_type: 'again' });
    await eventually(async () => {
      expect((await rowsOf(device_id)).map(({ status }) => status)).toEqual(['failed', 'pending']);
    });
  });
});
