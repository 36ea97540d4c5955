import { Client, eventually, someBytes } from '../support/http-client.js';
import { PATIENCE } from '../support/patience.js';
import { Ota } from '../support/run-ota.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

describe('the commands for rollouts', () => {
  let app: TestApp;
  let ota: Ota;
  let firmware: string;

  beforeAll(async () => {
    app = await startTestApp();
    ota = new Ota({ OTA_SERVER: app.url, OTA_TOKEN: app.token, NO_COLOR: '1' });
    const client = new Client(app);
    for (let device_id = 1; device_id <= 3; device_id++)
      await app.database.query(
        `INSERT INTO device (id, device_type, current_version, current_build) VALUES (${device_id}, 'sensor', '1.0.0', 1)`,
      );
    const { body } = await client.publish(someBytes(100), { version: '2.0.0', is_stable: false });
    firmware = String(body.id);
  });
  afterAll(() => app.close());

  it('preview, make, show, list and act on them, on 80 columns', async () => {
    expect((await ota.runOnTerminal(['rollout', 'list'])).stdout).toMatch(/^No rollouts\. To make one/);
    expect((await ota.runOnTerminal(['rollout', 'preview', firmware, '--target', 'id:1'])).stdout).toBe(
      '1 device would be offered it, 1 at once at the beginning.\n  2 not: not in target (such as 2, 3)\n',
    );
    const made = JSON.parse(
      (await ota.run(['rollout', 'create', firmware, '--phase', '50%:1h', '--phase', '100%'])).stdout,
    ) as { id: number };
    const id = String(made.id);
    expect(made).toMatchObject({
      state: 'draft',
      ramp: 'phases',
      phases: [{ share: 0.5, soak_minutes: 60 }, { share: 1 }],
    });
    expect((await ota.runOnTerminal(['rollout', 'start', id])).stdout).toMatch(
      /^Rollout \d+: sensor 2\.0\.0 build 1 is running\.\n0 offered, .*\nFor 3 devices: all of the type\./,
    );
    const { stdout } = await ota.runOnTerminal(['rollout', 'list']);
    expect(stdout).toMatch(/ID +FIRMWARE +STATE +OFFERED +CONFIRMED +FAILED +OF/);
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    expect((await ota.runOnTerminal(['rollout', 'devices', id])).stdout).toBe('No devices.\n');
    expect(await ota.run(['rollout', 'excuse', id, '--device', '1', '2', '--reason', 'power'])).toMatchObject(
      {
        code: 1,
        stderr: expect.stringContaining('ROLLOUT_NOTHING_TO_EXCUSE'),
      },
    );
    expect((await ota.run(['rollout', 'pause', id])).code).toBe(0);
    expect(JSON.parse((await ota.run(['rollout', 'show', id, '--watch'])).stdout)).toMatchObject({
      state: 'paused',
    });
    expect((await ota.run(['rollout', 'resume', id])).code).toBe(0);
    expect((await ota.run(['rollout', 'abort', id])).code).toBe(2);
    expect((await ota.run(['rollout', 'abort', id, '--yes'])).code).toBe(0);
  });

  it('take all that a rollout can be told', async () => {
    const told = {
      '--target': 'channel:beta',
      '--phase': 'tag:lab:30m',
      '--window': 'mon,tue 22:00-06:00',
      '--zone': 'Europe/Berlin',
      '--starts-at': '2100-01-01T00:00:00Z',
      '--max-failure-rate': '0.03',
      '--false-alarm-rate': '0.02',
      '--silent-after': '1h',
      '--at-risk': '0.1',
      '--attempts': '5',
      '--note': 'Ticket 1234',
    };
    const args = [
      'rollout',
      'create',
      firmware,
      ...Object.entries(told).flat(),
      '--needs-approval',
      '--downgrade',
    ];
    const made = JSON.parse((await ota.run(args)).stdout) as { id: number };
    expect(made).toMatchObject({
      target: 'channel:beta',
      phases: [{ target: 'tag:lab', soak_minutes: 30 }],
      windows: [{ days: ['mon', 'tue'], from: '22:00', to: '06:00' }],
      time_zone: 'Europe/Berlin',
      starts_at: '2100-01-01T00:00:00.000Z',
      max_failure_rate: 0.03,
      false_alarm_rate: 0.02,
      silent_after_minutes: 60,
      max_at_risk_share: 0.1,
      attempts_per_device: 5,
      needs_approval: true,
      allow_downgrade: true,
      note: 'Ticket 1234',
    });
    const id = String(made.id);
    expect((await ota.runOnTerminal(['rollout', 'factors', id])).stdout).toBe(
      '0 of 0 devices failed or are silent.\n',
    );
    expect((await ota.runOnTerminal(['rollout', 'evidence', id])).stdout).toBe(
      'No device has been offered it yet.\n',
    );
    expect((await ota.run(['rollout', 'abort', id, '--yes'])).code).toBe(0);
  });

  it('start one at once only when somebody has agreed', async () => {
    expect((await ota.run(['rollout', 'create', firmware, '--start'])).code).toBe(2);
    const started = await ota.run(['rollout', 'create', firmware, '--start', '--yes']);
    expect(JSON.parse(started.stdout)).toMatchObject({ state: 'running', matched: 3 });
  });

  it('go back to the version before', async () => {
    const client = new Client(app);
    expect((await ota.run(['rollback', firmware, '--yes'])).stderr).toContain(
      'There is no stable version before 2.0.0',
    );
    const { body } = await client.publish(someBytes(101), { version: '1.5.0' });
    expect((await ota.run(['rollback', firmware])).code).toBe(2);
    const back = await ota.run(['rollback', firmware, '--yes']);
    expect(JSON.parse(back.stdout)).toMatchObject({
      state: 'running',
      firmware_id: body.id,
      target: 'version:2.0.0 build:1',
      allow_downgrade: true,
    });
    const { body: rows } = await client.admin('GET', `/rollouts?firmware_id=${firmware}&limit=1`);
    expect(rows[0]).toMatchObject({ state: 'aborted' });
  });

  it('go back with the devices that accept it, and say why the others stay', async () => {
    const client = new Client(app);
    const device_type = 'returning';
    const publish = async (version: string): Promise<number> =>
      (await client.publish(someBytes(200), { device_type, version })).body.id as number;
    const before = await publish('1.5.0');
    const bad = await publish('2.0.0');
    const staying = { device_id: 800, device_type, current_version: '2.0.0', current_build: 1 };
    await client.check(staying);
    const fleet = [
      '--ids',
      '801..802',
      '--device-type',
      device_type,
      '--accept-downgrade',
      '--from',
      '2.0.0',
    ];
    const simulate = ['simulate', ...fleet, '--interval', '50ms', '--reboot', '10ms'];
    const versions = async (): Promise<unknown> => {
      const { body } = await client.admin('GET', `/devices?q=type:${device_type}&sort=device_id`);
      return (body as { version: string }[]).map(({ version }) => version);
    };
    expect((await ota.run(simulate)).code).toBe(0);
    await eventually(async () => {
      expect(await versions()).toEqual(['2.0.0', '2.0.0', '2.0.0']);
    });
    const { stdout, stderr } = await ota.run(['rollback', '--id', String(bad), '--yes']);
    const back = JSON.parse(stdout) as object;
    expect(back).toMatchObject({
      ...{ firmware_id: before, state: 'running', matched: 3 },
      counts: { waiting: 2, refusing: 1 },
    });
    expect(stderr).toContain('1 device would not go back');
    expect((await client.check({ ...staying, accepts_downgrade: false })).body).toMatchObject({
      update_available: false,
      reason: 'downgrade_not_accepted',
    });
    // They go on asking: each run begins with 2.0.0, so that a second one would look as if they had come back from 1.5.0.
    const duration = `${3 * PATIENCE}s`;
    expect((await ota.run([...simulate, '--duration', duration])).code).toBe(0);
    await eventually(async () => {
      expect(await versions()).toEqual(['2.0.0', '1.5.0', '1.5.0']);
    });
    const { body: why } = await client.admin('GET', '/devices/800/explain');
    expect(JSON.stringify(why)).toContain('It does not accept an older version');
  });

  describe('propose a rollout of a release', () => {
    const release = (build: number, ...more: string[]): string[] => [
      ...[
        'release',
        'test/fixtures/esp-images/scales_bridge-1.0.0-esp32c3.bin',
        '--device-type',
        'many',
        '--version',
        '1.0.0',
      ],
      ...['--build', String(build), ...more],
    ];
    const devices = (first: number, last: number): Promise<unknown> =>
      app.database.query(
        `INSERT INTO device (id, device_type, current_version, current_build)
         SELECT id, 'many', '0.9.0', 1 FROM generate_series(${first}, ${last}) AS id`,
      );
    const running = async (firmwareId: unknown): Promise<unknown[]> => {
      const { body } = await new Client(app).admin('GET', `/rollouts?firmware_id=${String(firmwareId)}`);
      return (body as { state: string }[]).map(({ state }) => state);
    };

    it('to more than 100 devices, and leave a script as it is', async () => {
      await devices(1_001, 1_100);
      const few = await ota.run(release(1, '--stable', '--yes'));
      expect([few.code, few.stderr]).toEqual([0, expect.not.stringContaining('--rollout')]);
      await devices(1_101, 1_101);
      const many = await ota.run(release(2, '--stable', '--yes'));
      expect(many).toMatchObject({
        code: 0,
        stderr: expect.stringContaining(
          'many has 101 devices, all of which may have it at once. With --rollout',
        ),
      });
      expect(JSON.parse(many.stdout)).toMatchObject({ is_stable: true });
      const meant = await ota.run(release(3, '--stable', '--yes', '--everyone'));
      expect([meant.code, meant.stderr]).toEqual([0, expect.not.stringContaining('--rollout')]);
    });

    it('on a terminal, where a yes makes one and a no asks on', async () => {
      const yes = ota.begin(release(4, '--stable', '--json'), { columns: 80 });
      await eventually(() => {
        expect(yes.stderr).toContain('Release it in a rollout? [y/N]');
        return Promise.resolve();
      });
      yes.type('y\n');
      const made = await yes.outcome;
      const firmwareMade = JSON.parse(made.stdout) as { id: number };
      expect([made.code, firmwareMade]).toEqual([0, expect.objectContaining({ is_stable: false })]);
      expect(await running(firmwareMade.id)).toEqual(['running']);
      const no = ota.begin(release(5, '--stable', '--json'), { columns: 80 });
      for (const question of ['Release it in a rollout? [y/N]', 'would be offered it now. Continue? [y/N]']) {
        await eventually(() => {
          expect(no.stderr.replaceAll(/\s+/g, ' ')).toContain(question);
          return Promise.resolve();
        });
        no.type('n\n');
      }
      expect(await no.outcome).toMatchObject({ code: 1, stdout: '' });
    });

    it('and make one without a question when a script says so', async () => {
      expect((await ota.run(release(6, '--rollout'))).code).toBe(2);
      expect((await ota.run(release(6, '--rollout', '--everyone', '--yes'))).code).toBe(2);
      const { stdout } = await ota.run(release(6, '--rollout', '--yes'));
      const made = JSON.parse(stdout) as { id: number };
      expect(made).toMatchObject({ is_stable: false });
      expect(await running(made.id)).toEqual(['running']);
    });
  });
});
