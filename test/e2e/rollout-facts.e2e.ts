import { eventually } from '../support/http-client.js';
import { RolloutDevices } from '../support/rollout-devices.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
const HOUR_MS = 3_600_000;

/** Hours that are open now in one zone, and closed in another that is 12 hours ahead. */
function hoursOf(now: Date): { windows: object[]; open: string; closed: string } {
  // Etc/GMT-12 is 12 hours ahead of UTC.
  const [from, to] = [new Date(now.getTime() - 2 * HOUR_MS), new Date(now.getTime() + 2 * HOUR_MS)];
  const timeOf = (at: Date): string => at.toISOString().slice(11, 16);
  const windows = [{ days: DAYS, from: timeOf(from), to: timeOf(to) }];
  return { windows, open: 'Etc/UTC', closed: 'Etc/GMT-12' };
}

describe('what operators say of a device in rollouts', () => {
  let app: TestApp;
  let stage: RolloutDevices;

  beforeAll(async () => {
    app = await startTestApp();
    stage = new RolloutDevices(app);
  });
  afterAll(() => app.close());

  const explain = async (id: number): Promise<string> =>
    String((await stage.send('GET', `/devices/${id}/explain`))['verdict']);

  it('wins over its own time zone', async () => {
    const { windows, open, closed } = hoursOf(new Date());
    const said = (time_zone: string): { attributes: object } => ({ attributes: { time_zone } });
    const corrected = await stage.join('zoned', said(closed));
    const displaced = await stage.join('zoned', said(open));
    await stage.describe(corrected, { attributes: { time_zone: open } });
    await stage.describe(displaced, { attributes: { time_zone: closed } });
    const firmware = await stage.publish('zoned', '2.0.0');
    const preview = await stage.send('POST', '/rollouts/preview', {
      ...{ firmware_id: firmware, ramp: 'all', windows },
    });
    expect(preview).toMatchObject({ matched: 2 });
    await stage.start(firmware, { ramp: 'all', windows });
    await stage.answered(corrected, 'zoned', said(closed), { update_available: true });
    await stage.answered(displaced, 'zoned', said(open), { reason: 'outside_window' });
    expect(await explain(corrected)).toBe('update_available');
    await eventually(async () => {
      expect(await explain(displaced)).toBe('outside_window');
      expect(await stage.send('GET', `/devices/${displaced}`)).toMatchObject({ reason: 'outside_window' });
    });
    // The operator takes his word back.
    await stage.describe(displaced, { attributes: { time_zone: null } });
    await stage.answered(displaced, 'zoned', said(open), { update_available: true });
  });

  it('puts it into the parts of a rollout', async () => {
    const said = { attributes: { hw_revision: 'A', chip: 'ESP32-C3', chip_revision: '0.3' } };
    const one = await stage.join('parted', said);
    await stage.describe(one, { attributes: { hw_revision: 'B', chip_revision: '0.4' } });
    const firmware = await stage.publish('parted', '2.0.0');
    const id = await stage.start(firmware, { ramp: 'all' });
    await stage.answered(one, 'parted', said, { update_available: true });
    expect(await stage.send('GET', `/rollouts/${id}/devices`)).toMatchObject([
      { device_id: one, hw_revision: 'B', chip_revision: 'C3-v0.4' },
    ]);
  });

  it('says how low a version it may go back to', async () => {
    const said = { current_version: '2.0.0', accepts_downgrade: true, attributes: { secure_version: 0 } };
    const [kept, free] = [await stage.join('sealed', said), await stage.join('sealed', said)];
    await stage.describe(kept, { attributes: { secure_version: 4 } });
    const firmware = await stage.publish('sealed', '1.0.0');
    const choice = { firmware_id: firmware, ramp: 'all', allow_downgrade: true };
    expect(await stage.send('POST', '/rollouts/preview', choice)).toMatchObject({ matched: 1 });
    await stage.start(firmware, { ramp: 'all', allow_downgrade: true });
    await stage.answered(free, 'sealed', said, { update_available: true });
    await stage.answered(kept, 'sealed', said, { reason: 'below_secure_version' });
    expect(await explain(kept)).toBe('below_secure_version');
    await eventually(async () => {
      expect(await stage.send('GET', `/devices/${kept}`)).toMatchObject({ reason: 'below_secure_version' });
    });
  });
});
