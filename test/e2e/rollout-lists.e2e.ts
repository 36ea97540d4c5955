import { eventually } from '../support/http-client.js';
import { RolloutDevices } from '../support/rollout-devices.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

describe('lists of devices that rollouts have to do with', () => {
  let app: TestApp;
  let stage: RolloutDevices;

  beforeAll(async () => {
    app = await startTestApp();
    stage = new RolloutDevices(app);
  });
  afterAll(() => app.close());

  const listed = (device: number, expected: object): Promise<void> =>
    eventually(async () => {
      expect(await stage.send('GET', `/devices?q=id:${device}`)).toMatchObject([expected]);
    });

  it('say that a device is below the floor of what a rollout brings', async () => {
    const firmware = await stage.publish('floors', '2.0.0', { min_current_version: '1.5.0' });
    const [low, high] = [
      await stage.join('floors', { current_version: '1.0.0' }),
      await stage.join('floors', { current_version: '1.6.0' }),
    ];
    await stage.start(firmware, { ramp: 'all' });
    const reason = 'below_min_current_version';
    await stage.answered(low, 'floors', { current_version: '1.0.0' }, { reason });
    await stage.answered(high, 'floors', { current_version: '1.6.0' }, { update_available: true });
    await listed(low, { reason, status: 'waiting', desired_version: null });
    await listed(high, { reason: null, status: 'waiting', desired_version: '2.0.0' });
    expect(await stage.send('GET', `/devices?q=type:floors%20status:waiting`)).toHaveLength(2);
  });

  it('follow a rollout that is stopped, resumed and aborted, before the device checks again', async () => {
    const said = { current_version: '1.0.0' };
    const [offered, waiting] = [await stage.join('stops', said), await stage.join('stops', said)];
    await stage.publish('stops', '1.0.0', { is_stable: true });
    const id = await stage.start(await stage.publish('stops', '2.0.0'));
    await stage.answered(offered, 'stops', said, { update_available: true });
    await stage.answered(waiting, 'stops', said, { reason: 'rollout_waiting' });
    await listed(waiting, { reason: 'rollout_waiting', status: 'waiting' });
    await stage.act(id, 'pause');
    for (const device of [offered, waiting]) await listed(device, { reason: 'rollout_paused' });
    await stage.answered(waiting, 'stops', said, { reason: 'rollout_paused' });
    await stage.act(id, 'resume', {});
    await listed(offered, { reason: null, desired_version: '2.0.0' });
    await listed(waiting, { reason: 'rollout_waiting' });
    await stage.act(id, 'abort');
    for (const device of [offered, waiting])
      await listed(device, { reason: 'up_to_date', status: 'up_to_date' });
  });

  it('follow the rollout that withheld its firmware, whatever others of the type do', async () => {
    const said = { current_version: '1.0.0' };
    const [one, other] = [await stage.join('both', said), await stage.join('both', said)];
    await stage.publish('both', '1.0.0', { is_stable: true });
    await stage.describe(one, { tags: ['one'] });
    await stage.describe(other, { tags: ['other'] });
    // Nothing may be offered before tomorrow.
    const later = { starts_at: new Date(Date.now() + 86_400_000).toISOString() };
    const ofOne = await stage.start(await stage.publish('both', '2.0.0'), { ...later, target: 'tag:one' });
    const ofOther = await stage.start(await stage.publish('both', '3.0.0'), {
      ...later,
      target: 'tag:other',
    });
    // Until the tags are read, each of them may be for each device.
    const withheldBy = (device: number, rolloutId: number): Promise<void> =>
      eventually(async () => {
        await stage.check(device, 'both', said);
        expect(await app.database.query('SELECT withheld_by FROM device WHERE id = $1', [device])).toEqual([
          { withheld_by: rolloutId },
        ]);
      });
    await withheldBy(one, ofOne);
    await withheldBy(other, ofOther);
    for (const device of [one, other]) await listed(device, { reason: 'rollout_waiting' });
    await stage.act(ofOne, 'pause');
    await listed(one, { reason: 'rollout_paused' });
    await listed(other, { reason: 'rollout_waiting' });
    expect(await stage.send('GET', `/devices/${one}/explain`)).toMatchObject({ verdict: 'rollout_paused' });
    await stage.act(ofOther, 'pause');
    await listed(other, { reason: 'rollout_paused' });
    await stage.act(ofOne, 'resume', {});
    await listed(one, { reason: 'rollout_waiting' });
    await listed(other, { reason: 'rollout_paused' });
    await stage.act(ofOther, 'abort');
    await listed(other, { reason: 'up_to_date', status: 'up_to_date' });
    await listed(one, { reason: 'rollout_waiting' });
  });
});
