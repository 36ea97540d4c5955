import { eventually } from '../support/http-client.js';
import { RolloutDevices } from '../support/rollout-devices.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const SAID = { current_version: '1.0.0' };

describe('a rollout of a firmware that has failed', () => {
  let app: TestApp;
  let stage: RolloutDevices;

  beforeAll(async () => {
    app = await startTestApp();
    stage = new RolloutDevices(app);
  });
  afterAll(() => app.close());

  it('leaves those out on which it failed, until they are excused', async () => {
    const [ill, well] = [await stage.join('again', SAID), await stage.join('again', SAID)];
    await stage.describe(ill, { tags: ['first'] });
    const firmware = await stage.publish('again', '2.0.0');
    const first = await stage.start(firmware, { ramp: 'all', target: 'tag:first' });
    await stage.answered(ill, 'again', SAID, { firmware_id: firmware });
    await stage.install(ill, firmware, 'failed', 'rolled back');
    // At once, without a moment in which it is offered it again.
    expect(await stage.check(ill, 'again', SAID)).toMatchObject({ update_available: false });
    expect((await stage.act(first, 'abort')).body).toMatchObject({ state: 'aborted' });

    const choice = { firmware_id: firmware, ramp: 'all' };
    expect(await stage.send('POST', '/rollouts/preview', choice)).toMatchObject({
      matched: 1,
      left_out: [{ reason: 'attempts_exhausted', count: 1, example_ids: [ill] }],
    });
    const second = await stage.start(firmware, { ramp: 'all' });
    // Before a check has asked.
    await eventually(async () => {
      expect(await stage.send('GET', `/devices/${well}/explain`)).toMatchObject({
        verdict: 'update_available',
      });
    });
    expect(await stage.send('GET', `/devices/${ill}/explain`)).toMatchObject({
      verdict: 'attempts_exhausted',
    });
    await stage.answered(ill, 'again', SAID, { reason: 'attempts_exhausted' });
    await stage.answered(well, 'again', SAID, { firmware_id: firmware });
    expect(await stage.send('GET', `/rollouts/${second}/devices`)).toMatchObject([{ device_id: well }]);

    const excused = await stage.act(first, 'excuse', { device_ids: [ill], reason: 'no power' });
    expect(excused).toMatchObject({ status: 200, body: { state: 'aborted', counts: { excused: 1 } } });
    await stage.answered(ill, 'again', SAID, { firmware_id: firmware });
  });

  it('back to an older version says which newer one keeps its devices', async () => {
    const said = { current_version: '3.0.0', accepts_downgrade: true };
    const device = await stage.join('kept', said);
    const stable = await stage.publish('kept', '3.0.0', { is_stable: true });
    const older = await stage.publish('kept', '2.0.0');
    const choice = { firmware_id: older, allow_downgrade: true };
    const because = { blocked_because: expect.stringContaining(`ota update --id ${stable} --no-stable`) };
    expect(await stage.send('POST', '/rollouts/preview', choice)).toMatchObject({ matched: 0, ...because });
    const id = await stage.start(older, { allow_downgrade: true });
    expect(await stage.send('GET', `/rollouts/${id}`)).toMatchObject({ state: 'running', ...because });
    expect(await stage.check(device, 'kept', said)).toMatchObject({ reason: 'up_to_date' });
    await stage.send('PATCH', `/firmware/${stable}`, { is_stable: false });
    await eventually(async () => {
      expect(await stage.send('GET', `/rollouts/${id}`)).toMatchObject({ blocked_because: null });
    });
    await stage.answered(device, 'kept', said, { firmware_id: older });
  });
});
