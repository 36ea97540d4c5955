import { eventually, type Answer } from '../support/http-client.js';
import { RolloutDevices } from '../support/rollout-devices.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

describe('groups that rollouts name', () => {
  let app: TestApp;
  let stage: RolloutDevices;

  beforeAll(async () => {
    app = await startTestApp();
    stage = new RolloutDevices(app);
  });
  afterAll(() => app.close());

  const group = async (name: string, more: object = {}): Promise<number> =>
    Number((await stage.send('POST', '/groups', { name, ...more }))['id']);
  const change = (id: number, body: object): Promise<Answer> =>
    stage.client.admin('PATCH', `/groups/${id}`, { body });
  const remove = (id: number): Promise<Answer> => stage.client.admin('DELETE', `/groups/${id}`);
  const draft = async (type: string, choice: object): Promise<number> => {
    const firmware_id = await stage.publish(type, '2.0.0');
    return Number((await stage.send('POST', '/rollouts', { firmware_id, ...choice }))['id']);
  };

  it('cannot be deleted or renamed while one is open, whether its target or a phase names them', async () => {
    const id = await group('Pilots');
    const first = await draft('named1', { target: 'group:pilots -tag:x' });
    const second = await draft('named2', { phases: [{ target: '(tag:a OR -group:PILOTS)' }] });
    for (const answer of [await remove(id), await change(id, { name: 'others' })])
      expect(answer).toMatchObject({
        status: 409,
        body: {
          code: 'GROUP_IN_ROLLOUT',
          detail: expect.stringContaining(`Rollouts ${first}, ${second} name the group "Pilots"`),
        },
      });
    expect(await change(id, { name: 'PILOTS', description: 'They want it early.' })).toMatchObject({
      status: 200,
    });
    await stage.act(first, 'abort');
    expect(await remove(id)).toMatchObject({
      body: { detail: expect.stringContaining(`Rollout ${second} `) },
    });
    await stage.act(second, 'abort');
    expect(await remove(id)).toMatchObject({ status: 200 });
  });

  it('keep finding the same kind of devices', async () => {
    const id = await group('found', { filter: 'tag:a' });
    await draft('found', { target: 'group:found' });
    expect(await change(id, { filter: 'tag:b' })).toMatchObject({ status: 200 });
    expect(await change(id, { filter: 'tag:b -status:failed' })).toMatchObject({
      status: 409,
      body: { code: 'GROUP_IN_ROLLOUT' },
    });
  });

  it('are said to be gone, and keep a draft from being started', async () => {
    const id = await group('ghosts');
    const rollout = await draft('ghostly', { target: '-group:ghosts' });
    // As if an earlier version had deleted it.
    await app.database.query('DELETE FROM device_group WHERE id = $1', [id]);
    await eventually(async () => {
      expect(await stage.send('GET', `/rollouts/${rollout}`)).toMatchObject({
        blocked_because: expect.stringContaining('names the group "ghosts", which does not exist any more'),
      });
    });
    expect(await stage.act(rollout, 'start')).toMatchObject({
      status: 409,
      body: { code: 'ROLLOUT_GROUP_GONE', detail: expect.stringContaining('"ghosts"') },
    });
    await group('ghosts');
    expect(await stage.act(rollout, 'start')).toMatchObject({ status: 200, body: { blocked_because: null } });
  });

  it('are said to be gone by one that is in force for them', async () => {
    const said = { current_version: '1.0.0' };
    const device = await stage.join('forced', said);
    const id = await group('early', { device_ids: [device] });
    const firmware = await stage.publish('forced', '2.0.0');
    const rollout = await stage.start(firmware, { target: 'group:early' });
    await stage.answered(device, 'forced', said, { update_available: true });
    await stage.install(device, firmware, 'success');
    expect(await stage.act(rollout, 'finish')).toMatchObject({ body: { state: 'finished' } });
    expect(await remove(id)).toMatchObject({ status: 200 });
    expect(await stage.send('GET', `/rollouts/${rollout}`)).toMatchObject({
      blocked_because: expect.stringContaining('"early"'),
    });
  });

  it('cannot go while a rollout is made of them', async () => {
    const names = Array.from({ length: 8 }, (_, n) => `race${n}`);
    for (const name of names) {
      const id = await group(name);
      const firmware_id = await stage.publish(name, '2.0.0');
      const body = { firmware_id, target: `group:${name}` };
      const [made, gone] = await Promise.all([stage.client.admin('POST', '/rollouts', { body }), remove(id)]);
      // One of them is refused, whichever came first.
      expect([made.status < 300, gone.status < 300].filter(Boolean)).toHaveLength(1);
    }
  });
});
