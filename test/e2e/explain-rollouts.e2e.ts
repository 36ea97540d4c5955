import { Client, eventually, someBytes, type Answer } from '../support/http-client.js';
import { Ota } from '../support/run-ota.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

interface Step {
  readonly code: string;
  readonly ok: boolean | null;
  readonly detail: string;
  readonly link: string | null;
}

/** Of each kind of rollout one, with a type of its own, so that none is in the way of another. */
describe('the explanation of a device that rollouts have to do with', () => {
  let app: TestApp;
  let client: Client;
  let ota: Ota;
  let nextDevice = 1;

  beforeAll(async () => {
    app = await startTestApp();
    client = new Client(app);
    ota = new Ota({ OTA_SERVER: app.url, OTA_TOKEN: app.token, NO_COLOR: '1' });
  });
  afterAll(() => app.close());

  const send = async (
    method: 'GET' | 'POST',
    path: string,
    body?: object,
  ): Promise<Record<string, unknown>> => {
    const answer = await client.admin(method, path, body === undefined ? {} : { body });
    if (answer.status >= 300) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const explain = (id: number): Promise<Answer> => client.admin('GET', `/devices/${id}/explain`);
  const stepsOf = ({ body }: Answer): Step[] => (body as { steps: Step[] }).steps;

  /** A device of the type on record, that runs 1.0.0. */
  const device = async (device_type: string): Promise<number> => {
    const device_id = nextDevice++;
    await client.check({ device_id, device_type });
    await eventually(async () => {
      const rows = await app.database.query(
        'SELECT FROM device WHERE id = $1 AND current_version IS NOT NULL',
        [device_id],
      );
      expect(rows).toHaveLength(1);
    });
    return device_id;
  };
  const rollout = async (device_type: string, more: object = {}): Promise<number> => {
    const published = await client.publish(someBytes(100), {
      device_type,
      version: '2.0.0',
      is_stable: false,
    });
    const { id } = await send('POST', '/rollouts', { firmware_id: published.body.id, ...more });
    await send('POST', `/rollouts/${String(id)}/start`, {});
    return Number(id);
  };
  const answered = (id: number, device_type: string, expected: object): Promise<void> =>
    eventually(async () => {
      expect((await client.check({ device_id: id, device_type })).body).toMatchObject(expected);
    });
  const isOffered = { update_available: true };

  /** What both say. @returns the step of the reason */
  const reasonOf = async (id: number, verdict: string, rolloutId: number): Promise<Step> => {
    const answer = await explain(id);
    expect(answer).toMatchObject({ status: 200, body: { verdict } });
    const reasons = stepsOf(answer).filter(({ ok }) => ok === false);
    expect(reasons).toHaveLength(1);
    expect(reasons[0]).toMatchObject({ code: 'rollout', link: `/api/ota/admin/rollouts/${rolloutId}` });
    const { code, stdout } = await ota.runOnTerminal(['why', String(id)], 400);
    expect(code).toBe(0);
    expect(stdout.match(/✗/g)).toHaveLength(1);
    expect(stdout).toContain(`Rollout ${rolloutId} of 2.0.0 build 1`);
    return reasons[0]!;
  };

  it('that has no room for it', async () => {
    const [offered, waiting] = [await device('full'), await device('full')];
    const id = await rollout('full');
    await answered(offered, 'full', isOffered);
    await answered(waiting, 'full', { reason: 'rollout_waiting' });
    expect((await reasonOf(waiting, 'rollout_waiting', id)).detail).toContain('confirmed');
    expect(await explain(offered)).toMatchObject({ body: { verdict: 'update_available' } });
  });

  it('that is paused', async () => {
    const offered = await device('paused');
    const id = await rollout('paused');
    await answered(offered, 'paused', isOffered);
    await send('POST', `/rollouts/${id}/pause`, {});
    await eventually(async () => {
      expect((await reasonOf(offered, 'rollout_paused', id)).detail).toContain('is paused');
    });
    // Before its next check.
    expect(await send('GET', `/devices/${offered}`)).toMatchObject({
      status: 'waiting',
      reason: 'rollout_paused',
      desired_version: null,
    });
  });

  it('that has halted, and that tried it with another device', async () => {
    // Two of three are enough to halt.
    const ids = [await device('halted'), await device('halted'), await device('halted')];
    const waiting = ids.pop()!;
    const id = await rollout('halted', { ramp: 'all' });
    const { firmware_id } = await send('GET', `/rollouts/${id}`);
    for (const device_id of ids) {
      await answered(device_id, 'halted', isOffered);
      for (const [status, error_message] of [['installing'], ['failed', 'rolled back']])
        await client.send('POST', '/api/ota/status', {
          body: { device_id, firmware_id, status, error_message },
        });
    }
    await eventually(async () => {
      expect(await send('GET', `/rollouts/${id}`)).toMatchObject({ state: 'halted' });
      expect((await reasonOf(waiting, 'rollout_paused', id)).detail).toContain('stopped itself');
    });
    const tried = await reasonOf(ids[0]!, 'attempts_exhausted', id);
    expect(tried.detail).toContain('does not offer it again');
  });

  it('that offers it at other hours', async () => {
    const one = await device('hours');
    const tomorrow = new Date(Date.now() + 36 * 3_600_000);
    const day = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'][tomorrow.getUTCDay()];
    const windows = [{ days: [day], from: '12:00', to: '12:30' }];
    const id = await rollout('hours', { windows, time_zone: 'UTC' });
    await answered(one, 'hours', { reason: 'outside_window' });
    expect((await reasonOf(one, 'outside_window', id)).detail).toContain('T12:00Z');
  });

  it('that is not for it', async () => {
    const [one, other] = [await device('target'), await device('target')];
    await client.admin('PATCH', `/devices/${other}`, { body: { tags: ['beta'] } });
    const id = await rollout('target', { target: 'tag:beta' });
    await answered(other, 'target', isOffered);
    const answer = await explain(one);
    expect(answer).toMatchObject({ body: { verdict: 'no_release' } });
    expect(stepsOf(answer).filter(({ ok }) => ok === false)).toMatchObject([{ code: 'release_exists' }]);
    await client.publish(someBytes(100), { device_type: 'target', version: '1.0.0' });
    await eventually(async () => {
      const later = await explain(one);
      expect(later).toMatchObject({ body: { verdict: 'up_to_date' } });
      expect(stepsOf(later).filter(({ ok }) => ok === false)).toEqual([]);
      expect(stepsOf(later).find(({ code }) => code === 'rollout')).toMatchObject({
        ok: null,
        detail: `Rollout ${id} of 2.0.0 build 1 is not for it.`,
      });
    });
  });
});
