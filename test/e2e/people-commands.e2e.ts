import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../support/http-client.js';
import { PASSWORD, People } from '../support/people.js';
import { Ota } from '../support/run-ota.js';
import { ADMIN_PASSWORD, startTestApp, type TestApp } from '../support/test-app.js';

describe('the commands for users and tokens', () => {
  let app: TestApp;
  let home: string;
  let ota: Ota;
  let people: People;

  beforeAll(async () => {
    app = await startTestApp();
    people = new People(app);
    home = mkdtempSync(join(tmpdir(), 'ota-test-people-'));
    ota = new Ota({ OTA_SERVER: app.url, OTA_TOKEN: app.token, XDG_CONFIG_HOME: home, NO_COLOR: '1' });
  });
  afterAll(async () => {
    rmSync(home, { recursive: true });
    await app.close();
  });

  it('create, list, change and delete users', async () => {
    const made = await ota.run(['user', 'create', 'anna', '--role', 'operator'], `${PASSWORD}\n`);
    expect(made).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(made.stdout)).toMatchObject({ username: 'anna', role: 'operator' });
    expect((await people.tryToLogIn('anna')).status).toBe(200);

    const { stdout } = await ota.runOnTerminal(['user', 'list']);
    expect(stdout).toMatch(/^ID {2}NAME +ROLE +STATE +CREATED\n/);
    expect(stdout).toMatch(/anna +operator +active +just now/);
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);

    expect((await ota.run(['user', 'update', 'anna', '--no-active', '--role', 'viewer'])).code).toBe(0);
    expect((await people.tryToLogIn('anna')).status).toBe(401);
    const next = `${PASSWORD} later`;
    await ota.run(['user', 'update', 'anna', '--active', '--password', '--username', 'Anna'], `${next}\n`);
    expect((await people.tryToLogIn('Anna', next)).status).toBe(200);
    expect((await ota.run(['user', 'delete', 'Anna'])).code).toBe(2);
    expect((await ota.run(['user', 'delete', 'Anna', '--yes'])).code).toBe(0);
    expect((await people.tryToLogIn('Anna', next)).status).toBe(401);
  });

  it.each([
    [
      ['user', 'create', 'x', '--role', 'owner'],
      `${PASSWORD}\n`,
      1,
      /There is no role "owner".*ROLE_UNKNOWN/,
    ],
    [['user', 'create', 'x'], 'qwertyuiop\n', 1, /commonest.*PASSWORD_COMMON/],
    [['user', 'update', 'admin', '--role', 'viewer'], '', 1, /last active admin.*LAST_ADMIN/],
    [['user', 'update', 'admin'], '', 2, /nothing to change/],
    [['user', 'update', 'nobody', '--role', 'viewer'], '', 1, /There is no user "nobody"/],
    [['token', 'create', 'x', '--expires', 'soon'], '', 2, /90d/],
    [['token', 'create', 'x', '--expires', '2020-01-01'], '', 1, /which is past.*EXPIRY_IN_PAST/],
    [['token', 'revoke', 'ota_nonesuch'], '', 1, /No token begins with ota_none/],
    [['token', 'revoke', 'ota_'], '', 1, /by its id or by its beginning/],
  ])('refuse %j with a reason', async (args, stdin, code, reason) => {
    const outcome = await ota.run(args, stdin);
    expect(outcome.code).toBe(code);
    expect(outcome.stderr).toMatch(reason);
  });

  it('make a token that is alone on stdout, and revoke it by its beginning', async () => {
    const args = ['token', 'create', 'ci', '--role', 'operator', '--expires', '90d'];
    const { code, stdout, stderr } = await ota.run(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^ota_[0-9A-Za-z]{38}\n$/);
    const token = stdout.trim();
    const me = await people.me(token);
    expect(me.body).toMatchObject({ username: 'admin', role: 'operator', via: 'token', token_name: 'ci' });
    const withToken = new Ota({
      OTA_SERVER: app.url,
      OTA_TOKEN: token,
      XDG_CONFIG_HOME: home,
      NO_COLOR: '1',
    });
    expect((await withToken.runOnTerminal(['whoami'])).stdout).toMatch(/^By +the API token ci$/m);
    const days = (Date.parse(me.body.expires_at as string) - Date.now()) / 86_400_000;
    expect(Math.round(days)).toBe(90);

    const { stdout: table } = await ota.runOnTerminal(['token', 'list']);
    expect(table).toMatch(/^ID {2}TOKEN +NAME +USER +ROLE/);
    expect(table).toContain(`${token.slice(0, 8)}…  ci`);
    for (const line of table.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    expect((await ota.runOnTerminal(['token', 'revoke', token.slice(0, 8)])).stdout).toMatch(
      /is revoked\.\n$/,
    );
    expect((await people.me(token)).status).toBe(401);
  });

  it('print a token with what is about it on a terminal, and as JSON', async () => {
    const { stdout, stderr } = await ota.runOnTerminal(['token', 'create', 'on a terminal']);
    expect(stdout).toMatch(/^ota_\w{38}\n$/);
    expect(stderr.replace(/\s+/g, ' ')).toContain(
      'It has the role viewer, never expires, and is not shown again.',
    );
    const json = await ota.run(['token', 'create', 'as JSON', '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({ name: 'as JSON', role: 'viewer', expires_at: null });
  });

  it('do not guess which token is meant', async () => {
    const [one, two] = [await people.makeToken('one of two'), await people.makeToken('two of two')];
    const prefix = one.token.slice(0, 8);
    await app.database.query('UPDATE api_token SET token_prefix = $1 WHERE id = $2', [prefix, two.id]);
    const { code, stderr } = await ota.run(['token', 'revoke', prefix]);
    expect(code).toBe(1);
    expect(stderr).toContain(`2 tokens begin with ${prefix}: revoke one by its id.`);
    expect(stderr).toContain(`${one.id}  ${prefix}…  one of two of admin`);
    expect((await ota.run(['token', 'revoke', String(one.id)])).code).toBe(0);
    expect((await people.me(two.token)).status).toBe(200);
  });

  it('say who one is, and forget it', async () => {
    const own = new Ota({ OTA_SERVER: app.url, XDG_CONFIG_HOME: home, NO_COLOR: '1' });
    await own.run(['login'], `${ADMIN_PASSWORD}\n`);
    const { stdout } = await own.runOnTerminal(['whoami']);
    expect(stdout).toMatch(/^Server +http:[^\n]+\nUser +admin\nRole +admin\nBy +a login\nExpires +\d{4}-/);
    const file = join(home, 'ota/credentials.json');
    expect(existsSync(file)).toBe(true);
    expect((await own.runOnTerminal(['logout'])).stdout).toBe(`Logged out of ${app.url}.\n`);
    expect(readFileSync(file, 'utf8')).not.toContain('eyJ');
    expect((await own.run(['whoami'])).stderr).toContain('You are not logged in');
    expect((await own.runOnTerminal(['logout'])).stdout).toMatch(/^You were not logged in to /);
  });

  it("change one's own password, with which all logins end", async () => {
    await ota.run(['user', 'create', 'berta'], `${PASSWORD}\n`);
    const own = new Ota({ OTA_SERVER: app.url, XDG_CONFIG_HOME: home, NO_COLOR: '1' });
    const next = `${PASSWORD} changed`;
    await own.run(['login', '--username', 'berta'], `${PASSWORD}\n`);

    const unasked = await own.run(['password'], `${PASSWORD}\n`);
    expect(unasked).toMatchObject({ code: 1, stdout: '' });
    expect(unasked.stderr).toContain('pipe the current and the new password to stdin, a line each');
    const wrong = await own.run(['password'], `not ${PASSWORD}\n${next}\n`);
    expect(wrong.stderr).toContain('The current password is wrong. (401 INVALID_CREDENTIALS)');
    const asked = own.begin(['password'], { columns: 80 });
    for (const [question, answer] of [
      ['Current password: ', PASSWORD],
      ['New password: ', next],
      ['Repeat the password: ', next],
    ] as const) {
      await eventually(async () => {
        await Promise.resolve();
        if (!asked.stderr.endsWith(question)) throw new Error(`It says ${asked.stderr}`);
      });
      asked.type(`${answer}\n`);
    }
    const { code, stdout, stderr } = await asked.outcome;
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: 'Your password is changed. Log in again: ota login.\n',
    });
    expect(stdout + stderr).not.toContain(PASSWORD);
    expect((await own.run(['whoami'])).stderr).toContain('does not accept the token');
    expect((await people.tryToLogIn('berta', next)).status).toBe(200);
  });

  it('are in the help and the completion', async () => {
    const { stdout } = await ota.run(['--help']);
    expect(stdout).toMatch(/Manage access:\n +user +manage users\n +token +manage API tokens\n/);
    expect((await ota.run(['completion', 'bash'])).stdout).toMatch(/\buser\b.*\btoken\b/);
  });
});
