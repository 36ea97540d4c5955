import { Client, eventually, someBytes, type Answer } from '../support/http-client.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

interface Step {
  readonly code: string;
  readonly ok: boolean | null;
  readonly detail: string;
  readonly link: string | null;
}

describe('the explanation of a device', () => {
  let app: TestApp;
  let client: Client;
  let newest: number;

  const explain = (id: number | string): Promise<Answer> => client.admin('GET', `/devices/${id}/explain`);
  const reasonsOf = ({ body }: Answer): string[] =>
    (body as { steps: Step[] }).steps.filter(({ ok }) => ok === false).map(({ code }) => code);
  const report = (deviceId: number, status: string, errorMessage?: string): Promise<Answer> =>
    client.send('POST', '/api/ota/status', {
      body: { device_id: deviceId, firmware_id: newest, status, error_message: errorMessage },
    });

  /** What each device says, and what becomes of it. */
  const FLEET: Readonly<Record<number, string>> = {
    1: '2.0.0',
    2: '1.5.0',
    3: '0.9.0',
    4: '2f061cb',
    5: '1.5.0',
    6: '1.5.0',
    7: '1.5.0',
    8: '1.5.0',
  };
  const SILENT = 5;
  const BLOCKED = 6;
  const FAILED = 7;
  const ROLLED_BACK = 8;

  beforeAll(async () => {
    app = await startTestApp();
    client = new Client(app);
    const published = await client.publish(someBytes(100), {
      version: '2.0.0',
      min_current_version: '1.0.0',
    });
    newest = (published.body as { id: number }).id;
    for (const [id, current_version] of Object.entries(FLEET))
      await client.check({ device_id: Number(id), current_version });
    await client.check({ device_id: 9, device_type: 'lamp' });
    await app.database.query('INSERT INTO device (id) VALUES (10)');
    for (const status of ['downloading', 'installing']) await report(ROLLED_BACK, status);
    await report(ROLLED_BACK, 'failed', 'rolled back');
    await report(FAILED, 'downloading');
    await report(FAILED, 'failed', 'no space left');
    await eventually(async () => {
      const rows = await app.database.query('SELECT FROM device WHERE current_version IS NOT NULL');
      expect(rows).toHaveLength(9);
    });
    await client.admin('POST', `/devices/${BLOCKED}/block`);
    await app.database.query(
      `UPDATE device SET last_seen_at = last_seen_at - interval '2 days' WHERE id = ${SILENT}`,
    );
  });
  afterAll(() => app.close());

  it.each([
    [1, 'up_to_date', []],
    [2, 'update_available', []],
    [3, 'below_min_current_version', ['floor_met']],
    [4, 'unparsable_current_version', ['version_readable']],
    [SILENT, 'update_available', ['heard_lately']],
    [BLOCKED, 'device_blocked', ['admitted']],
    [FAILED, 'update_available', ['last_update']],
    [ROLLED_BACK, 'update_available', ['last_update']],
    [9, 'no_release', ['release_exists']],
    [10, 'never_checked', ['has_checked']],
  ])('of device %i: %s, since %j', async (id, verdict, reasons) => {
    const answer = await explain(id);
    expect(answer).toMatchObject({ status: 200, body: { device_id: id, verdict } });
    expect(reasonsOf(answer)).toEqual(reasons);
  });

  it('has the verdict that a check is answered', async () => {
    for (const [id, current_version] of Object.entries(FLEET)) {
      const { body } = await client.check({ device_id: Number(id), current_version });
      const { reason } = body as { reason?: string };
      expect((await explain(Number(id))).body).toMatchObject({ verdict: reason ?? 'update_available' });
    }
  });

  it('says what a person should do, and where to look', async () => {
    const { body } = await explain(3);
    const step = (body as { steps: Step[] }).steps.find(({ code }) => code === 'floor_met');
    expect(step).toMatchObject({
      detail:
        '2.0.0 build 1 asks for 1.0.0 or newer. Release a firmware in between that it may have, or lower the floor.',
      link: '/api/ota/admin/firmware?device_type=sensor',
    });
    const failed = ((await explain(FAILED)).body as { steps: Step[] }).steps.find(({ ok }) => ok === false);
    expect(failed?.detail).toBe('The attempt at 2.0.0 build 1 failed: "no space left".');
  });

  it('knows when a device is to ask again', async () => {
    const seconds = 600;
    await client.check({ device_id: 20, current_version: '2.0.0', check_interval: seconds });
    await eventually(async () => {
      const { body } = await explain(20);
      const { next_check_expected_at } = body as { next_check_expected_at: string };
      const ahead = Date.parse(next_check_expected_at) - Date.now();
      expect(ahead).toBeGreaterThan((seconds - 60) * 1000);
      expect(ahead).toBeLessThanOrEqual(seconds * 1000);
    });
  });

  it('says that two devices may share an id when their boot ids alternate', async () => {
    for (const boot_id of [1, 2, 1, 2]) {
      await client.check({ device_id: 21, current_version: '2.0.0', boot_id });
      // Each is on record before the next one comes.
      await eventually(async () => {
        const rows = await app.database.query<{ recent: number[] }>(
          'SELECT recent_boot_ids AS recent FROM device WHERE id = 21',
        );
        expect(rows[0]?.recent[0]).toBe(boot_id);
      });
    }
    const { body } = await explain(21);
    expect((body as { steps: Step[] }).steps.at(-1)).toMatchObject({ code: 'one_device', ok: null });
  });

  it('is not found of a device that nobody knows', async () => {
    expect(await explain(404)).toMatchObject({ status: 404, body: { code: 'DEVICE_NOT_FOUND' } });
    expect(await explain('00:00:00:00:00:01')).toMatchObject({ status: 200, body: { device_id: 1 } });
    expect(await explain('x')).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
  });
});
