import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Summary } from '../../src/cli/simulate/summary.js';
import { isPrivateWay } from '../../src/cli/commands/login.js';
import { AccessTokens } from '../../src/auth/jwt/access-tokens.js';
import { anEspImage } from '../support/esp-image-builder.js';
import { Client, eventually } from '../support/http-client.js';
import { startNarrowWay } from '../support/narrow-way.js';
import { Ota, OtaProcess } from '../support/run-ota.js';
import { screenOf } from '../support/terminal-screen.js';
import { ADMIN_PASSWORD, startTestApp, type TestApp } from '../support/test-app.js';

const IMAGE = 'test/fixtures/esp-images/scales_bridge_tab5-1.0.0-esp32p4.bin';
const TYPE = 'scales_bridge_tab5';
const UPLOAD = ['upload', '--file', IMAGE, '--device-type', TYPE, '--version', '1.0.0'];

const C3 = 'test/fixtures/esp-images/scales_bridge-1.0.0-esp32c3.bin';
const RELEASE_C3 = ['release', '--file', C3];

describe('ota', () => {
  let app: TestApp;
  let client: Client;
  let home: string;
  let ota: Ota;
  let web: Server;

  const environment = () => ({ OTA_SERVER: app.url, OTA_TOKEN: app.token, XDG_CONFIG_HOME: home });

  /** What the server sends for a request of an admin, as text. */
  const sent = async (path: string): Promise<string> => (await client.admin('GET', path)).bytes.toString();

  beforeAll(async () => {
    app = await startTestApp();
    client = new Client(app);
    home = mkdtempSync(join(tmpdir(), 'ota-test-cli-'));
    ota = new Ota(environment());
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

  it('says that nothing is wrong with a store where nothing is', async () => {
    const { code, stdout } = await ota.runOnTerminal(['store', 'check']);
    expect(code).toBe(0);
    expect(stdout).toContain('Every firmware has its file, and every file belongs to a firmware.\n');
  });

  it('refuses a new password that is too short before it asks again', async () => {
    const question = ota.startOnTerminal(['admin', 'password']);
    await question.shows(/New password:\s*$/);
    question.type('short\r');
    expect((await question.outcome).code).toBe(1);
    const screen = screenOf(question.stdout, 80);
    expect(screen).toContain('ota: The password must have at least 10 characters.');
    expect(screen).not.toContain('Repeat the password');
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
      const change = [
        'update',
        '--id',
        '1',
        '--no-stable',
        '--min-version',
        '0.9.0',
        '--description',
        '',
        '--yes',
      ];
      expect(JSON.parse((await ota.run(change)).stdout)).toMatchObject({
        is_stable: false,
        is_active: true,
        min_current_version: '0.9.0',
        description: null,
        release_notes: 'All',
      });
      expect(await ota.run(['deactivate', '--id', '1', '--yes'])).toMatchObject({
        code: 0,
        stdout: '{"success":true,"message":"Firmware deactivated"}\n',
      });
      const back = ['update', '1', '--stable', '--active', '--min-version', '', '--yes'];
      expect(JSON.parse((await ota.run(back)).stdout)).toMatchObject({
        is_stable: true,
        is_active: true,
        min_current_version: null,
      });
    });
  });

  describe('on a terminal prints for people', () => {
    it('a progress bar for an upload, and what became of it', async () => {
      const upload = ota.startOnTerminal(UPLOAD);
      expect((await upload.outcome).code).toBe(0);
      expect(upload.stdout).toMatch(/ \[ +\] {3}0% /);
      const screen = screenOf(upload.stdout, 80);
      expect(screen).toMatch(
        /^scales_bridge_.*… \[=+\] 100% 328 KB of 328 KB [\d.]+ \wB\/s 0:00 left\nUploaded/,
      );
      expect(screen).toMatch(/\nImage +scales_bridge_tab5 1\.0\.0 for ESP32-P4, ESP-IDF v/);
      expect(screen).toMatch(/\nBinary path {2}scales_bridge_tab5\/v1\.0\.0\.bin/);
    });

    it.each([
      [
        ['list'],
        /ID {2}DEVICE TYPE +VERSION {2}BUILD {2}STATE +RELEASED +SIZE.*\n 1 {2}scales_bridge_tab5 {2}1\.0\.0 +1 {2}stable {2}\S.*ago|now/,
      ],
      [['get', '--id', '1'], /Version +1\.0\.0, build 1\nState +stable\n/],
      [['get', '1'], /Created +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0[12]:00 \(.*(ago|now)\)\n/],
      [['get', '1', '--utc'], /Created +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\n/],
      [['logs'], / +DEVICE .*VERSION .*UPDATED +ERROR\n.*123 .*1\.0\.0 .*failed .*no \\u\{1b\}\[31mpower/],
      [['logs', '--device-id', '0x5'], /^No matching attempts\.\n$/],
      [['update', '--id', '1', '--stable'], /State +stable/],
      [['list', '--json'], /^\[\{"id":1,/],
      [['logs', '--json'], /"no \\u001b\[31mpower\\u0007"/],
      [
        ['logs', '--format', 'tsv'],
        /^id\tdevice_id\tfirmware_id\t.*\terror_message\n1\t123\t1\tfailed\t.*\tno \\u\{1b\}/,
      ],
      [['--help'], /\nPublish:\n.*\n {2}upload +upload an image to the firmware store[^]*\nExamples:\n/],
      [[], /^Usage: ota <command> \[options\]\n/],
      [['help', 'logs'], /--every <time> .*at least 2s[^]*\nExamples:\n/],
    ])('%j', async (args, expected) => {
      const { code, stdout, stderr } = await new Ota({ ...environment(), NO_COLOR: '1' }).runOnTerminal(
        args,
        100,
      );
      expect(stdout).toMatch(expected);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    });

    it.each([50, 80, 0])('no line is wider than a terminal of %i columns', async (columns) => {
      const long = { device_id: Number.MAX_SAFE_INTEGER, firmware_id: 1, status: 'failed' };
      await client.report({ ...long, error_message: 'x'.repeat(200) });
      const { stdout } = await new Ota({ ...environment(), NO_COLOR: '1' }).runOnTerminal(['logs'], columns);
      for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(columns || 80);
      if (columns !== 50) {
        expect(stdout).toMatch(
          /ERROR\n.*9007199254740991 {2}1\.0\.0 .*failed +(just now|\d+ s ago) +x{10,}…\n/,
        );
      }
    });

    it('in colours, unless they are not wanted', async () => {
      const coloured = (env: Record<string, string>) =>
        new Ota({ ...environment(), ...env })
          .runOnTerminal(['list'])
          .then(({ stdout }) => stdout.includes('\x1b['));
      expect(await Promise.all([{}, { NO_COLOR: '1' }, { TERM: 'dumb' }].map(coloured))).toEqual([
        true,
        false,
        false,
      ]);
      expect((await ota.run(['list', '--format', 'table'])).stdout).toMatch(/^ID {2}DEVICE TYPE/);
    });

    it.each([['store'], ['admin']])('the help of %s alone', async (group) => {
      const { code, stdout, stderr } = await ota.run([group]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(new RegExp(`^Usage: ota ${group} `));
      expect((await ota.run([group, '--help'])).stdout).toBe(stdout);
    });

    it('help that fits 80 columns', async () => {
      const { stdout } = await ota.runOnTerminal([]);
      expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
    });

    it('what a draft is', async () => {
      const { id } = JSON.parse((await ota.run([...RELEASE_C3, '--build', '70'])).stdout) as { id: number };
      const { stdout } = await ota.runOnTerminal(['get', String(id)]);
      expect(stdout).toContain('draft');
    });
  });

  it('lists all rows, whatever a page holds', async () => {
    const { stdout } = await ota.run(['list', '--all', '--skip', '1']);
    const [, ...others] = JSON.parse(await sent('/firmware')) as unknown[];
    expect(JSON.parse(stdout)).toEqual(others);
    expect((await ota.run(['list', '--all', '--format', 'tsv'])).stdout.split('\n')).toHaveLength(
      others.length + 3,
    );
  });

  describe('login', () => {
    const withoutToken = () => new Ota({ OTA_SERVER: app.url, XDG_CONFIG_HOME: home });

    it('asks without showing the password, and keeps the token for this user alone', async () => {
      const login = withoutToken().startOnTerminal(['login']);
      await login.shows('Password of admin: '.trimEnd());
      login.type(`${ADMIN_PASSWORD}\r`);
      const { code, stdout } = await login.outcome;
      expect(stdout).toMatch(/Logged in to http:\/\/127\.0\.0\.1:\d+ as admin until\s+\d{4}-/);
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

    it('warns before a password goes to another machine unencrypted', async () => {
      const login = withoutToken().begin(['login', '--server', 'http://ota.invalid'], { stdin: 'secret\n' });
      const { code, stderr } = await login.outcome;
      expect(stderr).toMatch(
        /^Warning: The password is sent to http:\/\/ota\.invalid unencrypted[^]*\nota: Cannot reach/,
      );
      expect(code).toBe(1);
      expect(
        ['https://a.example', 'http://[::1]:8000', 'http://localhost', 'http://10.0.0.1'].map(isPrivateWay),
      ).toEqual([true, true, true, false]);
    });

    it('ends the line of a prompt that Ctrl-C leaves', async () => {
      const login = withoutToken().startOnTerminal(['login']);
      await login.shows('Password of admin:');
      login.type('\x03');
      expect(await login.outcome).toMatchObject({
        code: 130,
        stdout: expect.stringMatching(/admin: \r?\n$/),
      });
    });

    it('takes a token with a line break behind it, and says where a bad one was given', async () => {
      const inFile = new Ota({ ...environment(), OTA_TOKEN: `${app.token}\n` });
      expect(await inFile.run(['list'])).toMatchObject({ code: 0, stderr: '' });
      expect((await ota.run(['list', '--token', 'a b'])).stderr).toContain(
        'The token in --token contains spaces',
      );
      const bad = await new Ota({ ...environment(), OTA_TOKEN: 'x' }).run(['list']);
      expect(bad.stderr).toMatch(/The token comes from OTA_TOKEN, which takes precedence over ota login/);
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
    let expired: string;
    beforeAll(async () => {
      expired = await app.nest.get(AccessTokens, { strict: false }).sign({ sub: '1', epoch: 0 }, -60);
    });
    const upload = (file: string) => ['upload', '--file', file, '--device-type', 'a', '--version', '1.0.0'];

    it.each([
      [2, () => ['lsit'], /unknown command 'lsit'\n +\(Did you mean list\?\)/],
      [
        2,
        () => ['list', '--deviec-type', 'x'],
        /unknown option '--deviec-type'\n +\(Did you mean --device-type\?\)/,
      ],
      [
        2,
        () => ['get'],
        /required option '--id <number>' not specified[^]*ota list shows the ids\.\n +See ota get --help/,
      ],
      [2, () => ['get', '1', '--id', '2'], /two ids, 1 and --id 2/],
      [2, () => ['inspect'], /required option '--file <path>' not specified/],
      [2, () => ['logs', '--device-id', '24:6f'], /or a MAC address: 123, 24:6f:28:03:7e:51/],
      [2, () => ['logs', '--since', 'yesterday'], /how long ago, such as 30m, 2h or 7d/],
      [2, () => ['list', '--format', 'xml'], /Allowed choices are table, tsv, json/],
      [2, () => ['get', '--id', '1.5'], /'1\.5' is invalid\. It must be a whole number of at least 1\./],
      [2, () => ['logs', '--status', 'done'], /Allowed choices are pending, downloading/],
      [2, () => ['update', '--id', '1'], /nothing to change/],
      [
        2,
        () => ['list', '--server', 'localhost:8000'],
        /"localhost:8000" is not a server address: start it with http:\/\/ or https:\/\/\.\n/,
      ],
      [1, () => upload(join(home, 'none.bin')), /none\.bin: no such file/],
      [1, () => upload(home), /it is not a file/],
      [
        1,
        () => ['get', '--id', '77'],
        /no firmware with the id 77\. \(404 FIRMWARE_NOT_FOUND\)\n +ota list shows/,
      ],
      [
        1,
        () => ['list', '--admin-token', 'x'],
        /^ota: The server does not accept the token: [^B]*\(401 UNAUTHENTICATED\)\n +The token comes from --admin-token, .*log in: ota login/,
      ],
      [2, () => ['store', 'check', '--bogus'], /unknown option '--bogus'\n +See ota store check --help\./],
      [2, () => ['admin', 'passwrd'], /unknown command 'passwrd'\n[^]*See ota admin --help\./],
      [
        1,
        () => ['list', '--server', app.url.replace('http:', 'https:')],
        /This server does not use HTTPS: try http:\/\/(127\.0\.0\.1|localhost):\d+\n/,
      ],
      [
        1,
        () => ['delete', '1', '--yes'],
        /^ota: Firmware 1 was released and [^]*cannot be deleted\. \(409 FIRMWARE_IN_USE\)\n +Deactivate it instead: ota deactivate 1\n +If no device/,
      ],
      [1, () => ['list', '--token', expired], /\(401 UNAUTHENTICATED\)\n +The token comes from --token, /],
      [
        1,
        () => ['list', '--server', 'http://127.0.0.1:1'],
        /Cannot reach http:\/\/127\.0\.0\.1:1: connection refused\.\n +Is the server running/,
      ],
      [
        1,
        () => ['list', '--server', 'http://nowhere.invalid'],
        /Cannot reach http:\/\/nowhere\.invalid: its host name/,
      ],
      [1, () => ['list', '--server', html()], /does not respond like an OTA server: 200 and text\/html/],
      [1, () => ['list', '--server', `${html()}/moved`], /redirects \(301\) to https:\/\/x\/\./],
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

  describe('follows the logs', () => {
    it('until Ctrl-C', async () => {
      const follow = ota.start(['logs', '--follow', '--every', '100ms', '--device-id', '00:00:00:00:00:09']);
      await client.report({ device_id: 9, firmware_id: 1, status: 'downloading' });
      await follow.printed((stdout) => stdout.includes('"status":"downloading"'));
      follow.child.kill('SIGINT');
      expect(await follow.outcome).toMatchObject({ code: 130, stderr: '' });
    });

    it('through an outage', async () => {
      const outage = createServer((_, response) => {
        response.writeHead(503, { 'Content-Type': 'application/problem+json' });
        response.end('{"status":503,"code":"DATABASE_UNAVAILABLE","detail":"The database is away."}');
      });
      let isAway = false;
      const between = createServer((request, response) => {
        if (isAway) outage.emit('request', request, response);
        else
          void client
            .admin('GET', request.url?.replace('/api/ota/admin', '') ?? '')
            .then(({ status, bytes }) => response.writeHead(status).end(bytes));
      }).listen(0, '127.0.0.1');
      const { port } = await new Promise<AddressInfo>((resolve) =>
        between.once('listening', () => resolve(between.address() as AddressInfo)),
      );
      const server = ['--server', `http://127.0.0.1:${port}`];
      const follow = ota.begin(['logs', '--follow', '--device-id', '10', ...server], { columns: 100 });
      const says = (holds: () => boolean) =>
        eventually(async () => {
          await Promise.resolve();
          expect(holds()).toBe(true);
        }, 15_000);
      await client.report({ device_id: 10, firmware_id: 1, status: 'downloading' });
      await says(() => follow.stdout.includes('device 10  1.0.0 build 1  downloading'));
      isAway = true;
      await says(() => follow.stderr.includes('The database is away.'));
      await client.report({ device_id: 10, firmware_id: 1, status: 'failed' });
      isAway = false;
      await says(() => follow.stdout.includes('failed'));
      follow.interruption.interrupt();
      expect(await follow.outcome).toMatchObject({ code: 130 });
      expect(follow.stderr.match(/database is away/g)).toHaveLength(1);
      expect(follow.stderr).toContain('The server is reachable again.');
      between.closeAllConnections();
      between.close();
    });

    it('no more often than every two seconds', async () => {
      const pauses: number[] = [];
      const follow = ota.begin(['logs', '--follow', '--every', '1ms'], {
        onSleep: (ms) => void pauses.push(ms),
      });
      await eventually(async () => {
        await Promise.resolve();
        expect(pauses.length).toBeGreaterThan(1);
      });
      follow.interruption.interrupt();
      await follow.outcome;
      expect(new Set(pauses)).toEqual(new Set([2000]));
    });
  });

  describe('completes', () => {
    const bash = async (words: string) => {
      const script = join(home, 'completion.bash');
      writeFileSync(
        script,
        `PATH=${home}/bin:$PATH\n${(await ota.run(['completion', 'bash'])).stdout}
         COMP_WORDS=(${words}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _ota; printf '%s\\n' "\${COMPREPLY[@]}"`,
      );
      return new OtaProcess('bash', [script], {}).outcome;
    };

    beforeAll(() => {
      // A stand-in for the installed command, which asks no server.
      mkdirSync(join(home, 'bin'));
      writeFileSync(
        join(home, 'bin', 'ota'),
        "#!/bin/sh\nprintf '7\\tscales 1.0.0 build 1, stable\\n8\\tlamp\\n'\n",
        { mode: 0o755 },
      );
      mkdirSync(join(home, 'a folder'));
      writeFileSync(join(home, 'a folder', 'one two.bin'), '');
    });

    it.each([
      ['ota logi', 'login'],
      ['ota logs --status s', 'success'],
      ['ota get --i', '--id'],
      ["ota get ''", '7\n8'],
      ["ota deactivate --id ''", '7\n8'],
      ['ota completion f', 'fish'],
      ['ota list --format t', 'table\ntsv'],
      ['ota --format js', 'json'],
    ])('%s in bash', async (words, expected) => {
      expect(await bash(words)).toEqual({ code: 0, stdout: `${expected}\n`, stderr: '' });
    });

    it('what is in a folder, and a name with a space', async () => {
      expect(await bash(`ota inspect '${home}/a f'`)).toMatchObject({ stdout: `${home}/a folder\n` });
      expect(await bash(`ota upload --file '${home}/a folder/o'`)).toMatchObject({
        stdout: `${home}/a folder/one two.bin\n`,
      });
    });

    it('ids with what they are', async () => {
      const { stdout } = await ota.run(['completion-ids']);
      expect(stdout).toMatch(/^1\tscales_bridge_tab5 1\.0\.0 build 1, stable$/m);
      expect((await ota.run(['--help'])).stdout).not.toContain('completion-ids');
    });

    it.each(['zsh', 'fish', 'bash'])('with a script that %s reads', async (shell) => {
      const script = join(home, `completion.${shell}`);
      writeFileSync(script, (await ota.run(['completion', shell])).stdout);
      // Not every machine has every shell.
      if (spawnSync('sh', ['-c', `command -v ${shell}`]).status !== 0) return;
      expect(await new OtaProcess(shell, ['-n', script], {}).outcome).toEqual({
        code: 0,
        stdout: '',
        stderr: '',
      });
    });
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
    const npx = new OtaProcess('npx', ['ota', '--version'], { HOME: home });
    const { code, stdout } = await npx.outcome;
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
    expect(await ota.run(['-V'])).toEqual({ code: 0, stdout: '1.2.3\n', stderr: '' });
  });

  describe('reads images', () => {
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
        new Ota({ NO_COLOR: '1' }).runOnTerminal(['inspect', C3]),
        ota.run(['inspect', C3, '--server', 'http://127.0.0.1:1']),
      ]);
      expect(page.stdout).toMatch(/Chip +ESP32-C3.*\nProject +scales_bridge\nVersion +1\.0\.0\n/);
      expect(JSON.parse(whole.stdout)).toMatchObject({ kind: 'application', application: { chip_id: 5 } });
      const cut = join(home, 'cut.bin');
      writeFileSync(cut, readFileSync(C3).subarray(0, 5000));
      expect((await ota.run(['inspect', '--file', 'README.md'])).stderr).toMatch(
        /^ota: This is text \("# OTA server"\).*\(IMAGE_IS_TEXT\)/,
      );
      const odd = join(home, 'odd.bin');
      writeFileSync(odd, Buffer.from('00ff17d2', 'hex'));
      expect((await ota.run(['inspect', odd])).stderr).toMatch(/^Warning: This is no [^]*\(IMAGE_REQUIRED\)/);
      const unordered = join(home, 'commit.bin');
      writeFileSync(unordered, anEspImage().version('2f061cb').build());
      expect((await ota.run(['inspect', unordered])).stderr).toMatch(
        /^Warning: .*cannot be read from the image.*\nWarning: .*could not be offered any update again.*--allow-unparsable-version/,
      );
      writeFileSync(unordered, anEspImage().version('v1.2.0-3-gabc1234').build());
      expect((await ota.run(['inspect', unordered])).stderr).not.toContain('offered any update again');
      expect(await ota.run(['inspect', cut])).toMatchObject({
        code: 1,
        stdout: expect.stringContaining('"kind":"refused"'),
        stderr: expect.stringContaining('IMAGE_TRUNCATED'),
      });
    });
  });

  describe('asks once before what the fleet notices', () => {
    let draft: string;
    const state = async () => JSON.parse(await sent(`/firmware/${draft}`)) as Record<string, unknown>;
    const release = [...RELEASE_C3, '--build', '8', '--stable'];

    beforeAll(async () => {
      for (const device_id of [501, 502, 503]) {
        await client.check({
          device_id,
          device_type: 'scales_bridge',
          current_version: device_id === 503 ? '1.0.0' : '0.9.0',
          current_build: 9,
        });
      }
      await eventually(async () => {
        const { body } = await client.admin(
          'GET',
          '/devices/audience?device_type=scales_bridge&version=1.0.0&build_number=8',
        );
        expect(body).toEqual({ devices: 3, would_be_offered: 2 });
      });
    });

    it('on the screen of a real terminal, before a release', async () => {
      const question = ota.startOnTerminal(release);
      await question.shows(/Continue\? \[y\/N\]$/);
      expect(screenOf(question.stdout, 80).replace(/\s+/g, ' ')).toMatch(
        /^Release 1\.0\.0 build 8 to scales_bridge: 3 devices of this type, 2 would be offered it now\. Continue\? \[y\/N\]$/,
      );
      question.type('n\r');
      expect((await question.outcome).code).toBe(1);
      expect(screenOf(question.stdout, 80)).toContain('[y/N] n\nota: Nothing was published.');
      expect(await sent('/firmware')).not.toContain('"build_number":8,');

      const yes = ota.startOnTerminal(release);
      await yes.shows(/Continue\? \[y\/N\]$/);
      yes.type('y\r');
      expect((await yes.outcome).code).toBe(0);
      expect(screenOf(yes.stdout, 80)).toMatch(/\[y\/N\] y\n.*\] 100% [^]*\nState +stable\n/);
      draft = String(
        (
          JSON.parse(await sent('/firmware?device_type=scales_bridge')) as {
            id: number;
            build_number: number;
          }[]
        ).find((row) => row.build_number === 8)?.id,
      );
    });

    it('warnings stand before the question', async () => {
      const file = join(home, 'odd.bin');
      writeFileSync(file, Buffer.from('00ff17d2', 'hex'));
      const args = [
        'release',
        file,
        '--device-type',
        'lamp',
        '--version',
        '1.0.0',
        '--build',
        '1',
        '--stable',
      ];
      const question = ota.begin(args, { columns: 80 });
      await eventually(async () => {
        await Promise.resolve();
        expect(question.stderr).toContain('[y/N]');
      });
      question.type('n\r');
      await question.outcome;
      expect(screenOf(question.stderr, 80)).toMatch(
        /^Warning: This is no ESP32[^]*\nRelease 1\.0\.0 build 1 to lamp: no device of this type/,
      );
    });

    it.each([
      ['release --file x --stable', ['release', '--file', C3, '--build', '9', '--stable']],
      ['update --stable', ['update', '1', '--stable']],
      ['update --active', ['update', '1', '--active']],
      ['update --no-active', ['update', '1', '--no-active']],
      ['update --no-stable', ['update', '1', '--no-stable']],
      ['update --min-version', ['update', '1', '--min-version', '0.5.0']],
      ['deactivate', ['deactivate', '1']],
      ['delete', ['delete', '1']],
      ['prune', ['prune', '--keep', '1']],
    ])('%s needs --yes on a pipe', async (_, args) => {
      const before = await sent('/firmware');
      expect(await ota.run(args)).toEqual({
        code: 2,
        stdout: '',
        stderr: expect.stringContaining('needs --yes when there is no terminal to ask on'),
      });
      expect(await sent('/firmware')).toBe(before);
    });

    it.each([
      [
        ['deactivate'],
        /^Deactivate 1\.0\.0 build 8 of scales_bridge: 3 devices of this type, it is offered to 2 of them now, and to none afterwards\. Continue\?/,
        { is_active: false },
      ],
      [
        ['update', '--active'],
        /^Release 1\.0\.0 build 8 to scales_bridge: 3 devices of this type, 2 would be offered it now\. Continue\?/,
        { is_active: true },
      ],
      [
        ['update', '--min-version', '0.9.5'],
        /^Offer 1\.0\.0 build 8 of scales_bridge only to devices on 0\.9\.5 or newer: 3 devices of this type, 0 would be offered it afterwards\. Continue\?/,
        { min_current_version: '0.9.5' },
      ],
      [
        ['update', '--min-version', ''],
        /^Offer 1\.0\.0 build 8 of scales_bridge to devices on any version: 3 devices of this type, 2 would be offered it afterwards\. Continue\?/,
        { min_current_version: null },
      ],
      [
        ['update', '--no-stable'],
        /^Withdraw 1\.0\.0 build 8 of scales_bridge: 3 devices of this type, it is offered to 2 of them now, and to none afterwards\. Continue\?/,
        { is_stable: false },
      ],
      [['update', '--stable'], /^Release 1\.0\.0 build 8 to scales_bridge/, { is_stable: true }],
      [['update', '--no-active'], /^Deactivate 1\.0\.0 build 8/, { is_active: false }],
    ])(
      '%j does it after a yes, and nothing after a no',
      async ([command = '', ...flags], expected, after) => {
        const before = await state();
        const answer = async (key: string) => {
          const question = ota.begin([command, draft, ...flags], { columns: 80 });
          await eventually(async () => {
            await Promise.resolve();
            expect(question.stderr).toContain('[y/N]');
          });
          expect(screenOf(question.stderr, 80).replace(/\s+/g, ' ')).toMatch(expected);
          question.type(`${key}\r`);
          return (await question.outcome).code;
        };
        expect(await answer('')).toBe(1);
        expect(await state()).toEqual(before);
        expect(await answer('y')).toBe(0);
        expect(await state()).toMatchObject(after);
      },
    );

    it('asks nothing for what changes nothing for devices', async () => {
      const { code, stderr } = await ota.runOnTerminal(['update', '1', '--stable']);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      for (const change of [['--no-stable'], ['--min-version', '0.2.0'], ['--min-version', '']]) {
        expect(await ota.run(['update', draft, ...change])).toMatchObject({ code: 0, stderr: '' });
      }
    });

    it.each([[[]], [['--stable']]])(
      'a release with %j is refused by the server before anything is asked or kept',
      async (more) => {
        const file = join(home, 'unordered.bin');
        writeFileSync(file, anEspImage().project('unordered').version('2f061cb').build());
        const uploads = async () => (await readdir(app.config.firmwareStore, { recursive: true })).sort();
        const before = await uploads();
        const args = ['release', file, '--version', '1.2.1', '--build', '3', ...more];
        const { code, stderr } = await ota.runOnTerminal(args);
        const words = screenOf(stderr, 80).replace(/\s+/g, ' ');
        expect(code).toBe(1);
        expect(words).toMatch(
          /^ota: The image says that it is "2f061cb", which cannot be ordered.*\(IMAGE_VERSION_UNPARSABLE\) To publish it anyway: --allow-unparsable-version\.$/,
        );
        expect(words).not.toMatch(/y\/N|allow_/);
        expect(await uploads()).toEqual(before);
        const accepted = ota.begin([...args, '--allow-unparsable-version', '--stable'], { columns: 80 });
        await eventually(async () => {
          await Promise.resolve();
          expect(accepted.stderr).toContain('[y/N]');
        });
        accepted.type('n\r');
        await accepted.outcome;
        expect(screenOf(accepted.stderr, 80).replace(/\s+/g, ' ')).toMatch(
          /^Warning: The version in the image, "2f061cb", is not a semantic version: .* Release 1\.2\.1 build 3/,
        );
      },
    );

    it.each([
      [
        'as an OTA server says it',
        'application/problem+json',
        '{"code":"NOT_FOUND","status":404,"detail":"None."}',
      ],
      ['as another server says it', 'application/json', '{"detail":"Not Found"}'],
    ])('a server that cannot inspect is no reason to stop: 404 %s', async (_, type, body) => {
      const asked: string[] = [];
      const old = createServer((request, response) => {
        asked.push(request.url ?? '');
        request.resume().on('end', () => {
          const isList = request.url?.startsWith('/api/ota/admin/firmware') === true;
          response.writeHead(isList ? 200 : 404, { 'Content-Type': isList ? 'application/json' : type });
          response.end(isList ? '[]' : body);
        });
      }).listen(0, '127.0.0.1');
      await once(old, 'listening');
      const server = `http://127.0.0.1:${(old.address() as AddressInfo).port}`;
      await ota.run(['release', C3, '--build', '8', '--server', server]);
      old.close();
      expect(asked.slice(-2)).toEqual(['/api/ota/admin/inspect', '/api/ota/admin/upload']);
    });

    it('says before the upload that the release is there already', async () => {
      const uploads = async () => (await readdir(app.config.firmwareStore, { recursive: true })).sort();
      const before = await uploads();
      const { code, stderr } = await ota.run(['release', '--file', C3, '--version', '1.0.0', '--build', '8']);
      expect(stderr).toMatch(
        /build 8 is registered already, as firmware \d+\. \(409 FIRMWARE_EXISTS\)\n +Publish it with a higher --build/,
      );
      expect(code).toBe(1);
      expect(await uploads()).toEqual(before);
    });

    it('prune names the files that would go, and keeps those of the newest', async () => {
      const prune = async (...args: string[]) => {
        const { code, stdout } = await ota.run(['prune', ...args]);
        return { code, body: JSON.parse(stdout) as { pruned: { id: number }[] } };
      };
      const type = ['--device-type', 'pruned'];
      const upload = ['upload', C3, '--device-type', 'pruned', '--version', '1.0.0'];
      const { file_hash, file_size, binary_path } = JSON.parse((await ota.run(upload)).stdout) as {
        file_hash: string;
        file_size: number;
        binary_path: string;
      };
      const file = ['--file-size', String(file_size), '--file-hash', file_hash, '--binary-path', binary_path];
      const about = [...type, '--version', '1.0.0', '--build', '1', '--filename', 'a.bin', ...file];
      const { id } = JSON.parse((await ota.run(['register', ...about])).stdout) as { id: number };
      await ota.run(['deactivate', String(id), '--yes']);
      const expected = { code: 0, body: { pruned: [{ id, build_number: 1 }], bytes: file_size } };
      expect(await prune('--keep', '1', ...type, '--yes')).toEqual({
        code: 0,
        body: { pruned: [], bytes: 0 },
      });
      expect(await prune('--keep', '0', ...type, '--dry-run')).toMatchObject(expected);
      expect(await prune('--keep', '0', ...type, '--yes')).toMatchObject(expected);
      expect(await prune('--keep', '0', ...type, '--dry-run')).toMatchObject({ body: { pruned: [] } });
      expect((await ota.runOnTerminal(['list', ...type])).stdout).toMatch(/ 1 {2}\S*pruned/);
      expect((await ota.runOnTerminal(['get', String(id)])).stdout).toMatch(
        /State\S* +pruned\n[^]*\n\S*Pruned\S* +\d{4}-/,
      );
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
        'SELECT status, count(*)::int FROM device_ota_log WHERE device_id BETWEEN 1000 AND 1999 GROUP BY status',
      );
      expect(Object.fromEntries(rows.map(({ status, count }) => [status, count]))).toEqual(summary.attempts);
    });

    it('shows on a terminal how far they are', async () => {
      const { code, stdout } = await new Ota({ ...environment(), NO_COLOR: '1' }).runOnTerminal(
        args('--first-id', '0x7d0'),
        100,
      );
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
      expect(Object.keys((JSON.parse(stdout) as Summary).errors)).toEqual(['check: connection refused']);
      expect(stderr).toContain('unexpected errors');
    });
  });
});
