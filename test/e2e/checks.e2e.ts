import { Client, eventually, someBytes } from '../support/http-client.js';
import { LANES_OF_RUN, startTestApp, type TestApp } from '../support/test-app.js';

const FILE = someBytes(100);

describe.each(LANES_OF_RUN)('checks and reports, %s', (_way, env) => {
  let app: TestApp;
  let client: Client;
  let nextDevice = 1;

  beforeAll(async () => {
    app = await startTestApp({ env });
    client = new Client(app);
  });
  afterAll(() => app.close());

  const publish = async (
    device_type: string,
    version: string,
    more: Record<string, unknown> = {},
  ): Promise<number> => (await client.publish(FILE, { device_type, version, ...more })).body.id;
  const attempts = async (device_id: number) =>
    (await client.admin('GET', `/logs?device_id=${device_id}`)).body as Record<string, unknown>[];

  it('leads an old device in steps', async () => {
    await publish('steps', '2.5.0');
    await publish('steps', '3.0.0', { min_current_version: '2.0.0' });
    await publish('steps', '4.0.0', { is_stable: false });
    const offered = async (current_version: string, current_build = 1) => {
      const { body } = await client.check({ device_type: 'steps', current_version, current_build });
      return body.version ?? body.reason;
    };
    expect(await offered('1.0.0')).toBe('2.5.0');
    expect(await offered('v2.5.0')).toBe('3.0.0');
    expect(await offered('2.5.0-3-gabc1234')).toBe('3.0.0');
    expect(await offered('3.0.0-rc.1')).toBe('3.0.0');
    expect(await offered('3.0.0', 0)).toBe('3.0.0');
    expect(await offered('3.0.0')).toBe('up_to_date');
    expect(await offered('abc1234')).toBe('unparsable_current_version');
    expect((await client.check({ device_type: 'unheard-of' })).body.reason).toBe('no_release');
    await publish('floor', '3.0.0', { min_current_version: '2.0.0' });
    expect((await client.check({ device_type: 'floor' })).body.reason).toBe('below_min_current_version');
  });

  it('opens one attempt for an offer, however often the device asks', async () => {
    const firmware_id = await publish('asks', '2.0.0');
    const device_id = nextDevice++;
    for (let i = 0; i < 3; i++) await client.check({ device_id, device_type: 'asks' });
    await eventually(async () => {
      expect(await attempts(device_id)).toEqual([
        expect.objectContaining({ firmware_id, status: 'pending' }),
      ]);
    });
    await client.check({ device_id, device_type: 'asks' });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await attempts(device_id)).toHaveLength(1);
    const { body } = await client.report({ device_id, firmware_id, status: 'downloading' });
    expect(await attempts(device_id)).toEqual([
      expect.objectContaining({ id: body.log_id, status: 'downloading' }),
    ]);
  });

  it('is not confused by reports that overtake the check-in', async () => {
    const firmware_id = await publish('fast', '2.0.0');
    const device_id = nextDevice++;
    await client.check({ device_id, device_type: 'fast' });
    for (const status of ['downloading', 'installing', 'success'])
      await client.report({ device_id, firmware_id, status });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect((await attempts(device_id)).map(({ status }) => status)).toEqual(['success']);
  });

  it('keeps the history: a retry is a new attempt, the same end twice is not', async () => {
    const firmware_id = await publish('retry', '2.0.0');
    const device_id = nextDevice++;
    const report = async (status: string, more = {}) =>
      (await client.report({ device_id, firmware_id, status, ...more })).body.log_id as number;
    const first = await report('downloading', { bytes_downloaded: 10, error_message: null });
    expect(await report('failed', { error_message: `a\0b${'x'.repeat(3000)}` })).toBe(first);
    expect(await report('failed')).toBe(first);
    const second = await report('downloading');
    expect(second).toBeGreaterThan(first);
    expect(await report('success')).toBe(second);
    expect(await report('success')).toBe(second);
    const [newest, oldest] = await attempts(device_id);
    expect(newest).toMatchObject({ id: second, status: 'success', installed_at: expect.any(String) });
    expect(oldest).toMatchObject({ id: first, status: 'failed', bytes_downloaded: 10 });
    expect(oldest?.['error_message']).toHaveLength(2000);
    expect(oldest?.['error_message']).toMatch(/^a\uFFFDbx/);
  });

  it('takes reports on an inactive firmware, and none on an unknown one', async () => {
    const firmware_id = await publish('gone', '2.0.0');
    await client.admin('DELETE', `/firmware/${firmware_id}`);
    expect((await client.report({ firmware_id, status: 'installing' })).status).toBe(200);
    const unknown = await client.report({ device_id: 999, firmware_id: 999_999, status: 'installing' });
    expect([unknown.status, unknown.body.code]).toEqual([404, 'FIRMWARE_NOT_FOUND']);
    expect(await app.database.query('SELECT * FROM device WHERE id = 999')).toEqual([]);
  });

  it('refuses a report on one that was deleted a moment ago, and takes the others that came with it', async () => {
    const [kept, deleted] = [await publish('kept', '2.0.0'), await publish('deleted', '2.0.0')];
    await app.database.query('ALTER TABLE firmware DISABLE TRIGGER firmware_changed');
    await app.database.query('DELETE FROM firmware WHERE id = $1', [deleted]);
    await app.database.query('ALTER TABLE firmware ENABLE TRIGGER firmware_changed');
    const answers = await Promise.all(
      [kept, deleted, kept].map((firmware_id) =>
        client.report({ device_id: nextDevice++, firmware_id, status: 'installing' }),
      ),
    );
    expect(answers.map(({ status, body }) => [status, body.code])).toEqual([
      [200, undefined],
      [404, 'FIRMWARE_NOT_FOUND'],
      [200, undefined],
    ]);
  });

  it('handles the reports of one device one after the other', async () => {
    const firmware_id = await publish('at-once', '2.0.0');
    const device_id = nextDevice++;
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => client.report({ device_id, firmware_id, status: 'downloading' })),
    );
    expect(new Set(answers.map(({ body }) => body.log_id)).size).toBe(1);
    expect(await attempts(device_id)).toHaveLength(1);
  });

  it('filters and pages the logs, newest first', async () => {
    const firmware_id = await publish('paged', '2.0.0');
    for (let i = 0; i < 5; i++)
      await client.report({ device_id: 5_000 + i, firmware_id, status: i % 2 ? 'failed' : 'success' });
    const page = await client.admin('GET', `/logs?firmware_id=${firmware_id}&status=success&skip=1&limit=1`);
    expect(page.body).toEqual([expect.objectContaining({ device_id: 5_002 })]);
    expect(page.headers['x-total-count']).toBe('3');
  });

  it('filters the logs by time: from `since` on, and before `before`', async () => {
    const device_id = nextDevice++;
    const firmware_id = await publish('timed', '2.0.0');
    await client.report({ device_id, firmware_id, status: 'failed' });
    const at = (await attempts(device_id))[0]?.['created_at'] as string;
    const later = new Date(Date.parse(at) + 1).toISOString();
    const of = async (query: string) => {
      const answer = await client.admin('GET', `/logs?firmware_id=${firmware_id}&${query}`);
      return [answer.status, answer.headers['x-total-count']];
    };
    expect(await of(`since=${at}`)).toEqual([200, '1']);
    expect(await of(`since=${at}&before=${later}`)).toEqual([200, '1']);
    expect(await of(`since=${later}`)).toEqual([200, '0']);
    expect(await of(`before=${at}`)).toEqual([200, '0']);
    expect((await of('since=yesterday'))[0]).toBe(400);
  });
});
