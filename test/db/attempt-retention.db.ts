import { AttemptRetention } from '../../src/logs/attempt-retention.js';
import { Client, eventually, someBytes } from '../support/http-client.js';
import { startTestApp, type TestApp } from '../support/test-app.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const DAYS = 30;
/** More than one bite. */
const OLD = 6_000;

describe('attempts that ended before LOG_RETENTION_DAYS', () => {
  let database: TestDatabase;
  let app: TestApp;
  let client: Client;
  let firmware: number;
  let next = 0;

  const add = (what: string, ages: { opened: number; changed?: number }, count = 1, device = '1') =>
    database.query(
      `INSERT INTO device_ota_log (device_id, firmware_id, status, error_message, created_at, updated_at)
       SELECT ${device}, $1, split_part($2, ' ', 1), $2, now() - $3 * interval '1 day', now() - $4 * interval '1 day'
         FROM generate_series(1, $5::int) AS n`,
      [firmware, what, ages.opened, ages.changed ?? ages.opened, count],
    );
  const kinds = async (): Promise<string[]> =>
    (
      await database.query<{ kind: string }>(
        'SELECT DISTINCT error_message AS kind FROM device_ota_log WHERE firmware_id = $1 ORDER BY 1',
        [firmware],
      )
    ).map(({ kind }) => kind);
  const total = async (query: string): Promise<number> =>
    Number((await client.admin('GET', `/logs?limit=1&${query}`)).headers['x-total-count']);
  const start = (env = { LOG_RETENTION_DAYS: String(DAYS) }): Promise<TestApp> =>
    startTestApp({ database, env });
  /** Until nothing is left that should go. */
  const sweep = (expected: readonly string[]) =>
    eventually(async () => {
      await app.nest.get(AttemptRetention).run();
      expect(await kinds()).toEqual(expected);
    });

  beforeAll(async () => {
    database = await createTestDatabase();
    app = await start();
    client = new Client(app);
    await database.query('INSERT INTO device (id) SELECT generate_series(1, 10)');
  });
  beforeEach(async () => {
    const { body } = await client.publish(someBytes(64), { build_number: ++next, is_stable: false });
    firmware = (body as { id: number }).id;
  });
  afterAll(async () => {
    await app.close();
    await database.drop();
  });

  it('are deleted, and nothing else is; the totals stay exact', async () => {
    await add('success old', { opened: 90 }, OLD);
    await add('failed old', { opened: 90 }, 10);
    await add('success that ended late', { opened: 90, changed: 29 });
    await add('pending old', { opened: 90 });
    await add('installing old', { opened: 90 });
    await add('failed young', { opened: 29 });
    await add('success young', { opened: 1 });
    await sweep([
      'failed young',
      'installing old',
      'pending old',
      'success that ended late',
      'success young',
    ]);
    expect(await total(`firmware_id=${firmware}`)).toBe(5);
    expect(await total(`firmware_id=${firmware}&status=success`)).toBe(2);
    const [counted] = await database.query(
      `SELECT coalesce(sum(change), 0)::int = (SELECT count(*)::int FROM device_ota_log) AS same FROM attempt_count`,
    );
    expect(counted).toEqual({ same: true });
    expect((await client.send('GET', '/metrics')).bytes.toString()).toMatch(
      /^ota_attempts_deleted_total\{status="failed"\} 10$/m,
    );
  });

  it('leave the newest at each firmware, so that one that was offered cannot be purged', async () => {
    await add('failed first', { opened: 90 }, 5);
    await add('success last', { opened: 80 });
    await sweep(['success last']);
    const { status, body } = await client.admin('DELETE', `/firmware/${firmware}?purge=true`);
    expect([status, (body as { code: string }).code]).toEqual([409, 'FIRMWARE_IN_USE']);
  });

  it('leave those of a device whose installations of the firmware are counted', async () => {
    await add('success counted', { opened: 90 }, 2, '7');
    await add('success not counted', { opened: 90 }, 2, '8');
    await add('pending newest', { opened: 1 }, 1, '8');
    await database.query('UPDATE device SET update_successes = $1 WHERE id = 7', [{ [firmware]: 2 }]);
    await sweep(['pending newest', 'success counted']);
    // A repeated report belongs to the attempt that ended, and is not another installation.
    await client.report({ device_id: 7, firmware_id: firmware, status: 'success' });
    const [device] = await database.query('SELECT update_successes FROM device WHERE id = 7');
    expect(device).toEqual({ update_successes: { [firmware]: 2 } });
  });

  it('are deleted by one server of all, and by the next when that one ends', async () => {
    await app.nest.get(AttemptRetention).run();
    const other = await start();
    await add('success old', { opened: 90 }, 2);
    await add('pending new', { opened: 1 });
    await other.nest.get(AttemptRetention).run();
    expect(await kinds()).toEqual(['pending new', 'success old']);
    await app.close();
    app = other;
    client = new Client(app);
    await sweep(['pending new']);
  });

  it('stay when nothing is set', async () => {
    await app.close();
    app = await startTestApp({ database });
    client = new Client(app);
    await add('success old', { opened: 90 }, 2);
    await app.nest.get(AttemptRetention).run();
    expect(await kinds()).toEqual(['success old']);
    expect(await total(`firmware_id=${firmware}`)).toBe(2);
  });
});
