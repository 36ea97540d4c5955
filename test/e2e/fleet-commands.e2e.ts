import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { People } from '../support/people.js';
import { Client, eventually, someBytes } from '../support/http-client.js';
import { Ota, type Outcome } from '../support/run-ota.js';
import { samples } from '../support/samples.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

/** Lines of a table; ten thousand with all samples. */
const LINES = samples(10_000);

describe('the commands for devices', () => {
  let app: TestApp;
  let client: Client;
  let home: string;
  let ota: Ota;

  beforeAll(async () => {
    app = await startTestApp();
    client = new Client(app);
    home = mkdtempSync(join(tmpdir(), 'ota-test-fleet-'));
    ota = new Ota({ OTA_SERVER: app.url, OTA_TOKEN: app.token, XDG_CONFIG_HOME: home, NO_COLOR: '1' });
    await client.publish(someBytes(100), { version: '1.1.0', build_number: 2 });
    await app.database.query(`
      INSERT INTO device (id, device_type, current_version, current_build, last_seen_at, first_seen_at, name, folded_name,
                          tags, channel, own_attributes, check_interval, update_status, update_changed_at, notes)
      SELECT id, 'sensor', version, build, now() - id * interval '1 minute', now() - interval '40 days', name, lower(name),
             tags, channel, '{"chip": "ESP32-C3", "rssi": -61}', 3600, status, now() - interval '1 day', notes
        FROM (VALUES (1, '1.1.0', 2, 'Munich 1', ARRAY['lab', 'beta'], 'beta', 'success', 'Loose cable'),
                     (2, '1.1.0', 2, NULL, '{}', 'stable', 'success', NULL),
                     (3, '1.0.0', 1, 'Munich 3, a name that is so long that no table of 80 columns has room for it',
                      ARRAY['lab'], 'stable', 'failed', NULL),
                     (4, '1.0.0', 1, NULL, '{}', 'stable', NULL, NULL),
                     (5, 'abc1234', 1, NULL, '{}', 'stable', NULL, NULL))
             AS device (id, version, build, name, tags, channel, status, notes)`);
    await app.database.query(
      'INSERT INTO device (id, device_type, current_version, current_build, last_seen_at) VALUES ($1, $2, $3, 1, $4)',
      [0x246f28037e51, 'lamp', '1.0.0', new Date(Date.now() - 9 * 86_400_000)],
    );
    await client.report({ device_id: 3, firmware_id: 1, status: 'failed', error_message: 'rolled back' });
    await app.database.query("UPDATE device SET last_seen_at = now() - interval '3 minutes' WHERE id = 3");
    // The fleet was counted when the server started.
    await eventually(async () => {
      expect((await client.admin('GET', '/devices/summary')).body).toMatchObject({ total: 6 });
    });
  });
  afterAll(async () => {
    rmSync(home, { recursive: true });
    await app.close();
  });

  const json = ({ stdout }: Outcome): unknown => JSON.parse(stdout);
  const names = async (q: string): Promise<unknown> =>
    (json(await ota.run(['devices', q, '--sort', 'device_id'])) as { device_id: number }[]).map(
      ({ device_id }) => device_id,
    );

  it.each([80, 140])('list devices under their counts on a terminal of %i columns', async (columns) => {
    const { code, stdout, stderr } = await ota.runOnTerminal(['devices', '--sort', 'device_id'], columns);
    expect([code, stderr]).toEqual([0, '']);
    const [summary, empty, header, ...rows] = stdout.trimEnd().split('\n');
    expect(summary).toMatch(/^6 devices: 2 up to date, /);
    expect(summary).toContain('1 rolled back');
    expect(empty).toBe('');
    expect(header).toMatch(/ID .*TYPE +VERSION .*STATUS +REASON +WANTS +SEEN/);
    expect(rows).toHaveLength(6);
    expect(rows[0]).toMatch(/1 .*sensor +1\.1\.0 .*up to date .*1 min/);
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(columns);
    if (columns === 140) {
      expect(header).toMatch(/NAME.*WANTS.*CHANNEL.*TAGS/);
      expect(rows[0]).toMatch(/beta +beta, lab$|beta +lab, beta$/);
    }
  });

  it('list what a filter finds, whose words need no quotes', async () => {
    const { stdout } = await ota.runOnTerminal(['devices', 'type:sensor', 'build:2'], 100);
    expect(stdout).toMatch(/^2 devices: 2 up to date\n\n/);
    expect(await names('type:lamp OR tag:beta')).toEqual([1, 0x246f28037e51]);
    expect((await ota.runOnTerminal(['devices', 'tag:none'])).stdout).toBe('No device matches.\n');
    const page = await ota.runOnTerminal(['devices', '--limit', '2']);
    expect(page.stdout).toContain('2 of 6 devices. Use --limit for more, or --all.');
    expect(json(await ota.run(['devices', '--all', '--sort', '-device_id']))).toHaveLength(6);
    const faulty = await ota.run(['devices', 'typ:x']);
    expect([faulty.code, faulty.stderr]).toEqual([1, expect.stringContaining('At character 1')]);
    const tsv = await ota.run(['devices', 'id:2', '--format', 'tsv']);
    expect(tsv.stdout.split('\n')[1]).toMatch(/^2\t\tsensor\t1\.1\.0\t2\tup_to_date\t/);
  });

  it.each([
    [['-seen:7d'], [0x246f28037e51]],
    [
      ['type:sensor', '-build:1', '--limit', '5'],
      [1, 2],
    ],
    [['--limit', '5', '-type:sensor'], [0x246f28037e51]],
    [['-(type:sensor', 'OR', 'build:2)'], [0x246f28037e51]],
    [
      ['-munich', 'build:1 type:sensor'],
      [4, 5],
    ],
    [['--', '-type:sensor'], [0x246f28037e51]],
  ])('list what the filter %j does not exclude', async (words, ids) => {
    const { stdout, stderr } = await ota.run(['devices', '--sort', '-device_id', ...words]);
    expect(stderr).toBe('');
    const found = (JSON.parse(stdout) as { device_id: number }[]).map(({ device_id }) => device_id);
    expect(found.reverse()).toEqual(ids);
  });

  it('export all that match, to the screen or to a file for its owner alone', async () => {
    const shown = await ota.run(['devices', 'type:sensor', '--output', '-']);
    expect(shown.stdout.split('\r\n')).toHaveLength(7);
    const file = join(home, 'fleet.csv');
    expect(await ota.run(['devices', 'type:sensor', '--output', file])).toMatchObject({
      code: 0,
      stderr: '',
    });
    expect(readFileSync(file, 'utf8')).toBe(shown.stdout);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const other = join(home, 'other.csv');
    expect((await ota.run(['devices', 'typ:x', '--output', other])).code).toBe(1);
    expect(existsSync(other)).toBe(false);
  });

  it.each([80, 140])('show one device with its attempts on a terminal of %i columns', async (columns) => {
    const { code, stdout } = await ota.runOnTerminal(['device', '3'], columns);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Status +failed|^Status +rolled back/);
    expect(stdout).toMatch(/Runs +1\.0\.0, build 1/);
    expect(stdout).toMatch(/Wants +1\.1\.0/);
    expect(stdout).toMatch(/Attributes +chip=ESP32-C3 rssi=-61/);
    expect(stdout).toMatch(/Last attempts:\n.*STATUS/);
    expect(stdout).toMatch(/1\.1\.0 +.*failed/);
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(columns);
    const lamp = await ota.runOnTerminal(['device', '24:6f:28:03:7e:51'], columns);
    expect(lamp.stdout).toMatch(/ID +40059831287377 \(24:6f:28:03:7e:51\)/);
    expect(lamp.stdout).toMatch(/No attempts\.\n$/);
    expect((await ota.run(['device', '99'])).stderr).toContain('DEVICE_NOT_FOUND');
    expect((await ota.run(['device'])).code).toBe(2);
  });

  it('change one device', async () => {
    const args = ['--name', 'Shelf', '--attr', 'floor=3', '--attr', 'wet=true', '--attr', 'chip=mine'];
    const changed = await ota.run(['device', 'update', '4', ...args, '--tags', 'b, a', '--channel', 'beta']);
    expect(json(changed)).toMatchObject({
      name: 'Shelf',
      channel: 'beta',
      tags: ['a', 'b'],
      attributes: { chip: 'mine', floor: 3, wet: true, rssi: -61 },
    });
    const cleared = await ota.run([
      'device',
      'update',
      '4',
      '--name',
      '',
      '--attr',
      'chip=',
      '--channel',
      '',
    ]);
    expect(json(cleared)).toMatchObject({ name: null, channel: 'stable', attributes: { chip: 'ESP32-C3' } });
    expect((await ota.run(['device', 'update', '4'])).stderr).toContain('nothing to change');
    expect((await ota.run(['device', 'update', '4', '--attr', 'x'])).code).toBe(2);
    expect((await ota.run(['device', 'update', '4', '--tags', 'A'])).stderr).toContain('VALIDATION_FAILED');
  });

  it('tag what a filter finds, after the count was confirmed', async () => {
    const asked = ota.begin(['tag', 'type:sensor', '+new', '-lab', '-yellow'], { columns: 80 });
    await eventually(async () => {
      await Promise.resolve();
      expect(asked.stderr).toContain('Change 5 devices that match type:sensor: add new, remove lab, yellow.');
    });
    asked.type('y\n');
    expect(await asked.outcome).toMatchObject({ code: 0, stdout: 'Changed 5 devices.\n' });
    expect(await names('tag:new -tag:lab')).toEqual([1, 2, 3, 4, 5]);
    const done = await ota.run(['tag', 'id:1..2', '--remove', 'new', '--channel', 'lab', '--yes']);
    expect(json(done)).toEqual({ changed: 2 });
    expect(await names('channel:lab -tag:new')).toEqual([1, 2]);
    const rest = await ota.run(['tag', 'type:sensor', '-channel:lab', '-new', '+old', '--yes']);
    expect(json(rest)).toEqual({ changed: 3 });
    expect(await names('tag:old -tag:new')).toEqual([3, 4, 5]);
  });

  it.each([
    [['tag', 'type:sensor', '+a'], 2, /needs --yes/],
    [['tag', 'type:sensor', '--yes'], 2, /nothing to change/],
    [['tag', '+a', '--yes'], 2, /Specify a filter/],
    [['tag', 'tag:none', '+a', '--yes'], 1, /No device matches/],
    [['tag', 'id:1', '+A', '--yes'], 1, /VALIDATION_FAILED/],
    [['forget', '--yes'], 2, /--every/],
    [['forget', 'id:1', '--every', '--yes'], 2, /--every/],
    [['forget', 'id:1'], 2, /needs --yes/],
    [['forget', 'tag:none', '--yes'], 1, /No device matches/],
    [['forget', '-seen:365d', '-tag:none', '--yes'], 1, /No device matches/],
    [['forget', 'type:sensor', '-f', '--yes'], 2, /unknown option '-f'/],
    [['forget', '8005', '--yes'], 2, /8005 alone finds every device.*write id:8005 for one device/],
    [['forget', 'type:lamp OR 24:6f:28:03:7e:51', '--yes'], 2, /write id:24:6f:28:03:7e:51 for/],
    [['tag', '246f28037e51', '+a', '--yes'], 2, /write id:246f28037e51 for/],
    [['forget', '"9"', '--yes'], 1, /No device matches/],
    [['forget', 'a "b', '--yes'], 1, /FILTER_INVALID/],
    [['device', 'blcok', '1'], 2, /unknown command 'blcok'.*ota device has .*block.*forget/s],
    [['device', 'blcok'], 2, /unknown command 'blcok'/],
    [['device', '1', '2'], 2, /too many arguments/],
    [['device', 'forget', '1'], 2, /needs --yes/],
    [['device', 'forget', '99', '--yes'], 1, /DEVICE_NOT_FOUND/],
    [['devices', 'import', '/nowhere.csv'], 1, /cannot be read/],
  ])('refuse %j with a reason', async (args, code, reason) => {
    const outcome = await ota.run(args);
    expect([outcome.code, outcome.stderr]).toEqual([code, expect.stringMatching(reason)]);
  });

  it(`import a table of ${LINES} lines in one go, or say which lines are faulty`, async () => {
    await app.database.query(
      `INSERT INTO device (id, device_type, current_version, current_build)
       SELECT id, 'tank', '1.0.0', 1 FROM generate_series(100001, 100000 + $1::int) AS id`,
      [LINES],
    );
    const file = join(home, 'in.csv');
    const lines = Array.from({ length: LINES }, (_, n) => `${100_001 + n},"Tank, ${n}",site,${n % 7}`);
    writeFileSync(file, ['id,name,tags,attr.floor', ...lines].join('\r\n'));
    expect(await ota.runOnTerminal(['devices', 'import', file])).toMatchObject({
      code: 0,
      stdout: `Changed ${LINES.toLocaleString('en')} devices.\n`,
    });
    expect(json(await ota.run(['device', String(100_000 + LINES)]))).toMatchObject({
      name: `Tank, ${LINES - 1}`,
      tags: ['site'],
    });
    writeFileSync(file, 'id,name\n100001,New\n7777,x\n');
    const refused = await ota.run(['devices', 'import', file]);
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringContaining('line 3: There is no device'),
    ]);
    expect(refused.stderr).toContain('no device was changed');
    expect(json(await ota.run(['device', '100001']))).toMatchObject({ name: 'Tank, 0' });
  });

  it('forget one device', async () => {
    await app.database.query("INSERT INTO device (id, device_type) VALUES (8005, 'door'), (80051, 'door')");
    const asked = ota.begin(['device', 'forget', '8005'], { columns: 80 });
    await eventually(async () => {
      await Promise.resolve();
      expect(asked.stderr).toContain('Delete device 8005 with its attempts.');
    });
    asked.type('y\n');
    expect(await asked.outcome).toMatchObject({ code: 0, stdout: 'Deleted device 8005.\n' });
    expect(await names('type:door')).toEqual([80051]);
    expect(await ota.run(['device', 'forget', '80051', '--yes'])).toMatchObject({ code: 0 });
  });

  it('forget what a filter finds, for admins', async () => {
    const people = new People(app);
    await people.create('opal', 'operator');
    const operator = new Ota({
      OTA_SERVER: app.url,
      OTA_TOKEN: await people.logIn('opal'),
      XDG_CONFIG_HOME: home,
    });
    const refused = await operator.run(['forget', 'type:tank', '--yes']);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('NOT_ALLOWED')]);
    const asked = ota.begin(['forget', 'type:tank'], { columns: 80 });
    await eventually(async () => {
      await Promise.resolve();
      expect(asked.stderr).toContain(`Delete ${LINES.toLocaleString('en')} devices that match type:tank,`);
    });
    asked.type('n\n');
    expect(await asked.outcome).toMatchObject({ code: 1 });
    const forgotten = await ota.runOnTerminal(['forget', 'type:tank', '--yes']);
    expect(forgotten.stdout).toBe(`Deleted ${LINES.toLocaleString('en')} devices.\n`);
    expect(await names('type:tank')).toEqual([]);
  });

  it('say after a simulation how to forget its devices', async () => {
    const fleet = ['--ids', '900000000..900000004', '--device-type', 'sensor'];
    const args = ['simulate', ...fleet, '--interval', '50ms', '--reboot', '10ms'];
    const run = await ota.runOnTerminal(args, 120);
    expect(run.stdout).toMatch(/Devices +5 in/);
    expect(run.stderr).toContain('To forget these devices: ota forget "id:900000000..900000004"');
    await eventually(async () => {
      expect(json(await ota.run(['devices', 'id:900000000..900000004']))).toHaveLength(5);
    });
    expect((await ota.run(['forget', 'id:900000000..900000004', '--yes'])).code).toBe(0);
    expect((await ota.run(['simulate', '--device-type', 'sensor'])).code).toBe(2);
    expect((await ota.run(['simulate', '--ids', '5..1', '--device-type', 'x'])).code).toBe(2);
    expect((await ota.run(['simulate', '--ids', '1..5', '--devices', '5', '--device-type', 'x'])).code).toBe(
      2,
    );
  });
});
