import { RolloutBook } from '../../src/rollouts/rollout-book.js';
import { RolloutTransitions } from '../../src/rollouts/rollout-transitions.js';
import type { RolloutAction } from '../../src/domain/rollout/rollout-states.js';
import type { RolloutEntity } from '../../src/rollouts/record/rollout.entity.js';
import type { Rollout } from '../../src/rollouts/record/rollout.repository.js';
import { Client, eventually } from '../support/http-client.js';
import { RolloutStage } from '../support/rollout-stage.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

/** What devices say over HTTP, and what becomes of it in the rows of rollouts. */
describe('what devices of rollouts report', () => {
  let app: TestApp;
  let client: Client;
  let stage: RolloutStage;
  let lastDevice = 0;

  beforeAll(async () => {
    app = await startTestApp({ limits: { rolloutSweepMs: 3_600_000 } });
    client = new Client(app);
    stage = new RolloutStage(app);
  });
  afterAll(() => app.close());

  const begin = async (more: Partial<RolloutEntity> = {}): Promise<Rollout> => {
    const rollout = await stage.begin(1_000, more);
    await app.nest.get(RolloutBook).refresh();
    return rollout;
  };
  const check = async (
    { deviceType }: Pick<Rollout, 'deviceType'>,
    device_id: number,
    more: Record<string, unknown> = {},
  ): Promise<Record<string, unknown>> => {
    const { body } = await client.check({ device_id, device_type: deviceType, ...more });
    return body as Record<string, unknown>;
  };
  const offered = async (rollout: Rollout, more: Record<string, unknown> = {}): Promise<number> => {
    const device = ++lastDevice;
    expect(await check(rollout, device, more)).toMatchObject({ firmware_id: rollout.firmwareId });
    return device;
  };
  const report = async (
    { firmwareId }: Rollout,
    device_id: number,
    status: string,
    error_message?: string,
  ): Promise<void> => {
    const answer = await client.report({ device_id, firmware_id: firmwareId, status, error_message });
    expect(answer.status).toBe(200);
  };
  const rowOf = async ({ id }: Rollout, deviceId: number) => (await stage.devices.find([id], [deviceId]))[0];
  const isIn = (rollout: Rollout, device: number, row: object): Promise<void> =>
    eventually(async () => expect(await rowOf(rollout, device)).toMatchObject(row));
  const move = (rollout: Rollout, action: RolloutAction): Promise<Rollout> =>
    stage.rollouts.transaction(async (manager) => {
      const [locked] = await stage.rollouts.lock(manager, [rollout.id]);
      return app.nest.get(RolloutTransitions).move(manager, locked!, action, null);
    });
  const isCounted = async (rollout: Rollout): Promise<void> => {
    expect(await stage.counted(rollout.id)).toEqual(await stage.recounted(rollout.id));
  };

  it('an update that goes well', async () => {
    const rollout = await begin();
    const device = await offered(rollout);
    expect(await rowOf(rollout, device)).toMatchObject({ state: 'pending', installingAt: null });
    await report(rollout, device, 'downloading');
    await report(rollout, device, 'installing');
    expect(await rowOf(rollout, device)).toMatchObject({
      state: 'pending',
      installingAt: expect.any(Number),
    });
    await report(rollout, device, 'success');
    expect(await rowOf(rollout, device)).toMatchObject({ state: 'confirmed', isUnreported: false });
    await isCounted(rollout);
  });

  it('a roll-back counts at once, also of a device that had confirmed; it is not offered the firmware again', async () => {
    const rollout = await begin();
    const device = await offered(rollout);
    await report(rollout, device, 'installing');
    await report(rollout, device, 'success');
    await report(rollout, device, 'failed', 'rolled back');
    expect(await rowOf(rollout, device)).toMatchObject({ state: 'failed', errorMessage: 'rolled back' });
    expect(await stage.find(rollout.id)).toMatchObject({ confirmed: 0, bad: 1 });
    await app.nest.get(RolloutBook).refresh();
    expect(await check(rollout, device)).toMatchObject({ update_available: false });
    await isCounted(rollout);
  });

  it('a device that asks again at once is offered the firmware again, though no other has room', async () => {
    const rollout = await begin();
    const admitted: number[] = [];
    for (;;) {
      const device = ++lastDevice;
      if ((await check(rollout, device))['firmware_id'] === undefined) break;
      admitted.push(device);
    }
    expect(admitted.length).toBeGreaterThan(1);
    for (const device of admitted)
      expect(await check(rollout, device)).toMatchObject({ firmware_id: rollout.firmwareId });
    await isCounted(rollout);
  });

  it('a version that failed on a device does not come back to it by a rollback', async () => {
    const rollout = await begin({ allowDowngrade: true });
    const running = { current_version: '99.0.0', accepts_downgrade: true };
    const [hurt, unlucky, other] = [++lastDevice, ++lastDevice, ++lastDevice];
    await report(rollout, hurt, 'installing');
    await report(rollout, hurt, 'failed', 'rolled back');
    await report(rollout, unlucky, 'downloading');
    await report(rollout, unlucky, 'failed', 'connection lost');
    for (let time = 0; time < 2; time++)
      expect(await check(rollout, hurt, running)).toMatchObject({ reason: 'attempts_exhausted' });
    for (const device of [unlucky, other])
      expect(await check(rollout, device, running)).toMatchObject({ firmware_id: rollout.firmwareId });
    expect(await rowOf(rollout, hurt)).toBeUndefined();
    await isCounted(rollout);
  });

  it('what fails before the install is tried again, three times', async () => {
    const rollout = await begin();
    const device = await offered(rollout);
    for (let nth = 1; nth <= 3; nth++) {
      expect(await check(rollout, device)).toMatchObject({ firmware_id: rollout.firmwareId });
      await report(rollout, device, 'downloading');
      await report(rollout, device, 'failed', 'connection lost');
      await isIn(rollout, device, { attempts: nth, state: nth < 3 ? 'pending' : 'released' });
    }
    await app.nest.get(RolloutBook).refresh();
    expect(await check(rollout, device)).toMatchObject({ update_available: false });
    await isCounted(rollout);
  });

  it('`installing` and the end come in one breath, or only the end', async () => {
    const rollout = await begin();
    const [both, end] = [await offered(rollout), await offered(rollout)];
    await Promise.all([report(rollout, both, 'installing'), report(rollout, both, 'failed', 'no reason')]);
    await report(rollout, end, 'success');
    expect(await rowOf(rollout, both)).toMatchObject({ state: 'failed', installingAt: expect.any(Number) });
    expect(await rowOf(rollout, end)).toMatchObject({ state: 'confirmed', installingAt: expect.any(Number) });
    await isCounted(rollout);
  });

  it('a check with the new version confirms, and a later one with the old version takes it back', async () => {
    const rollout = await begin();
    const device = await offered(rollout, { boot_id: 1 });
    await report(rollout, device, 'installing');
    await check(rollout, device, { boot_id: 2, current_version: 'v2.0.0' });
    await isIn(rollout, device, { state: 'confirmed', isUnreported: true });
    await check(rollout, device, { boot_id: 3 });
    await isIn(rollout, device, { state: 'failed' });
    await isCounted(rollout);
  });

  it('a check with the old version counts after a restart, and not before', async () => {
    const rollout = await begin();
    const device = await offered(rollout, { boot_id: 11 });
    await report(rollout, device, 'installing');
    expect(await rowOf(rollout, device)).toMatchObject({ bootIds: [11] });
    await app.nest.get(RolloutBook).refresh();
    const before = await app.database.query('SELECT last_checked_at FROM device WHERE id = $1', [device]);
    await check(rollout, device, { boot_id: 11 });
    await eventually(async () =>
      expect(
        await app.database.query('SELECT last_checked_at FROM device WHERE id = $1', [device]),
      ).not.toEqual(before),
    );
    expect(await rowOf(rollout, device)).toMatchObject({ state: 'pending' });
    await check(rollout, device, { boot_id: 12 });
    await isIn(rollout, device, { state: 'failed' });
  });

  it('halts the rollout with the report that is enough, and its firmware is not served any more', async () => {
    const rollout = await begin();
    const devices = [await offered(rollout), await offered(rollout), await offered(rollout)];
    for (const device of devices) await report(rollout, device, 'failed', 'rolled back');
    const { state, halt } = await stage.find(rollout.id);
    expect(state).toBe('halted');
    expect(halt).toMatchObject({ part: { dimension: 'all' }, k: 3, at: expect.any(Number) });
    await eventually(async () => expect((await client.download(rollout.firmwareId)).status).toBe(404));
    expect(await check(rollout, ++lastDevice)).toMatchObject({ update_available: false });
    const events = await app.database.query<{ type: string }>(
      `SELECT type FROM event WHERE type = 'rollout.halted'`,
    );
    expect(events).toHaveLength(1);
    const audit = await app.database.query(`SELECT FROM audit_log WHERE action = 'rollout.halt'`);
    expect(audit).toHaveLength(1);
  });

  it.each(['pause', 'abort', 'finish'] as const)('is written down after %s, too', async (action) => {
    const rollout = await begin();
    const [well, ill] = [await offered(rollout), await offered(rollout)];
    await report(rollout, await offered(rollout), 'success');
    await app.nest.get(RolloutBook).refresh();
    await report(rollout, well, 'installing');
    await move(rollout, action);
    await app.nest.get(RolloutBook).refresh();
    await report(rollout, well, 'success');
    await report(rollout, ill, 'failed', 'rolled back');
    expect(await rowOf(rollout, well)).toMatchObject({ state: 'confirmed' });
    expect(await rowOf(rollout, ill)).toMatchObject({ state: 'failed' });
    await isCounted(rollout);
  });

  it('one device in two rollouts counts in the one whose firmware it is', async () => {
    const older = await begin();
    const firmwareId = await stage.publish(older.deviceType, '3.0.0');
    const device = await offered(older);
    const newer = await begin({ deviceType: older.deviceType, firmwareId });
    expect(await check(newer, device)).toMatchObject({ firmware_id: newer.firmwareId });
    await report(newer, device, 'installing');
    await report(newer, device, 'success');
    expect(await rowOf(newer, device)).toMatchObject({ state: 'confirmed' });
    expect(await rowOf(older, device)).toMatchObject({ state: 'pending', installingAt: null });
    await isCounted(older);
    await isCounted(newer);
  });

  it('a second rollout of the same firmware takes what comes after its offer', async () => {
    const first = await begin();
    const device = await offered(first);
    await move(first, 'abort');
    const second = await begin({ deviceType: first.deviceType, firmwareId: first.firmwareId });
    expect(await check(second, device)).toMatchObject({ firmware_id: second.firmwareId });
    await report(second, device, 'failed', 'rolled back');
    expect(await rowOf(second, device)).toMatchObject({ state: 'failed' });
    expect(await rowOf(first, device)).toMatchObject({ state: 'pending' });
  });

  it('devices of a group that was deleted meanwhile are brought to an end, and no others begin', async () => {
    const made = await client.admin('POST', '/groups', {
      body: { name: 'testers', filter: 'attr.ring:one' },
    });
    expect(made.status).toBeLessThan(300);
    const rollout = await begin({ target: 'group:testers' });
    // Until what operators say of devices has been read, a device has to wait.
    const device = ++lastDevice;
    await eventually(async () =>
      expect(await check(rollout, device, { attributes: { ring: 'one' } })).toMatchObject({
        firmware_id: rollout.firmwareId,
      }),
    );
    expect(await check(rollout, ++lastDevice)).toMatchObject({ update_available: false });
    expect((await client.admin('DELETE', `/groups/${made.body.id}`)).body).toMatchObject({
      code: 'GROUP_IN_ROLLOUT',
    });
    // As an earlier version did.
    await app.database.query('DELETE FROM device_group WHERE id = $1', [made.body.id]);
    await app.nest.get(RolloutBook).refresh();
    expect(await check(rollout, device, { attributes: { ring: 'one' } })).toMatchObject({
      firmware_id: rollout.firmwareId,
    });
    expect(await check(rollout, ++lastDevice, { attributes: { ring: 'one' } })).toMatchObject({
      update_available: false,
    });
    await report(rollout, device, 'success');
    expect(await rowOf(rollout, device)).toMatchObject({ state: 'confirmed' });
  });

  it('a firmware that is deactivated is offered to nobody, and what it did still counts', async () => {
    const rollout = await begin();
    const device = await offered(rollout, { boot_id: 1 });
    await report(rollout, device, 'installing');
    expect((await client.admin('DELETE', `/firmware/${rollout.firmwareId}`)).status).toBe(200);
    await app.nest.get(RolloutBook).refresh();
    expect(await check(rollout, ++lastDevice)).toMatchObject({ update_available: false });
    await check(rollout, device, { current_version: '2.0.0', boot_id: 2 });
    await isIn(rollout, device, { state: 'confirmed', isUnreported: true });
    await isCounted(rollout);
  });
});
