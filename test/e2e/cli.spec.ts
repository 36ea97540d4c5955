import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JwtService } from '@nestjs/jwt';
import type { Summary } from '../../src/cli/simulate/summary.js';
import { Client, eventually } from '../support/http-client.js';
import { startNarrowWay } from '../support/narrow-way.js';
import { Ota, OtaProcess } from '../support/run-ota.js';
import { ADMIN_PASSWORD, startTestApp, type TestApp } from '../support/test-app.js';

const IMAGE = 'test/fixtures/esp-images/scales_bridge_tab5-1.0.0-esp32p4.bin';
const TYPE = 'scales_bridge_tab5';
const UPLOAD = ['upload', '--file', IMAGE, '--device-type', TYPE, '--version', '1.0.0'];

describe('ota', () => {
  let app: TestApp;
  let client: Client;
  let home: string;
  let ota: Ota;
  let web: Server;

  /** What the server sends for a request of an admin, as text. */
  const sent = async (path: string): Promise<string> => (await client.admin('GET', path)).bytes.toString();

  beforeAll(async () => {
    app = await startTestApp();
    client = new Client(app);
    home = mkdtempSync(join(tmpdir(), 'ota-test-cli-'));
    ota = new Ota({ OTA_SERVER: app.url, OTA_TOKEN: app.token, XDG_CONFIG_HOME: home });
    web = createServer((request, response) => {
      if (request.url === '/moved/api/ota/admin/firmware')
        response.writeHead(301, { Location: 'https://x/' });
      else response.setHeader('Content-Type', 'text/html');
      response.end('<html>Welcome</html>');
    }).listen(0, '127.0.0.1');
  });
  afterAll(async () => {
    web.close();
    rmSync(home, { recursive: true });
    await app.close();
  });

  describe('on a pipe prints what the server sent', () => {
    it('from the upload to the logs', async () => {
      const upload = await ota.run(UPLOAD);
      expect(upload).toMatchObject({ code: 0, stderr: '' });
      const stored = JSON.parse(upload.stdout) as Record<string, string>;
      const facts = ['filename', 'file_size', 'file_hash', 'binary_path'].flatMap((name) => [
        `--${name.replaceAll('_', '-')}`,
        String(stored[name]),
      ]);
      const about = ['--device-type', TYPE, '--version', '1.0.0', '--build', '1', '--description', 'First'];
      const registered = await ota.run([
        'register',
        ...about,
        ...facts,
        '--release-notes',
        'All',
        '--stable',
      ]);
      expect(registered).toMatchObject({ code: 0, stderr: '' });
      expect(JSON.parse(registered.stdout)).toMatchObject({
        id: 1,
        is_stable: true,
        description: 'First',
        release_notes: 'All',
      });
      await client.report({ firmware_id: 1, status: 'failed', error_message: 'no \x1b[31mpower\x07' });

      const answers = await Promise.all([
        ota.run(['get', '--id', '1', '--json']),
        ota.run(['list', '--device-type', TYPE, '--limit', '5', '--server', app.url]),
        ota.run(['logs', '--device-id', '123', '--firmware-id', '1', '--status', 'failed', '--limit', '5']),
        ota.run(['list', '--skip', '1']),
      ]);
      expect(answers.map(({ code, stderr }) => [code, stderr])).toEqual(answers.map(() => [0, '']));
      expect(answers.map(({ stdout }) => stdout)).toEqual([
        `${await sent('/firmware/1')}\n`,
        `${await sent('/firmware')}\n`,
        `${await sent('/logs')}\n`,
        '[]\n',
      ]);
    });

    it('changes only what is given; an empty text clears', async () => {
      const change = ['update', '--id', '1', '--no-stable', '--min-version', '0.9.0', '--description', ''];
      expect(JSON.parse((await ota.run(change)).stdout)).toMatchObject({
        is_stable: false,
        is_active: true,
        min_current_version: '0.9.0',
        description: null,
        release_notes: 'All',
      });
      expect(await ota.run(['deactivate', '--id', '1'])).toMatchObject({
        code: 0,
        stdout: '{"success":true,"message":"Firmware deactivated"}\n',
      });
      const back = ['update', '--id', '1', '--stable', '--active', '--min-version', ''];
      expect(JSON.parse((await ota.run(back)).stdout)).toMatchObject({
        is_stable: true,
        is_active: true,
        min_current_version: null,
      });
    });
  });

  describe('on a terminal prints for people', () => {
    it('a progress bar for an upload, and what became of it', async () => {
      const { code, stdout } = await ota.runOnTerminal(UPLOAD);
      expect(code).toBe(0);
      expect(stdout).toMatch(
        /esp32p4\.bin \[ +\] 0% .*\[=+\] 100% 328 KB of 328 KB [\d.]+ \wB\/s 0:00 left/s,
      );
      expect(stdout).toMatch(/Binary path {2}scales_bridge_tab5\/v1\.0\.0\.bin/);
    });

    it.each([
      [
        ['list'],
        /ID {2}DEVICE TYPE +VERSION {2}BUILD {2}STATE +SIZE {2}RELEASED\n 1 {2}scales_bridge_tab5 {2}1\.0\.0 +1 {2}stable/,
      ],
      [['get', '--id', '1'], /Version +1\.0\.0, build 1\nState +stable\n/],
      [['logs'], /ID {2}DEVICE .*\n 1 +123 +1 {2}failed .*no \\u\{1b\}\[31mpower/],
      [['logs', '--device-id', '5'], /^No attempts\.\n$/],
      [['update', '--id', '1', '--stable'], /State +stable/],
      [['list', '--json'], /^\[\{"id":1,/],
      [['--help'], /upload +.*put an image into the firmware store/],
    ])('%j', async (args, expected) => {
      const { code, stdout } = await ota.runOnTerminal(args);
      expect(code).toBe(0);
      expect(stdout).toMatch(expected);
    });

    it('no line is wider than the terminal', async () => {
      const { stdout } = await ota.runOnTerminal(['list'], 50);
      expect(stdout).toContain('…');
      for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(50);
    });
  });

  describe('login', () => {
    const withoutToken = () => new Ota({ OTA_SERVER: app.url, XDG_CONFIG_HOME: home });

    it('asks without showing the password, and keeps the token for this user alone', async () => {
      const login = withoutToken().startOnTerminal(['login']);
      await login.printed((stdout) => stdout.includes('Password of admin: '));
      login.type(`${ADMIN_PASSWORD}\r`);
      const { code, stdout } = await login.outcome;
      expect(stdout).toMatch(/Logged in to http:\/\/127\.0\.0\.1:\d+ as admin until \d{4}-/);
      expect(stdout).not.toContain(ADMIN_PASSWORD);
      expect(code).toBe(0);
      const file = join(home, 'ota', 'credentials.json');
      expect(statSync(file).mode & 0o777).toBe(0o600);
      expect(Object.keys(JSON.parse(readFileSync(file, 'utf8')) as object)).toEqual([app.url]);
      expect(await withoutToken().run(['list'])).toMatchObject({ code: 0 });
    });

    it('reads the password from a pipe, and prints the token there', async () => {
      const { code, stdout } = await withoutToken().run(
        ['login', '--username', 'admin'],
        `${ADMIN_PASSWORD}\n`,
      );
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ token_type: 'Bearer', expires_in: 43200 });
      expect(await withoutToken().run(['login'], 'wrong\n')).toMatchObject({
        code: 1,
        stdout: '',
        stderr: expect.stringContaining('INVALID_CREDENTIALS'),
      });
      expect(await withoutToken().run(['login'])).toMatchObject({ code: 1, stdout: '' });
    });

    it('says how, to whoever has not', async () => {
      const stranger = new Ota({ OTA_SERVER: app.url, XDG_CONFIG_HOME: join(home, 'nobody') });
      const { code, stderr } = await stranger.run(['list']);
      expect(code).toBe(1);
      expect(stderr).toContain(
        `You are not logged in to ${app.url}.\n     Log in: ota login --server ${app.url}`,
      );
    });
  });

  describe('fails with a reason on stderr', () => {
    const html = () => `http://127.0.0.1:${(web.address() as AddressInfo).port}`;
    const expired = () => app.nest.get(JwtService, { strict: false }).sign({ sub: '1' }, { expiresIn: -60 });
    const upload = (file: string) => ['upload', '--file', file, '--device-type', 'a', '--version', '1.0.0'];

    it.each([
      [2, () => ['lsit'], /unknown command 'lsit'\n +\(Did you mean list\?\)/],
      [
        2,
        () => ['list', '--deviec-type', 'x'],
        /unknown option '--deviec-type'\n +\(Did you mean --device-type\?\)/,
      ],
      [2, () => ['get'], /required option '--id <number>' not specified/],
      [2, () => ['get', '--id', '1.5'], /'1\.5' is invalid\. It must be a whole number from 1 on\./],
      [2, () => ['logs', '--status', 'done'], /Allowed choices are pending, downloading/],
      [2, () => ['update', '--id', '1'], /nothing to change/],
      [2, () => ['list', '--server', 'localhost:8000'], /"localhost:8000" is no address of a server/],
      [1, () => upload(join(home, 'none.bin')), /none\.bin: there is no such file/],
      [1, () => upload(home), /it is not a file/],
      [
        1,
        () => ['get', '--id', '77'],
        /no firmware with the id 77\. \(404 FIRMWARE_NOT_FOUND\)\n +ota list shows/,
      ],
      [1, () => ['list', '--admin-token', 'x'], /\(401 UNAUTHENTICATED\)\n +Log in again: ota login/],
      [1, () => ['list', '--token', expired()], /\(401 UNAUTHENTICATED\)\n +Log in again: ota login/],
      [
        1,
        () => ['list', '--server', 'http://127.0.0.1:1'],
        /Cannot reach http:\/\/127\.0\.0\.1:1: nothing listens there\.\n +Is the server running/,
      ],
      [
        1,
        () => ['list', '--server', 'http://nowhere.invalid'],
        /Cannot reach http:\/\/nowhere\.invalid: its name/,
      ],
      [1, () => ['list', '--server', html()], /does not answer as an OTA server does: 200 and text\/html/],
      [1, () => ['list', '--server', `${html()}/moved`], /sends 301 to https:\/\/x\/\./],
    ])('exit %i: %#', async (expected, args, reason) => {
      const { code, stdout, stderr } = await ota.run(args());
      expect(stderr).toMatch(reason);
      expect([code, stdout]).toEqual([expected, '']);
    });

    it('names the flag for what is registered already', async () => {
      const again = ['--file-size', '327920', '--filename', 'x.bin', '--binary-path', `${TYPE}/v1.0.0.bin`];
      const { file_hash } = JSON.parse(await sent('/firmware/1')) as { file_hash: string };
      const about = ['--device-type', TYPE, '--version', '1.0.0', '--build', '1', '--file-hash', file_hash];
      const { code, stderr } = await ota.run(['register', ...about, ...again]);
      expect(code).toBe(1);
      expect(stderr).toMatch(/409 FIRMWARE_EXISTS\)\n +Publish it with a higher --build/);
    });

    it('says nothing when nobody reads on', async () => {
      const list = ota.start(['list']);
      list.child.stdout?.destroy();
      expect(await list.outcome).toMatchObject({ code: 0, stderr: '' });
    });
  });

  it('follows the logs until Ctrl-C', async () => {
    const follow = ota.start(['logs', '--follow', '--every', '100ms', '--device-id', '9']);
    for (const status of ['downloading', 'installing', 'success']) {
      await client.report({ device_id: 9, firmware_id: 1, status });
      await follow.printed((stdout) => {
        return stdout.includes(`"status":"${status}"`);
      });
    }
    follow.child.kill('SIGINT');
    expect(await follow.outcome).toMatchObject({ code: 130, stderr: '' });
  });

  it('completes commands and options in bash', async () => {
    const script = join(home, 'completion.bash');
    const { stdout } = await ota.run(['completion', 'bash']);
    const complete = (words: string) =>
      `COMP_WORDS=(${words}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _ota; echo "\${COMPREPLY[*]}"`;
    writeFileSync(
      script,
      `${stdout}\n${complete('ota logi')}\n${complete('ota logs --status s')}\n${complete('ota get --i')}`,
    );
    const bash = new OtaProcess('bash', [script], {});
    expect(await bash.outcome).toEqual({ code: 0, stdout: 'login\nsuccess\n--id\n', stderr: '' });
  });

  it('leaves nothing on the server when an upload is interrupted', async () => {
    const narrow = await startNarrowWay(app.url, 64 * 1024);
    const upload = ota.start([...UPLOAD, '--server', narrow.url]);
    await eventually(async () => {
      expect(await readdir(join(app.config.firmwareStore, '.uploads'))).toHaveLength(1);
    });
    upload.child.kill('SIGINT');
    expect(await upload.outcome).toEqual({ code: 130, stdout: '', stderr: '' });
    await eventually(async () => {
      expect(await readdir(join(app.config.firmwareStore, '.uploads'))).toHaveLength(0);
    });
    narrow.close();
  });

  it('runs as npx ota in the checkout', async () => {
    const npx = new OtaProcess('npx', ['ota', '-V'], { HOME: home });
    expect(await npx.outcome).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });

  describe('reads images', () => {
    const C3 = 'test/fixtures/esp-images/scales_bridge-1.0.0-esp32c3.bin';

    it('to publish them as what they say that they are', async () => {
      const { code, stdout, stderr } = await ota.run(['release', '--file', C3, '--build', '7']);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      const { id, ...firmware } = JSON.parse(stdout) as { id: number };
      expect(firmware).toMatchObject({ device_type: 'scales_bridge', version: '1.0.0', build_number: 7 });
      expect(await ota.run(['verify', '--id', String(id)])).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/^\{"success":true,"firmware_id":/),
      });
    });

    it('asks before a release is stable, and takes nothing but a yes', async () => {
      const args = ['release', '--file', C3, '--build', '8', '--stable'];
      expect(await ota.run(args)).toMatchObject({ code: 2, stderr: expect.stringContaining('--yes') });
      const release = ota.startOnTerminal(args);
      await release.printed((stdout) => stdout.includes('[y/N]'));
      release.type('n\r');
      expect(await release.outcome).toMatchObject({
        code: 1,
        stdout: expect.stringContaining('Nothing was published'),
      });
      expect(await ota.run([...args, '--yes'])).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('"is_stable":true'),
      });
    });

    it('names the flag that overrides', async () => {
      const upload = ['upload', '--file', C3, '--device-type', 'scales_bridge', '--version', '3.0.0'];
      expect(await ota.run(upload)).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/422 IMAGE_VERSION_MISMATCH\)\n +.*--allow-version-mismatch/),
      });
      expect(await ota.run([...upload, '--allow-version-mismatch'])).toMatchObject({ code: 0 });
    });

    it('to inspect them without a server', async () => {
      const [page, whole] = await Promise.all([
        ota.runOnTerminal(['inspect', C3]),
        ota.run(['inspect', C3, '--server', 'http://127.0.0.1:1']),
      ]);
      expect(page.stdout).toMatch(/Chip +ESP32-C3.*\nProject +scales_bridge\nVersion +1\.0\.0\n/);
      expect(JSON.parse(whole.stdout)).toMatchObject({ kind: 'application', application: { chip_id: 5 } });
      const cut = join(home, 'cut.bin');
      writeFileSync(cut, readFileSync(C3).subarray(0, 5000));
      expect(await ota.run(['inspect', cut])).toMatchObject({
        code: 1,
        stdout: expect.stringContaining('"kind":"refused"'),
        stderr: expect.stringContaining('IMAGE_TRUNCATED'),
      });
    });
  });

  describe('simulate', () => {
    const args = (...more: string[]) => {
      const fleet = ['--devices', '40', '--device-type', TYPE, '--from', '0.9.0', '--interval', '500ms'];
      return ['simulate', ...fleet, '--reboot', '100ms', '--compare-logs', ...more];
    };

    it('updates a fleet, and finds its attempts in the logs row for row', async () => {
      const mishaps = ['--failure-rate', '0.3', '--no-report', '0.2', '--seed', '3', '--first-id', '1000'];
      const { code, stdout, stderr } = await ota.run(args(...mishaps));
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      const summary = JSON.parse(stdout) as Summary;
      expect(summary).toMatchObject({
        devices: 40,
        versions: { '1.0.0 build 1': 40 },
        reasons: { up_to_date: 40 },
        errors: {},
        logs: { differ: [] },
      });
      const { success = 0, failed = 0, pending = 0 } = summary.attempts;
      expect(success + pending).toBe(40);
      expect(pending).toBeGreaterThan(0);
      expect(failed).toBeGreaterThan(0);
      expect(summary.logs).toMatchObject({
        rows: success + failed + pending,
        agree: success + failed + pending,
      });
      const rows = await app.database.query(
        'SELECT status, count(*)::int FROM device_ota_log WHERE device_id >= 1000 GROUP BY status',
      );
      expect(Object.fromEntries(rows.map(({ status, count }) => [status, count]))).toEqual(summary.attempts);
    });

    it('shows on a terminal how far they are', async () => {
      const { code, stdout } = await ota.runOnTerminal(args('--first-id', '2000'));
      expect(code).toBe(0);
      expect(stdout).toMatch(/Devices +waiting: 40/);
      expect(stdout).toMatch(/Run now +1\.0\.0 build 1: 40\n[^]*Logs +40 rows, all as expected/);
    });

    it('says what went wrong that was not asked for', async () => {
      const nowhere = ['--server', 'http://127.0.0.1:1', '--duration', '300ms', '--interval', '100ms'];
      const { code, stdout, stderr } = await ota.run([
        'simulate',
        '--devices',
        '2',
        '--device-type',
        TYPE,
        ...nowhere,
      ]);
      expect(code).toBe(1);
      expect(Object.keys((JSON.parse(stdout) as Summary).errors)).toEqual(['check: nothing listens there']);
      expect(stderr).toContain('errors that nobody asked for');
    });
  });
});
