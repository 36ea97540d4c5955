import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ota } from '../support/run-ota.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

describe('the commands for groups', () => {
  let app: TestApp;
  let home: string;
  let ota: Ota;

  beforeAll(async () => {
    app = await startTestApp();
    await app.database.query(`INSERT INTO device (id, tags) VALUES (1, '{lab}'), (2, '{}'), (3, '{}')`);
    home = mkdtempSync(join(tmpdir(), 'ota-test-groups-'));
    ota = new Ota({ OTA_SERVER: app.url, OTA_TOKEN: app.token, XDG_CONFIG_HOME: home, NO_COLOR: '1' });
  });
  afterAll(async () => {
    rmSync(home, { recursive: true });
    await app.close();
  });

  const file = (name: string, text: string): string => {
    const path = join(home, name);
    writeFileSync(path, text);
    return path;
  };

  it('create, show, list, change and delete them', async () => {
    expect((await ota.runOnTerminal(['group', 'list'])).stdout).toMatch(/^No groups\. To create one/);
    const made = await ota.runOnTerminal(['group', 'create', 'Lab', '--filter', 'tag:lab']);
    expect(made.stdout).toBe('Created the group Lab (1 device, filter tag:lab).\n');
    await ota.run(['group', 'create', 'Pilots', '--description', 'First to update']);
    const { stdout } = await ota.runOnTerminal(['group', 'list']);
    expect(stdout).toMatch(/^ID {2}NAME +DEVICES {2}FILTER +DESCRIPTION +CHANGED\n/);
    expect(stdout).toMatch(/Lab +1 {2}tag:lab/);
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    const changed = await ota.run(['group', 'update', 'LAB', '--filter', '-tag:lab', '--name', 'Field']);
    expect(JSON.parse(changed.stdout)).toMatchObject({ name: 'Field', filter: '-tag:lab', count: 2 });
    expect((await ota.runOnTerminal(['group', 'show', 'pilots'])).stdout).toBe(
      'Pilots (0 devices).\nFirst to update\n',
    );
    expect((await ota.run(['group', 'delete', 'field'])).code).toBe(2);
    expect((await ota.run(['group', 'delete', 'field', '--yes'])).code).toBe(0);
    expect(JSON.parse((await ota.run(['group', 'list'])).stdout)).toHaveLength(1);
  });

  it('set and write their members as tables', async () => {
    await ota.run(['group', 'create', 'Table']);
    const csv = file('in.csv', 'device_id,name\n3,c\n00:00:00:00:00:01,a\n');
    const set = await ota.runOnTerminal(['group', 'members', 'Table', '--csv', csv]);
    expect(set.stdout).toBe('The group Table has 2 devices.\n');
    expect((await ota.runOnTerminal(['group', 'members', 'Table'])).stdout).toBe('1\n3\n');
    expect(JSON.parse((await ota.run(['group', 'members', 'Table'])).stdout)).toEqual({ device_ids: [1, 3] });
    const out = join(home, 'out.csv');
    expect((await ota.run(['group', 'members', 'Table', '--out', out])).code).toBe(0);
    expect(readFileSync(out, 'utf8')).toBe('device_id\n1\n3\n');
    expect((await ota.run(['group', 'members', 'Table', '--out', out])).stderr).toMatch(/cannot be written/);
    const wrong = file('wrong.csv', 'device_id\n1\n77\n');
    const refused = await ota.run(['group', 'members', 'Table', '--csv', wrong]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/the group has not changed[^]*line 3: There is no device with the id 77/);
    expect((await ota.runOnTerminal(['group', 'members', 'Table'])).stdout).toBe('1\n3\n');
  });

  it.each([
    [['group', 'create', 'x', '--filter', 'version:<abc'], 1, /At character 9.*FILTER_INVALID/],
    [['group', 'show', 'nobody'], 1, /There is no group "nobody"/],
    [['group', 'update', 'nobody'], 2, /nothing to change/],
    [['group', 'members', 'x', '--csv', 'nonesuch.csv'], 1, /cannot be read/],
    [['group', 'members', 'x', '--csv', 'a', '--out', 'b'], 2, /either --csv or --out/],
  ])('refuse %j with a reason', async (args, code, reason) => {
    const outcome = await ota.run(args);
    expect(outcome.code).toBe(code);
    expect(outcome.stderr).toMatch(reason);
    expect(existsSync('b')).toBe(false);
  });
});
