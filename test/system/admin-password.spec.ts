import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { findPostmaster } from '../../src/database/embedded/postmaster.js';
import { Client, eventually, send, type Answer } from '../support/http-client.js';
import { Ota, type Outcome } from '../support/run-ota.js';
import { makeFolder, removeFolder, ServerProcess } from '../support/server-process.js';
import { ADMIN_PASSWORD, startTestApp, type TestApp } from '../support/test-app.js';

// Each run of the command is two processes, and a server is more.
jest.setTimeout(180_000);

const COMMAND = ['admin', 'password'];
const NEXT = 'another battery of horses';

const login = (url: string, password: string): Promise<Answer> =>
  send(`${url}/api/auth/login`, 'POST', { body: { username: 'admin', password } });

describe('ota admin password', () => {
  let folder: string;
  beforeEach(() => (folder = makeFolder()));
  afterEach(() => removeFolder(folder));

  describe('with an external database', () => {
    let app: TestApp;
    let ota: Ota;
    beforeEach(async () => {
      app = await startTestApp();
      ota = new Ota({ DATABASE_URL: app.database.url, DATA_DIR: join(folder, 'data') });
    });
    afterEach(() => app.close());

    it('sets what comes on stdin, and ends earlier tokens of a server that runs', async () => {
      const outcome = await ota.runAlone(COMMAND, `${NEXT}\n`);
      expect(outcome).toEqual({ code: 0, stdout: '{"success":true,"username":"admin"}\n', stderr: '' });
      expect((await login(app.url, ADMIN_PASSWORD)).status).toBe(401);
      expect((await login(app.url, NEXT)).status).toBe(200);
      await eventually(async () => {
        expect((await new Client(app).admin('GET', '/firmware')).status).toBe(401);
      }, 30_000);
    });

    it('asks twice on a terminal, and shows nothing of it', async () => {
      const type = async (...answers: string[]): Promise<Outcome> => {
        const run = ota.startOnTerminal(COMMAND);
        await run.printed((text) => text.includes('New password: '));
        run.type(`${answers[0] ?? ''}\r`);
        await run.printed((text) => text.includes('Repeat the password: '));
        run.type(`${answers[1] ?? ''}\r`);
        return run.outcome;
      };
      const differing = await type(NEXT, `${NEXT}!`);
      expect(differing.code).toBe(1);
      expect(differing.stdout).toContain('The passwords do not match.');
      expect((await login(app.url, ADMIN_PASSWORD)).status).toBe(200);

      const { code, stdout } = await type(NEXT, NEXT);
      expect(code).toBe(0);
      expect(stdout).toContain('The password of admin is set.');
      expect(stdout).not.toContain(NEXT);
      expect((await login(app.url, NEXT)).status).toBe(200);
    });

    it('asks for a name when there are several admins, and refuses one that is none', async () => {
      await app.database.query("INSERT INTO admin_user (username, password_hash) VALUES ('eve', 'x')");
      const unnamed = await ota.runAlone(COMMAND, NEXT);
      expect(unnamed).toMatchObject({ code: 1, stderr: expect.stringContaining('--username') });
      const unknown = await ota.runAlone([...COMMAND, '--username', 'bob'], NEXT);
      expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining('no admin "bob"') });
      expect((await ota.runAlone([...COMMAND, '--username', 'admin'], NEXT)).code).toBe(0);
      expect((await login(app.url, NEXT)).status).toBe(200);
    });

    it.each(['', 'too short'])('refuses the password %j', async (password) => {
      const { code, stderr } = await ota.runAlone(COMMAND, password);
      expect([code, stderr]).toEqual([1, 'ota: The password must have at least 10 characters.\n']);
      expect((await login(app.url, ADMIN_PASSWORD)).status).toBe(200);
    });

    it('reads the settings of a service from its file', async () => {
      const file = join(folder, 'ota-server.env');
      writeFileSync(file, `# the service\nDATABASE_URL=${app.database.url}\n`);
      const elsewhere = new Ota({});
      expect(await elsewhere.runAlone([...COMMAND, '--settings', `${file}x`], NEXT)).toMatchObject({
        code: 1,
      });
      expect(await elsewhere.runAlone([...COMMAND, '--settings', file], NEXT)).toMatchObject({ code: 0 });
      expect((await login(app.url, NEXT)).status).toBe(200);
    });
  });

  it('reaches the embedded database, whether the server runs or not', async () => {
    const dataDir = join(folder, 'data');
    const ota = new Ota({ DATA_DIR: dataDir });
    const first = new ServerProcess(folder);
    const address = await first.ready();
    expect(await ota.runAlone(COMMAND, NEXT)).toMatchObject({ code: 0, stderr: '' });
    expect((await login(address, NEXT)).status).toBe(200);
    await first.kill('SIGTERM');

    expect(await ota.runAlone(COMMAND, `${NEXT}, again`)).toMatchObject({ code: 0, stderr: '' });
    expect(findPostmaster(join(dataDir, 'postgres'))).toBeNull();

    const second = new ServerProcess(folder);
    expect((await login(await second.ready(), `${NEXT}, again`)).status).toBe(200);
    await second.kill('SIGTERM');
  });

  it('makes no database where there is none', async () => {
    const { code, stderr } = await new Ota({ DATA_DIR: join(folder, 'data') }).runAlone(COMMAND, NEXT);
    expect(code).toBe(1);
    expect(stderr).toContain(`There is no database in ${join(folder, 'data')}`);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('says so when the database is away', async () => {
    const ota = new Ota({ DATABASE_URL: 'postgres://ota:ota@127.0.0.1:1/ota' });
    const { code, stderr } = await ota.runAlone(COMMAND, NEXT);
    expect(code).toBe(1);
    expect(stderr).toContain('cannot be reached');
    expect(stderr).not.toMatch(/^ {4}at /m);
  });
});
