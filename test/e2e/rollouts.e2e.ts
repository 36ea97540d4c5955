import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { RolloutRepository } from '../../src/rollouts/record/rollout.repository.js';
import type { RolloutState } from '../../src/domain/rollout/rollout-states.js';
import { Client, eventually, someBytes, type Answer } from '../support/http-client.js';
import { bearer, People } from '../support/people.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const VERSIONS = ['1.0.0', '1.1.0', '1.9.0', '2.0.0', '2.1.0', 'nightly'];

describe('rollouts', () => {
  let app: TestApp;
  let client: Client;
  let operator: string;
  let viewer: string;
  let published = 0;

  beforeAll(async () => {
    app = await startTestApp();
    client = new Client(app);
    const people = new People(app);
    await people.create('olga', 'operator');
    await people.create('vera', 'viewer');
    operator = await people.logIn('olga');
    viewer = await people.logIn('vera');
  });
  afterAll(() => app.close());

  const rollouts = (method: string, path = '', body?: unknown, headers = {}): Promise<Answer> =>
    client.admin(method, `/rollouts${path}`, { ...(body === undefined ? {} : { body }), headers });
  /** A draft of a type of its own. @returns the id of the firmware */
  const publish = async (more: Record<string, unknown> = {}): Promise<number> => {
    published += 1;
    const choice = { device_type: `sensor${published}`, version: '2.0.0', is_stable: false, ...more };
    const { status, body } = await client.publish(someBytes(1_000 + published), choice);
    expect([status, body]).toEqual([200, expect.anything()]);
    return body.id as number;
  };
  const create = async (choice: object): Promise<Record<string, unknown>> => {
    const { status, body, headers } = await rollouts('POST', '', choice);
    expect([status, body]).toEqual([200, expect.objectContaining({ state: 'draft', version: 1 })]);
    expect(headers['etag']).toBe('"1"');
    return body as Record<string, unknown>;
  };
  const act = (id: unknown, action: string, body?: unknown, headers = {}): Promise<Answer> =>
    rollouts('POST', `/${String(id)}/${action}`, body, headers);
  const inState = async (state: RolloutState, more: object = {}): Promise<number> => {
    const { id } = await create({ firmware_id: await publish(), ...more });
    const halt = { part: { dimension: 'all', value: '' }, n: 6, k: 4, xLog: 5, at: 0 };
    await app.database.query(
      `UPDATE rollout SET state = '${state}', halt = '${JSON.stringify(halt)}' WHERE id = ${String(id)}`,
    );
    return id as number;
  };

  // rollout-states.spec.ts has all pairs.
  it.each<[RolloutState, string, string]>([
    ['waiting_for_approval', 'approve', 'ROLLOUT_OWN'],
    ['scheduled', 'pause', 'paused'],
    ['running', 'excuse', 'ROLLOUT_NOTHING_TO_EXCUSE'],
    ['paused', 'resume', 'running'],
    ['halted', 'resume', 'ROLLOUT_UNCHANGED'],
    ['halted', 'abort', 'aborted'],
    ['finished', 'pause', 'ROLLOUT_WRONG_STATE'],
    ['aborted', 'start', 'ROLLOUT_WRONG_STATE'],
  ])('%s, %s: %s', async (state, action, expected) => {
    const id = await inState(state, { target: 'id:1' });
    const bodies: Readonly<Record<string, object>> = {
      excuse: { device_ids: [1], reason: 'power' },
      resume: {},
    };
    const { body } = await act(id, action, bodies[action]);
    expect(body.code ?? body.state).toBe(expected);
  });

  it('are listed by their states', async () => {
    const firmware_id = await publish();
    const { id } = await create({ firmware_id });
    const listed = async (state: string): Promise<unknown> => {
      const { status, body } = await rollouts('GET', `?firmware_id=${firmware_id}&state=${state}`);
      return status === 200 ? (body as { id: number }[]).map((rollout) => rollout.id) : body.code;
    };
    expect(await listed('draft')).toEqual([id]);
    expect(await listed('halted,draft')).toEqual([id]);
    expect(await listed('halted,running')).toEqual([]);
    expect(await listed('halted,stopped')).toBe('VALIDATION_FAILED');
    expect(await listed('')).toBe('VALIDATION_FAILED');
  });

  it('wait for their time, for approval by somebody else, and go on', async () => {
    const { id } = await create({
      firmware_id: await publish(),
      needs_approval: true,
      starts_at: new Date(Date.now() + 3_600_000).toISOString(),
    });
    expect((await act(id, 'start')).body).toMatchObject({ state: 'waiting_for_approval' });
    expect(await act(id, 'approve')).toMatchObject({ status: 403, body: { code: 'ROLLOUT_OWN' } });
    expect((await act(id, 'approve', undefined, bearer(operator))).body).toMatchObject({
      state: 'scheduled',
      approved_by: 'olga',
      version: 3,
    });
    expect((await act(id, 'start')).body).toMatchObject({ state: 'running', started_at: expect.any(String) });
    const { body: row } = await client.admin('GET', '/audit?limit=1');
    expect(row[0]).toMatchObject({ action: 'rollout.start', target: `rollout:${String(id)}` });
  });

  it('are not approved with an API token of their maker', async () => {
    const { token } = await new People(app).makeToken('pipeline', { role: 'admin' });
    const { id } = await create({ firmware_id: await publish(), needs_approval: true });
    await act(id, 'start');
    expect(await act(id, 'approve', undefined, bearer(token))).toMatchObject({
      status: 403,
      body: { code: 'ROLLOUT_OWN' },
    });
    expect((await act(id, 'approve', undefined, bearer(operator))).body).toMatchObject({ state: 'running' });
  });

  it('do not come into force while no device has confirmed their firmware', async () => {
    const firmware_id = await publish({ device_type: 'unproven' });
    const { id } = await create({ firmware_id });
    await act(id, 'start');
    for (const action of ['finish', 'pause', 'finish']) {
      const answer = await act(id, action);
      if (action === 'finish')
        expect(answer).toMatchObject({ status: 409, body: { code: 'ROLLOUT_UNCONFIRMED' } });
    }
    const { body } = await client.admin('GET', `/firmware/${firmware_id}`);
    expect(body).toMatchObject({ is_stable: false });
    expect((await rollouts('GET', `/${String(id)}`)).body).toMatchObject({ state: 'paused' });
  });

  it('offer nothing while their firmware is damaged, and keep one that was offered from being purged', async () => {
    const device_type = 'damaged';
    const firmware_id = await publish({ device_type });
    const { id } = await create({ firmware_id, ramp: 'all' });
    await act(id, 'start');
    const question = { device_id: 701, device_type };
    expect((await client.check(question)).body).toMatchObject({ firmware_id });
    const { body: firmware } = await client.admin('GET', `/firmware/${firmware_id}`);
    const file = join(app.config.firmwareStore, firmware.binary_path as string);
    const content = await readFile(file);
    await rm(file);
    await writeFile(file, Buffer.alloc(content.length));
    await client.admin('POST', `/firmware/${firmware_id}/verify`);
    expect((await client.check({ ...question, device_id: 702 })).body).toMatchObject({
      update_available: false,
    });
    const shown = async () => (await rollouts('GET', `/${String(id)}`)).body as Record<string, unknown>;
    expect(await shown()).toMatchObject({
      state: 'running',
      blocked_because: expect.stringContaining('is damaged'),
    });
    await rm(file);
    await writeFile(file, content);
    await client.admin('POST', `/firmware/${firmware_id}/verify`);
    expect(await shown()).toMatchObject({ blocked_because: null });
    expect((await client.check({ ...question, device_id: 702 })).body).toMatchObject({ firmware_id });
    const purge = await client.admin('DELETE', `/firmware/${firmware_id}?purge=true`);
    expect(purge).toMatchObject({ status: 409, body: { code: 'FIRMWARE_IN_USE' } });
    expect(await shown()).toMatchObject({ state: 'running' });
  });

  it('end with a firmware that was purged before anybody was offered it', async () => {
    const firmware_id = await publish();
    const { id } = await create({ firmware_id });
    const purge = () => client.admin('DELETE', `/firmware/${firmware_id}?purge=true`);
    expect(await purge()).toMatchObject({ status: 409, body: { code: 'FIRMWARE_IN_ROLLOUT' } });
    await act(id, 'abort');
    expect((await purge()).status).toBe(200);
    expect(await rollouts('GET', `/${String(id)}`)).toMatchObject({ body: { code: 'ROLLOUT_NOT_FOUND' } });
  });

  it('admit a device whatever it says of itself', async () => {
    const device_type = 'talkative';
    const firmware_id = await publish({ device_type });
    await client.admin('PATCH', `/firmware/${firmware_id}`, { body: { offer_to_unparsable: true } });
    const { id } = await create({ firmware_id, ramp: 'all' });
    await act(id, 'start');
    const long = 'x'.repeat(64);
    const answers = [
      await client.check({
        device_id: 711,
        device_type,
        attributes: { hw_revision: long, chip: long, chip_revision: long },
      }),
      await client.check({ device_id: 712, device_type, attributes: { hw_revision: `${long}x` } }),
      await client.check({ device_id: 713, device_type, current_version: 'a\0b\ud800' }),
    ];
    expect(answers.map(({ body }) => body.firmware_id as number)).toEqual(answers.map(() => firmware_id));
    const { body } = await rollouts('GET', `/${String(id)}/devices`);
    expect(body).toEqual([
      expect.objectContaining({ device_id: 713, previous_version: 'a\uFFFDb\uFFFD' }),
      expect.objectContaining({ device_id: 712, hw_revision: null }),
      expect.objectContaining({ device_id: 711, hw_revision: long, chip_revision: long }),
    ]);
  });

  it('are made when the one in the way has just ended', async () => {
    const firmware_id = await publish();
    const { id } = await create({ firmware_id });
    const repository = app.nest.get(RolloutRepository);
    const findOpen = jest.spyOn(repository, 'findOpen').mockImplementationOnce(async (_manager, firmware) => {
      findOpen.mockRestore();
      await act(id, 'abort');
      return repository.transaction((manager) => repository.findOpen(manager, firmware));
    });
    expect(await create({ firmware_id })).toMatchObject({ firmware_id });
  });

  it('are changed only as they were seen', async () => {
    const { id } = await create({ firmware_id: await publish() });
    const stale = await act(id, 'start', undefined, { 'If-Match': '"7"' });
    expect(stale).toMatchObject({ status: 412, body: { code: 'ROLLOUT_VERSION' } });
    const started = await act(id, 'start', undefined, { 'If-Match': '"1"' });
    expect([started.status, started.headers['etag']]).toEqual([200, '"2"']);
    expect((await act(id, 'pause', undefined, { 'If-Match': '*' })).status).toBe(200);
  });

  it('are seen by viewers, and changed by operators', async () => {
    const firmware_id = await publish();
    const { id } = await create({ firmware_id });
    for (const path of [
      '',
      `/${String(id)}`,
      `/${String(id)}/devices`,
      `/${String(id)}/evidence`,
      `/${String(id)}/factors`,
    ])
      expect([path, (await rollouts('GET', path, undefined, bearer(viewer))).status]).toEqual([path, 200]);
    expect((await rollouts('POST', '/preview', { firmware_id }, bearer(viewer))).status).toBe(200);
    for (const path of [
      '',
      ...['start', 'approve', 'pause', 'resume', 'abort', 'finish', 'excuse'].map(
        (name) => `/${String(id)}/${name}`,
      ),
    ])
      expect([path, (await rollouts('POST', path, {}, bearer(viewer))).status]).toEqual([path, 403]);
    expect((await act(id, 'start', undefined, bearer(operator))).status).toBe(200);
  });

  it('bring a firmware to devices that is then stable for nobody else', async () => {
    const firmware_id = await publish();
    const { id } = await create({ firmware_id });
    expect(await rollouts('POST', '', { firmware_id })).toMatchObject({
      status: 409,
      body: { code: 'FIRMWARE_IN_ROLLOUT', detail: expect.stringContaining(`Rollout ${String(id)} `) },
    });
    const stable = { body: { is_stable: true } };
    expect(await client.admin('PATCH', `/firmware/${firmware_id}`, stable)).toMatchObject({
      status: 409,
      body: { code: 'FIRMWARE_IN_ROLLOUT' },
    });
    await act(id, 'start');
    await client.admin('PATCH', `/firmware/${firmware_id}`, { body: { is_active: false } });
    expect((await rollouts('GET', `/${String(id)}`)).body).toMatchObject({
      blocked_because: `Firmware ${firmware_id} is inactive, so that no device is offered it.`,
    });
    await client.admin('PATCH', `/firmware/${firmware_id}`, { body: { is_active: true } });
    await app.database.query('UPDATE rollout SET offered = 1, confirmed = 1 WHERE id = $1', [id]);
    expect((await act(id, 'finish')).body).toMatchObject({ state: 'finished', blocked_because: null });
    expect((await client.admin('GET', `/firmware/${firmware_id}`)).body).toMatchObject({ is_stable: true });
    expect(await rollouts('POST', '', { firmware_id })).toMatchObject({ body: { code: 'FIRMWARE_STABLE' } });
  });

  describe('are refused with a reason', () => {
    let firmware_id: number;
    beforeAll(async () => {
      firmware_id = await publish({ device_type: 'refused' });
    });
    it.each([
      [{ firmware_id: 999_999 }, 404, 'FIRMWARE_NOT_FOUND', ''],
      [{}, 400, 'VALIDATION_FAILED', ''],
      [{ target: 'status:silent' }, 400, 'FILTER_INVALID', 'target'],
      [{ target: '-(tag:a OR seen:7d)' }, 400, 'FILTER_INVALID', 'target'],
      [{ target: 'version:<abc' }, 400, 'FILTER_INVALID', 'target'],
      [{ target: 'type:lamp tag:a' }, 400, 'FILTER_INVALID', 'target'],
      [{ target: 'group:nobody' }, 400, 'FILTER_INVALID', 'target'],
      [{ phases: [{ target: 'seen:1d' }] }, 400, 'FILTER_INVALID', 'phases'],
      [{ phases: [{ share: 0.5 }, { share: 0.1 }] }, 400, 'VALIDATION_FAILED', 'phases'],
      [{ phases: [{ share: 0.5, count: 1 }] }, 400, 'VALIDATION_FAILED', 'phases'],
      [{ phases: [{ count: 0.5 }] }, 400, 'VALIDATION_FAILED', 'phases'],
      [{ phases: [{ share: 0.5, soak: 1 }] }, 400, 'VALIDATION_FAILED', 'phases'],
      [{ phases: [null] }, 400, 'VALIDATION_FAILED', 'phases'],
      [{ phases: {} }, 400, 'VALIDATION_FAILED', 'phases'],
      [{ ramp: 'phases' }, 400, 'VALIDATION_FAILED', 'phases'],
      [{ ramp: 'all', phases: [{ share: 1 }] }, 400, 'VALIDATION_FAILED', 'phases'],
      [{ ramp: 'quick' }, 400, 'VALIDATION_FAILED', 'ramp'],
      [{ windows: [{ days: ['mon'], from: '25:00', to: '1:00' }] }, 400, 'VALIDATION_FAILED', 'windows'],
      [{ windows: [{ days: ['monday'], from: '01:00', to: '02:00' }] }, 400, 'VALIDATION_FAILED', 'windows'],
      [{ windows: [{ days: 'mon', from: '01:00', to: '02:00' }] }, 400, 'VALIDATION_FAILED', 'windows'],
      [{ time_zone: 'Europe/Bielefeld' }, 400, 'VALIDATION_FAILED', 'time_zone'],
      [{ starts_at: 'tomorrow' }, 400, 'VALIDATION_FAILED', 'starts_at'],
      [{ starts_at: '0000-01-01T00:00:00Z' }, 400, 'VALIDATION_FAILED', 'starts_at'],
      [{ starts_at: '2020-01-01T00:00:00Z' }, 400, 'VALIDATION_FAILED', 'starts_at'],
      [{ max_failure_rate: 0 }, 400, 'VALIDATION_FAILED', 'max_failure_rate'],
      [{ max_failure_rate: 0.6 }, 400, 'VALIDATION_FAILED', 'max_failure_rate'],
      [{ false_alarm_rate: '1' }, 400, 'VALIDATION_FAILED', 'false_alarm_rate'],
      [{ silent_after_minutes: 0 }, 400, 'VALIDATION_FAILED', 'silent_after_minutes'],
      [{ max_at_risk_share: 2 }, 400, 'VALIDATION_FAILED', 'max_at_risk_share'],
      [{ attempts_per_device: 0 }, 400, 'VALIDATION_FAILED', 'attempts_per_device'],
      [{ needs_approval: 'yes' }, 400, 'VALIDATION_FAILED', 'needs_approval'],
      [{ colour: 'red' }, 400, 'VALIDATION_FAILED', 'colour'],
    ])('%j', async (more, status, code, field) => {
      const choice = Object.keys(more).length === 0 ? {} : { firmware_id, ...more };
      for (const path of ['', '/preview']) {
        const answer = await rollouts('POST', path, choice);
        expect(answer).toMatchObject({ status, body: { code } });
        if (field !== '') expect(Object.keys(answer.body.errors as object)).toEqual([field]);
      }
    });

    it('where the firmware cannot be offered', async () => {
      const inactive = await publish();
      await client.admin('DELETE', `/firmware/${inactive}`);
      const unreadable = await publish();
      await app.database.query(`UPDATE firmware SET version = 'abc' WHERE id = ${unreadable}`);
      for (const id of [inactive, unreadable])
        expect(await rollouts('POST', '', { firmware_id: id })).toMatchObject({
          status: 409,
          body: { code: 'FIRMWARE_NOT_OFFERABLE' },
        });
    });
  });

  it('are for nobody where the target finds nobody, and say so', async () => {
    const rollout = await create({ firmware_id: await publish(), target: 'id:1' });
    expect(rollout).toMatchObject({ matched: 0, counts: { offered: 0, waiting: 0 }, limit: 1 });
  });

  it('offer the firmware to exactly those devices that the preview has counted', async () => {
    const device_type = 'previewed';
    const firmware_id = await publish({ device_type, version: '2.0.0', min_current_version: '1.1.0' });
    await client.publish(someBytes(900), { device_type, version: '1.9.0' });
    const questions = VERSIONS.flatMap((current_version, nth) =>
      [1, 2, 3].map((build) => ({
        device_id: 10_000 + nth * 10 + build,
        device_type,
        current_version,
        current_build: build,
        attributes: { hw_revision: build === 1 ? 'A' : 'B' },
      })),
    );
    for (const question of questions) await client.check(question);
    await eventually(async () => {
      const { body } = await client.admin('GET', `/devices?q=type:${device_type}&limit=1000`);
      expect(body).toHaveLength(questions.length);
    });
    const choice = { firmware_id, target: 'hw_revision:B', ramp: 'all' };
    const { body: preview } = await rollouts('POST', '/preview', choice);
    const counts = (preview.left_out as { count: number }[]).map(({ count }) => count);
    const sum = counts.reduce((total, count) => total + count, Number(preview.matched));
    expect(sum).toBe(questions.length);
    const { id } = await create(choice);
    await act(id, 'start');
    const asked = new Set<number>();
    // What the target asks of devices is read when a rollout asks for it first.
    await eventually(async () => {
      for (const question of questions) {
        const { body } = await client.check(question);
        if (body.firmware_id === firmware_id) asked.add(question.device_id);
      }
      expect(asked.size).toBe(preview.matched);
    });
    const offered = [...asked].sort();
    expect(preview.matched).toBeGreaterThan(2);
    const { body: shown } = await rollouts('GET', `/${String(id)}`);
    expect(shown.counts).toMatchObject({ offered: offered.length, pending: offered.length, waiting: 0 });
    const { body: devices } = await rollouts('GET', `/${String(id)}/devices?state=pending`);
    expect((devices as { device_id: number }[]).map(({ device_id }) => device_id).sort()).toEqual(offered);
  });

  it('halt by themselves, name the guilty, and go on when devices are excused', async () => {
    const device_type = 'halting';
    const firmware_id = await publish({ device_type });
    const { id } = await create({ firmware_id, ramp: 'all' });
    await act(id, 'start');
    for (let device_id = 501; device_id <= 504; device_id++) {
      await client.check({ device_id, device_type, attributes: { board: 'B' } });
      await client.report({ device_id, firmware_id, status: 'installing' });
      await client.report({ device_id, firmware_id, status: 'failed', error_message: 'rolled back' });
    }
    const { body: halted } = await rollouts('GET', `/${String(id)}`);
    expect(halted).toMatchObject({
      state: 'halted',
      halted_because: expect.stringMatching(/^stopped: \d of \d failed$/),
      halted_at: expect.stringMatching(/Z$/),
      line: expect.stringContaining('failed'),
    });
    expect(Math.abs(Date.now() - Date.parse(halted.halted_at as string))).toBeLessThan(60_000);
    await eventually(async () => {
      const { body } = await rollouts('GET', `/${String(id)}/factors`);
      expect(body.factors).toContainEqual(expect.objectContaining({ dimension: 'board', value: 'B' }));
    });
    const { body: series } = await rollouts('GET', `/${String(id)}/evidence?points=2`);
    expect(series.at(-1)).toMatchObject({ failed: halted.counted_failures });
    expect((await act(id, 'resume', {})).body).toMatchObject({ code: 'ROLLOUT_UNCHANGED' });
    expect((await act(id, 'resume', { max_failure_rate: 0.0201 })).body).toMatchObject({
      code: 'ROLLOUT_STILL_HALTS',
    });
    expect((await act(id, 'resume', { max_failure_rate: 0.01 })).body).toMatchObject({
      code: 'VALIDATION_FAILED',
    });
    const { body: excused } = await act(id, 'excuse', {
      device_ids: [501, 502, 503, 504, 999],
      reason: 'no power',
    });
    expect(excused).toMatchObject({ state: 'halted', counts: { failed: 0 } });
    expect((await act(id, 'resume', {})).body).toMatchObject({
      state: 'running',
      halted_because: null,
      halted_at: null,
    });
  });
});
