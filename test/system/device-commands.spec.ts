import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newEnrollmentKey } from '../../src/domain/enrollment-key.js';
import type { Summary } from '../../src/cli/simulate/summary.js';
import { Client, someBytes } from '../support/http-client.js';
import { Ota } from '../support/run-ota.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

describe('the commands for the identities of devices', () => {
  let app: TestApp;
  let home: string;
  let ota: Ota;

  beforeAll(async () => {
    app = await startTestApp({ env: { DEVICE_AUTH: 'required' } });
    await new Client(app).publish(someBytes(100), { version: '2.0.0' });
    home = mkdtempSync(join(tmpdir(), 'ota-test-devices-'));
    ota = new Ota({ OTA_SERVER: app.url, OTA_TOKEN: app.token, XDG_CONFIG_HOME: home });
  });
  afterAll(async () => {
    rmSync(home, { recursive: true });
    await app.close();
  });

  const newKey = async (...more: string[]): Promise<string> => {
    const { stdout } = await ota.runOnTerminal(['enroll-key', 'create', '--device-type', 'sensor', ...more]);
    return stdout.trim();
  };
  const simulate = async (key: string, firstId: string): Promise<Summary> => {
    const fleet = ['--devices', '5', '--device-type', 'sensor', '--interval', '50ms', '--reboot', '10ms'];
    const { stdout } = await ota.run(['simulate', ...fleet, '--first-id', firstId, '--enroll-key', key]);
    return JSON.parse(stdout) as Summary;
  };

  it('make tokens from a table, in a file for its owner alone', async () => {
    const [csv, out] = [join(home, 'in.csv'), join(home, 'out.csv')];
    const lines = Array.from({ length: 10_000 }, (_, index) => `${1_000_000 + index},sensor`);
    writeFileSync(csv, ['device_id,device_type', ...lines].join('\r\n'));
    const { code, stderr } = await ota.run(['devices', 'token', '--csv', csv, '--out', out]);
    expect([code, stderr]).toEqual([0, '']);
    const made = readFileSync(out, 'utf8').trim().split('\n');
    expect([made.length, made[0]]).toEqual([10_001, 'device_id,device_type,device_token']);
    expect(made[10_000]).toMatch(/^1009999,sensor,otad_[\w-]{40}$/);
    expect(statSync(out).mode & 0o777).toBe(0o600);
  });

  it('write the ids as the table has them', async () => {
    const [csv, out] = [join(home, 'macs.csv'), join(home, 'macs-out.csv')];
    writeFileSync(
      csv,
      'device_id,device_type\n24:6F:28:09:7e:51,sensor\n"24-6f-28-09-7e-52",sensor\n7,sensor\n',
    );
    expect((await ota.run(['devices', 'token', '--csv', csv, '--out', out])).stderr).toBe('');
    const ids = readFileSync(out, 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split(',')[0]);
    expect(ids).toEqual(['device_id', '24:6F:28:09:7e:51', '24-6f-28-09-7e-52', '7']);
  });

  it('list all faulty lines of a table, and write nothing; a file that exists is kept', async () => {
    const [csv, out] = [join(home, 'bad.csv'), join(home, 'kept.csv')];
    writeFileSync(csv, 'device_id,device_type\n0,sensor\n1,sensor\n1,sensor\n');
    const { code, stderr } = await ota.run(['devices', 'token', '--csv', csv, '--out', out]);
    expect(code).toBe(1);
    expect(stderr).toContain('line 2:');
    expect(stderr).toContain('line 4:');
    expect((await readdir(home)).filter((name) => name.startsWith('kept'))).toEqual([]);

    writeFileSync(out, 'kept');
    const again = await ota.run(['devices', 'token', '--csv', csv, '--out', out]);
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('exists already')]);
    expect(readFileSync(out, 'utf8')).toBe('kept');
  });

  it.each([
    ['without a key', [], 'DEVICE_UNAUTHENTICATED'],
    ['with a wrong key', ['--enroll-key', newEnrollmentKey()], 'ENROLLMENT_KEY_INVALID'],
  ])('end a simulation %s with one sentence', async (_name, more, code) => {
    const fleet = ['--devices', '5', '--device-type', 'sensor', '--interval', '50ms', '--reboot', '10ms'];
    const outcome = await ota.run(['simulate', ...fleet, '--first-id', '900', ...more]);
    expect(outcome).toMatchObject({ code: 1, stdout: '' });
    expect(outcome.stderr).toMatch(new RegExp(`The server refuses the devices: .*\\(${code}\\)\n`));
    expect(outcome.stderr).toContain('ota enroll-key create --device-type sensor');
  });

  it('revoke a key by its id, its name or its beginning', async () => {
    const [byName, byBeginning] = [await newKey('--name', 'line 1'), await newKey('--name', 'line 2')];
    await newKey('--name', 'line 3');
    await newKey('--name', 'line 3');
    expect(await ota.run(['enroll-key', 'revoke', 'line 1'])).toMatchObject({ code: 0 });
    expect(await ota.run(['enroll-key', 'revoke', byBeginning])).toMatchObject({ code: 0 });
    for (const key of [byName, byBeginning])
      expect((await ota.run(['enroll-key', 'list'])).stdout).toMatch(
        new RegExp(`"key_prefix":"${key.slice(0, 12)}"[^}]*"revoked_at":"`),
      );
    const again = await ota.run(['enroll-key', 'revoke', byBeginning]);
    expect(again.stderr).toContain(`has the name or the beginning ${byBeginning.slice(0, 12)}.`);
    expect(again.stderr).not.toContain(byBeginning);
    const either = await ota.run(['enroll-key', 'revoke', 'line 3']);
    expect([either.code, either.stderr]).toEqual([1, expect.stringContaining('revoke one by its id')]);
  });

  it('let simulated devices enrol and update, and wait where a key says so', async () => {
    const enrolled = await simulate(await newKey(), '1');
    expect([enrolled.errors, enrolled.versions]).toEqual([{}, { '2.0.0 build 1': 5 }]);
    const key = await newKey('--require-acceptance');
    const waiting = await simulate(key, '24:6f:28:03:7e:51');
    expect([waiting.errors, waiting.reasons]).toEqual([{}, { device_pending: 5 }]);
    const accepted = await ota.runOnTerminal(['device', 'accept', '24:6f:28:03:7e:51']);
    expect([accepted.code, accepted.stdout]).toEqual([0, `Device 40059831287377 is accepted.\n`]);
    expect((await simulate(key, '24:6f:28:03:7e:51')).reasons).toEqual({ device_pending: 4, up_to_date: 1 });
  });

  it('list and revoke keys, and block and reset devices', async () => {
    const key = await newKey('--name', 'Line 3', '--max-devices', '2', '--expires', '30d');
    const list = await ota.runOnTerminal(['enroll-key', 'list'], 200);
    expect(list.stdout).toMatch(/Line 3 +sensor +0 of 2/);
    expect(list.stdout).not.toContain(key);
    const keys = JSON.parse((await ota.run(['enroll-key', 'list'])).stdout) as { id: number }[];
    expect((await ota.run(['enroll-key', 'revoke', String(keys[0]?.id)])).code).toBe(0);
    for (const args of [
      ['block', '1'],
      ['unblock', '1'],
      ['token', '1', '--revoke'],
      ['token', '1'],
    ])
      expect([args, (await ota.run(['device', ...args])).code]).toEqual([args, 0]);
    expect((await ota.run(['device', 'token', '1', '--reset', '--revoke'])).code).toBe(2);
    expect((await ota.run(['device', 'block', 'x'])).code).toBe(2);
  });
});
