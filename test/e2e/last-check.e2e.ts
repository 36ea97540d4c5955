import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { Client, eventually, someBytes } from '../support/http-client.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

interface Row extends Record<string, unknown> {
  readonly type: string;
  readonly version: string;
  readonly attributes: unknown;
  /** Whether it has checked since its update ended. */
  readonly is_back: boolean | null;
}

/** Two servers, as devices behind a balancer meet them. */
describe('the record of a device that checks with two servers', () => {
  let database: TestDatabase;
  let apps: TestApp[] = [];
  let one: Client;
  let other: Client;
  let device_id = 1;

  beforeAll(async () => {
    database = await createTestDatabase();
    const limits = { repeatedOfferFlushMs: 100, skippedCheckInLookMs: 200 };
    const first = await startTestApp({ database, limits });
    apps = [first, await startTestApp({ database, limits, firmwareStore: first.config.firmwareStore })];
    [one, other] = apps.map((app) => new Client(app)) as [Client, Client];
  });
  beforeEach(() => {
    device_id += 1;
  });
  afterAll(async () => {
    for (const app of apps) await app.close();
    await database.drop();
  });

  const rowOf = async (): Promise<Row | undefined> => {
    const [row] = await database.query<Row>(
      `SELECT device_type AS type, current_version AS version, own_attributes AS attributes,
              last_checked_at > update_changed_at AS is_back
         FROM device WHERE id = $1`,
      [device_id],
    );
    return row;
  };
  const isRecorded = (row: Partial<Row>): Promise<void> =>
    eventually(async () => expect(await rowOf()).toMatchObject(row));
  const said = (
    device_type: string,
    current_version: string,
    attributes: object = { site: 'one' },
  ): Record<string, unknown> => ({ device_id, device_type, current_version, attributes });

  it.each([
    ['version', said('plain', '1.0.0'), said('plain', '1.1.0'), { version: '1.0.0' }, { version: '1.1.0' }],
    ['type', said('plain', '1.0.0'), said('lamp', '1.0.0'), { type: 'plain' }, { type: 'lamp' }],
    [
      'attributes',
      said('plain', '1.0.0'),
      said('plain', '1.0.0', { site: 'two' }),
      { attributes: { site: 'one' } },
      { attributes: { site: 'two' } },
    ],
  ])('has the %s of the last check, though its server wrote the same before', async (...cases) => {
    const [, before, between, expected, meanwhile] = cases;
    await one.check({ ...before, device_id });
    await isRecorded(expected);
    await other.check({ ...between, device_id });
    await isRecorded(meanwhile);
    await one.check({ ...before, device_id });
    await isRecorded(expected);
    // And the other way round.
    await other.check({ ...between, device_id });
    await isRecorded(meanwhile);
  });

  it('has the last check of a device that was offered something', async () => {
    const { id } = (await one.publish(someBytes(100), { device_type: 'offered', version: '2.0.0' })).body;
    const [old, older] = [said('offered', '1.1.0'), said('offered', '1.0.0')];
    await eventually(async () => expect((await other.check(older)).body.firmware_id).toBe(id));
    await isRecorded({ version: '1.0.0' });
    await one.check(old);
    await isRecorded({ version: '1.1.0' });
    await other.check(older);
    await isRecorded({ version: '1.0.0' });
  });

  it('says that it came back after an update that another server heard of', async () => {
    const { id } = (await one.publish(someBytes(100), { device_type: 'back', version: '2.0.0' })).body;
    await one.check(said('back', '1.0.0'));
    await isRecorded({ version: '1.0.0' });
    await other.report({ device_id, firmware_id: id, status: 'success' });
    await isRecorded({ is_back: false });
    await one.check(said('back', '1.0.0'));
    await isRecorded({ is_back: true });
  });

  it('has what was checked just before its server stopped', async () => {
    await one.check(said('plain', '1.0.0'));
    await isRecorded({ version: '1.0.0' });
    const last = await startTestApp({ database, limits: { skippedCheckInLookMs: 3_600_000 } });
    const client = new Client(last);
    await client.check(said('plain', '1.1.0'));
    await isRecorded({ version: '1.1.0' });
    await one.check(said('plain', '1.2.0'));
    await isRecorded({ version: '1.2.0' });
    await client.check(said('plain', '1.1.0'));
    await last.close();
    expect(await rowOf()).toMatchObject({ version: '1.1.0' });
  });
});
