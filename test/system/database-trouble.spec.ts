import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { Client, eventually, someBytes } from '../support/http-client.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

/** One of each class that PostgreSQL may answer a sound statement with. */
const TROUBLE = [
  '08006',
  '0A000',
  '25006',
  '25P03',
  '26000',
  '28000',
  '40001',
  '40P01',
  '42501',
  '53100',
  '53200',
  '53300',
  '54000',
  '55000',
  '57014',
  '57P04',
  '57P05',
  '58030',
  'P0001',
  'XX001',
];

describe('a database in trouble', () => {
  let database: TestDatabase;
  let app: TestApp;
  let client: Client;
  let firmware_id: number;

  beforeAll(async () => {
    database = await createTestDatabase();
    app = await startTestApp({ database, limits: { writeRetryMs: 50, reportDeadlineMs: 3_000 } });
    client = new Client(app);
    firmware_id = (await client.publish(someBytes(100), { version: '2.0.0' })).body.id;
    await database.query(`
      CREATE TABLE trouble (code text);
      CREATE FUNCTION trouble() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE state text;
        BEGIN
          SELECT code INTO state FROM trouble;
          IF FOUND THEN RAISE EXCEPTION 'trouble' USING ERRCODE = state; END IF;
          RETURN NEW;
        END $$;
      CREATE TRIGGER trouble BEFORE INSERT ON device FOR EACH ROW EXECUTE FUNCTION trouble();
      CREATE TRIGGER trouble BEFORE INSERT OR UPDATE ON firmware FOR EACH ROW EXECUTE FUNCTION trouble()`);
  });
  afterAll(async () => {
    await app.close();
    await database.drop();
  });

  /** Somebody's session that forgets to commit. */
  const holding = async <T>(sql: string, work: () => Promise<T>): Promise<T> => {
    const other = new pg.Client({ connectionString: database.url });
    await other.connect();
    await other.query('BEGIN');
    await other.query(sql);
    try {
      return await work();
    } finally {
      await other.end();
    }
  };
  const devicesFrom = async (first: number, count: number): Promise<number> => {
    const [row] = await database.query<{ n: number }>(
      'SELECT count(*)::int AS n FROM device WHERE id >= $1 AND id < $1::bigint + $2 AND current_version IS NOT NULL',
      [first, count],
    );
    return row!.n;
  };
  const openTransactions = async (): Promise<number> => {
    const [row] = await database.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND state LIKE 'idle in transaction%'`,
    );
    return row!.n;
  };

  it.each(TROUBLE)('SQLSTATE %s: 503 with Retry-After, and no check-in is lost', async (code) => {
    const first = 1_000_000 + TROUBLE.indexOf(code) * 1_000;
    await database.query('INSERT INTO trouble VALUES ($1)', [code]);
    const report = (device_id: number) => client.report({ device_id, firmware_id, status: 'downloading' });
    const answers = await Promise.all([
      ...[0, 1, 2].map((n) => report(first + n)),
      client.admin('PATCH', `/firmware/${firmware_id}`, { body: { description: code } }),
    ]);
    for (const { status, body, headers } of answers) {
      expect([status, body.code]).toEqual([503, 'DATABASE_UNAVAILABLE']);
      expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    }
    for (let n = 0; n < 10; n++) await client.check({ device_id: first + 100 + n });
    await sleep(100);
    await database.query('DELETE FROM trouble');
    await eventually(async () => expect(await devicesFrom(first + 100, 10)).toBe(10));
    expect((await report(first)).status).toBe(200);
  });

  it('is not noticed where a deadlock goes away by itself', async () => {
    await database.query(`
      CREATE SEQUENCE deadlocks;
      CREATE FUNCTION deadlock() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF nextval('deadlocks') < 3 THEN RAISE EXCEPTION 'deadlock' USING ERRCODE = '40P01'; END IF;
          RETURN NEW;
        END $$;
      CREATE TRIGGER deadlock BEFORE INSERT ON device_ota_log FOR EACH ROW EXECUTE FUNCTION deadlock()`);
    const answer = await client.report({ device_id: 77, firmware_id, status: 'downloading' });
    await database.query('DROP TRIGGER deadlock ON device_ota_log');
    expect(answer.status).toBe(200);
  });

  it('holds up one device whose row is locked, and no other', async () => {
    const report = (device_id: number) => client.report({ device_id, firmware_id, status: 'installing' });
    await report(500);
    await holding('UPDATE device SET last_seen_at = now() WHERE id = 500', async () => {
      const others = Array.from({ length: 30 }, (_, n) => 501 + n);
      const locked = report(500);
      const answers = await Promise.all(others.map(report));
      expect(answers.map(({ status }) => status)).toEqual(others.map(() => 200));
      await client.check({ device_id: 500 });
      for (const device_id of others) await client.check({ device_id });
      await eventually(async () => expect(await devicesFrom(501, 30)).toBe(30));
      expect((await locked).status).toBe(503);
      // A retry may be under way.
      await eventually(async () => expect(await openTransactions()).toBe(1));
    });
    await eventually(async () => expect(await devicesFrom(500, 1)).toBe(1));
    expect((await report(500)).status).toBe(200);
  });

  it.each([
    ['attempt', 'SELECT 1 FROM device_ota_log WHERE device_id = 600 FOR UPDATE'],
    ['firmware', 'SELECT 1 FROM firmware WHERE version = $$9.9.9$$ FOR UPDATE'],
  ])('holds up those who need a locked %s only', async (_, lock) => {
    const [held] = await database.query<{ id: number }>('SELECT max(id)::int AS id FROM firmware');
    const elsewhere =
      lock.includes('9.9.9') && held?.id === firmware_id
        ? ((await client.publish(someBytes(50), { version: '9.9.9', is_stable: false })).body.id as number)
        : firmware_id;
    await client.report({ device_id: 600, firmware_id, status: 'downloading' });
    await holding(lock, async () => {
      const locked = client.report({ device_id: 600, firmware_id: elsewhere, status: 'installing' });
      const others = await Promise.all(
        [601, 602, 603, 604].map((device_id) => client.report({ device_id, firmware_id, status: 'success' })),
      );
      expect(others.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
      expect((await locked).status).toBe(503);
    });
  });

  it('leaves no connection inside its transaction when a whole table was locked', async () => {
    const report = (device_id: number) => client.report({ device_id, firmware_id, status: 'downloading' });
    await holding('LOCK TABLE device_ota_log IN ACCESS EXCLUSIVE MODE', async () => {
      const answers = await Promise.all([700, 701, 702].map(report));
      expect(answers.map(({ status }) => status)).toEqual([503, 503, 503]);
      expect((await client.admin('GET', '/logs')).status).toBe(503);
    });
    await eventually(async () => expect(await openTransactions()).toBe(0));
    const after = await Promise.all([700, 701, 702].map(report));
    expect(after.map(({ status }) => status)).toEqual([200, 200, 200]);
  });

  it('writes what waits at the end of the server, but for a locked row', async () => {
    const leaving = await startTestApp({ database, limits: { checkInFlushMs: 60_000, drainMs: 2_000 } });
    const device = new Client(leaving);
    await client.check({ device_id: 800 });
    await eventually(async () => expect(await devicesFrom(800, 1)).toBe(1));
    await holding('UPDATE device SET last_seen_at = now() WHERE id = 800', async () => {
      for (let device_id = 800; device_id < 900; device_id++) {
        await device.check({ device_id, current_version: '1.2.3' });
      }
      await leaving.close();
      const rows = await database.query("SELECT id FROM device WHERE current_version = '1.2.3'");
      expect(rows).toHaveLength(99);
    });
  });
});
