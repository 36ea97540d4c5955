import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, send } from '../support/http-client.js';
import { makeFolder, removeFolder } from '../support/server-process.js';

describe('npm start', () => {
  let folder: string;
  let npm: ChildProcess;
  let output = '';

  beforeAll(() => {
    folder = makeFolder();
    npm = spawn('npm', ['start'], {
      env: {
        PATH: process.env['PATH'],
        HOME: folder,
        HOST: '127.0.0.1',
        PORT: '0',
        DATA_DIR: join(folder, 'data'),
        FIRMWARE_STORE: join(folder, 'store'),
        WORKERS: '1',
      },
    });
    npm.stdout?.on('data', (text: Buffer) => (output += text.toString()));
    npm.stderr?.on('data', (text: Buffer) => (output += text.toString()));
  });
  afterAll(async () => {
    if (npm.exitCode === null) npm.kill('SIGKILL');
    await removeFolder(folder);
  });

  it('builds nothing when nothing has changed, says where the server is, and passes SIGTERM on to it', async () => {
    await eventually(() => {
      expect(output).toMatch(/OTA server +\S+/);
      return Promise.resolve();
    }, 120_000);
    const [, url = ''] = /OTA server +(\S+)/.exec(output) ?? [];
    expect((await send(`${url}/health`, 'GET')).status).toBe(200);
    expect(output).not.toContain('Building');
    expect(output).not.toMatch(/warn/i);

    npm.kill('SIGTERM');
    await once(npm, 'exit');
    await expect(send(`${url}/health`, 'GET')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(existsSync(join(folder, 'data', 'postgres', 'postmaster.pid'))).toBe(false);
  }, 180_000);
});
