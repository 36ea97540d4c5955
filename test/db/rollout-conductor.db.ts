import { DatabaseClock } from '../../src/database/database-clock.js';
import type { Instant } from '../../src/domain/instant.js';
import { HOUR, MINUTE, SECOND } from '../../src/domain/rollout/durations.js';
import { CHECK_IN_INTERVAL } from '../../src/domain/rollout/pauses.js';
import { CheckIns, ALL_DEVICES } from '../../src/rollouts/clock/check-ins.js';
import { ServerBeat } from '../../src/rollouts/clock/server-beat.js';
import { Conductor } from '../../src/rollouts/conductor.js';
import type { RolloutEntity } from '../../src/rollouts/record/rollout.entity.js';
import type { Rollout } from '../../src/rollouts/record/rollout.repository.js';
import { RolloutBook } from '../../src/rollouts/rollout-book.js';
import { Client, eventually } from '../support/http-client.js';
import { RolloutStage } from '../support/rollout-stage.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

/** Time is given to the conductor, which otherwise takes the database's. */
describe('the conductor of rollouts', () => {
  let app: TestApp;
  let client: Client;
  let stage: RolloutStage;
  let conductor: Conductor;
  let lastDevice = 0;

  beforeAll(async () => {
    app = await startTestApp({ limits: { rolloutSweepMs: 3_600_000 } });
    client = new Client(app);
    stage = new RolloutStage(app);
    conductor = app.nest.get(Conductor);
  });
  // Each test has a time of its own, which is later than that of the database.
  beforeEach(async () => {
    await app.nest.get(CheckIns).flush();
    for (const table of ['server_beat', 'check_in_count', 'rollout_pause', 'rollout'])
      await app.database.query(`DELETE FROM ${table}`);
  });
  afterAll(() => app.close());

  const now = (): Instant => app.nest.get(DatabaseClock).now();
  const begin = async (targetSize: number, more: Partial<RolloutEntity> = {}): Promise<Rollout> => {
    const rollout = await stage.begin(targetSize, more);
    await app.nest.get(RolloutBook).refresh();
    return rollout;
  };
  const check = async (
    { deviceType }: Rollout,
    device_id: number,
    more: Record<string, unknown> = {},
  ): Promise<boolean> => {
    const { body } = await client.check({ device_id, device_type: deviceType, ...more });
    return body.update_available as boolean;
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
  /** Check-ins are written a little later. */
  const onRecord = ({ deviceType }: Rollout, devices: number): Promise<void> =>
    eventually(async () => {
      const rows = await app.database.query('SELECT FROM device WHERE device_type = $1', [deviceType]);
      expect(rows).toHaveLength(devices);
    });
  const rowOf = async (rollout: Rollout, deviceId: number) =>
    (await stage.devices.find([rollout.id], [deviceId]))[0];
  /** The servers are heard of all the time until then. */
  const conductUntil = async (from: Instant, to: Instant): Promise<void> => {
    for (let at = from; at < to; at += 50 * SECOND) await app.nest.get(ServerBeat).beat(at);
    await conductor.conduct(to);
  };
  const installing = async (rollout: Rollout): Promise<number> => {
    const device = ++lastDevice;
    expect(await check(rollout, device)).toBe(true);
    await report(rollout, device, 'installing');
    return device;
  };

  it('counts a device as silent after its time, and takes it out again when it comes back', async () => {
    const rollout = await begin(10);
    const device = await installing(rollout);
    const begun = now();
    await conductUntil(begun, begun + 14 * MINUTE);
    expect(await rowOf(rollout, device)).toMatchObject({ state: 'pending' });
    await conductUntil(begun + 14 * MINUTE, begun + 16 * MINUTE);
    expect(await rowOf(rollout, device)).toMatchObject({ state: 'silent' });
    expect(await stage.find(rollout.id)).toMatchObject({ bad: 1, confirmed: 0 });

    await report(rollout, device, 'success');
    expect(await rowOf(rollout, device)).toMatchObject({ state: 'confirmed' });
    expect(await stage.find(rollout.id)).toMatchObject({ bad: 0, confirmed: 1 });
    expect(await stage.counted(rollout.id)).toEqual(await stage.recounted(rollout.id));
  });

  it('releases a device that has not begun to install in two hours', async () => {
    const rollout = await begin(10);
    const device = ++lastDevice;
    expect(await check(rollout, device)).toBe(true);
    // There is one place, and it is taken.
    expect(await check(rollout, ++lastDevice)).toBe(false);
    const begun = now();
    await conductUntil(begun, begun + 2 * HOUR + MINUTE);
    expect(await rowOf(rollout, device)).toMatchObject({ state: 'released' });
    expect(await stage.find(rollout.id)).toMatchObject({ released: 1 });
    expect(await stage.counted(rollout.id)).toEqual(await stage.recounted(rollout.id));
    await app.nest.get(RolloutBook).refresh();
    expect(await check(rollout, ++lastDevice)).toBe(true);
  });

  it('counts nobody as silent because no server ran for an hour', async () => {
    const rollout = await begin(10);
    const device = await installing(rollout);
    const begun = now();
    await app.nest.get(ServerBeat).beat(begun + MINUTE);
    await conductor.conduct(begun + HOUR + MINUTE);
    expect(await rowOf(rollout, device)).toMatchObject({ state: 'pending' });
    await conductUntil(begun + HOUR + MINUTE, begun + HOUR + 14 * MINUTE);
    expect(await rowOf(rollout, device)).toMatchObject({ state: 'pending' });
    await conductUntil(begun + HOUR + 14 * MINUTE, begun + HOUR + 16 * MINUTE);
    expect(await rowOf(rollout, device)).toMatchObject({ state: 'silent' });
  });

  it('stops the clock of a rollout, and offers nothing new, while hardly any device outside of it checks', async () => {
    const rollout = await begin(10);
    const device = await installing(rollout);
    const checkIns = app.nest.get(CheckIns);
    const begin0 = (Math.floor(now() / CHECK_IN_INTERVAL) + 1) * CHECK_IN_INTERVAL;
    await conductor.conduct(begin0 - 1);
    const checksIn = (index: number, all: number, inside: number): void => {
      const at = begin0 + index * CHECK_IN_INTERVAL;
      for (let nth = 0; nth < all; nth++) checkIns.note(ALL_DEVICES, at + nth);
      for (let nth = 0; nth < inside; nth++) checkIns.note(rollout.id, at + nth);
    };
    for (let index = 0; index < 12; index++) checksIn(index, 50, 10);
    // As many as before are in the rollout, and few are not.
    checksIn(12, 20, 10);
    checksIn(13, 50, 10);
    checksIn(14, 50, 10);
    await checkIns.flush();
    await app.database.query(
      `UPDATE rollout_device SET installing_at = to_timestamp($2) WHERE device_id = $1`,
      [device, (begin0 + 11 * CHECK_IN_INTERVAL) / 1e6],
    );
    const endOf = (index: number): Instant => begin0 + (index + 1) * CHECK_IN_INTERVAL + MINUTE;
    await conductUntil(begin0, endOf(12));
    expect(await stage.find(rollout.id)).toMatchObject({ isHeld: true });
    await report(rollout, device, 'downloading');
    expect(
      await stage.rollouts.transaction((manager) => stage.rollouts.admit(manager, rollout.id)),
    ).toBeNull();
    await conductUntil(endOf(12), endOf(13));
    expect(await stage.find(rollout.id)).toMatchObject({ isHeld: false });
    // 16 minutes after it began, of which five do not count.
    expect(await rowOf(rollout, device)).toMatchObject({ state: 'pending' });
    await conductUntil(endOf(13), endOf(14));
    expect(await rowOf(rollout, device)).toMatchObject({ state: 'silent' });
    const pauses = await app.database.query('SELECT FROM rollout_pause WHERE rollout_id IS NOT NULL');
    expect(pauses).toHaveLength(1);
  });

  it('forgets what was counted hours ago', async () => {
    const rollout = await begin(10);
    app.nest.get(CheckIns).note(ALL_DEVICES);
    await app.nest.get(CheckIns).flush();
    await conductor.conduct(now());
    expect(await app.database.query('SELECT FROM check_in_count')).toHaveLength(1);
    await conductor.conduct(now() + 100 * 24 * HOUR);
    expect(await app.database.query('SELECT FROM check_in_count')).toHaveLength(0);
    // The pause that ends now is still needed.
    await conductor.conduct(now() + 300 * 24 * HOUR);
    expect(await app.database.query('SELECT FROM rollout_pause')).toHaveLength(1);
    expect(await stage.find(rollout.id)).toMatchObject({ state: 'running' });
  });

  it('starts what is scheduled when its time has come', async () => {
    const startsAt = new Date(now() / 1_000 + 3_600_000);
    const rollout = await begin(10, { state: 'scheduled', startsAt, startedAt: null });
    await conductor.conduct(now());
    expect(await stage.find(rollout.id)).toMatchObject({ state: 'scheduled' });
    await conductor.conduct(now() + 61 * MINUTE);
    expect(await stage.find(rollout.id)).toMatchObject({ state: 'running', startedAt: expect.any(Date) });
  });

  it('goes through the phases with their soak times, and finishes when nobody waits', async () => {
    const phases = [{ kind: 'count' as const, count: 1, soakMinutes: 60 }];
    const rollout = await begin(2, { phases, phaseCap: 1 });
    const [first, second] = [++lastDevice, ++lastDevice];
    expect(await check(rollout, first)).toBe(true);
    expect(await check(rollout, second)).toBe(false);
    await report(rollout, first, 'success');
    await onRecord(rollout, 2);
    const begun = now();
    await conductor.conduct(begun);
    expect(await stage.find(rollout.id)).toMatchObject({ phaseIndex: 0, phaseSettledAt: expect.any(Date) });
    await conductUntil(begun, begun + 59 * MINUTE);
    expect(await stage.find(rollout.id)).toMatchObject({ phaseIndex: 0 });
    await conductUntil(begun + 59 * MINUTE, begun + 61 * MINUTE);
    expect(await stage.find(rollout.id)).toMatchObject({ phaseIndex: 1, phaseSettledAt: null });

    await app.nest.get(RolloutBook).refresh();
    await conductor.conduct(now());
    // The second one waits.
    expect(await stage.find(rollout.id)).toMatchObject({ state: 'running' });
    expect(await check(rollout, second)).toBe(true);
    await conductor.conduct(now());
    expect(await stage.find(rollout.id)).toMatchObject({ state: 'running' });
    await report(rollout, second, 'success');
    await conductor.conduct(now());
    expect(await stage.find(rollout.id)).toMatchObject({ state: 'finished' });
    const [firmware] = await app.database.query<{ is_stable: boolean }>(
      'SELECT is_stable FROM firmware WHERE id = $1',
      [rollout.firmwareId],
    );
    expect(firmware).toEqual({ is_stable: true });
  });

  it('does not wait for devices that a phase leaves out, that are gone, or that have the firmware', async () => {
    const phases = [{ kind: 'share' as const, share: 0.000001, soakMinutes: 0 }];
    const rollout = await begin(100, { phases, phaseCap: 1 });
    for (let nth = 0; nth < 3; nth++) expect(await check(rollout, ++lastDevice)).toBe(false);
    expect(await check(rollout, ++lastDevice, { current_version: '2.0.0' })).toBe(false);
    expect(await check(rollout, ++lastDevice, { current_version: '3.0.0' })).toBe(false);
    await onRecord(rollout, 5);
    await conductor.conduct(now());
    expect(await stage.find(rollout.id)).toMatchObject({ phaseIndex: 1 });
    await conductor.conduct(now());
    // Three of them wait now.
    expect(await stage.find(rollout.id)).toMatchObject({ state: 'running' });
    await app.database.query(
      `UPDATE device SET last_seen_at = last_seen_at - interval '30 hours' WHERE device_type = $1`,
      [rollout.deviceType],
    );
    await app.database.query('UPDATE rollout SET offered = 1, confirmed = 1 WHERE id = $1', [rollout.id]);
    await conductor.conduct(now());
    expect(await stage.find(rollout.id)).toMatchObject({ state: 'finished' });
  });

  it('does not finish a rollout that no device has confirmed, since nothing is known of it', async () => {
    const rollout = await begin(10);
    await conductor.conduct(now());
    expect(await stage.find(rollout.id)).toMatchObject({ state: 'running' });
  });

  it('does not take devices for gone that could not check because no server ran', async () => {
    const rollout = await begin(10);
    const device = await installing(rollout);
    await report(rollout, device, 'success');
    await app.nest.get(RolloutBook).refresh();
    expect(await check(rollout, ++lastDevice, { current_version: '1.9.0' })).toBe(true);
    const waiting = ++lastDevice;
    expect(await check(rollout, waiting)).toBe(false);
    await report(rollout, waiting - 1, 'success');
    await onRecord(rollout, 3);
    await app.nest.get(ServerBeat).beat(now());
    await conductor.conduct(now() + 5 * 24 * HOUR);
    expect(await stage.find(rollout.id)).toMatchObject({ state: 'running' });
  });

  it('does not finish a rollout whose firmware cannot be offered', async () => {
    const rollout = await begin(10);
    const device = await installing(rollout);
    await report(rollout, device, 'success');
    const { status } = await client.admin('DELETE', `/firmware/${rollout.firmwareId}`);
    expect(status).toBe(200);
    expect(await check(rollout, ++lastDevice)).toBe(false);
    await conductor.conduct(now());
    expect(await stage.find(rollout.id)).toMatchObject({ state: 'running' });
  });
});
