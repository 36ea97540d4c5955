import { execFile } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { jest } from '@jest/globals';
import { send } from '../support/http-client.js';
import { makeFolder, removeFolder, ServerProcess } from '../support/server-process.js';
import { createTestDatabase } from '../support/test-database.js';

jest.setTimeout(900_000);
const run = promisify(execFile);
const MOST_BYTES = 100 * 1024 ** 2;

describe('what is in deploy/', () => {
  it('passes the tools that read it, as far as they are on this machine', async () => {
    const { stdout } = await run('deploy/lint.sh').catch((error: unknown) => ({
      stdout: (error as { stdout?: string }).stdout ?? 'FAILED without a word',
    }));
    expect(stdout).not.toContain('FAILED');
    expect(stdout.trim().split('\n')).toHaveLength(9);
  });

  it('makes an installation of less than 100 MB, from which a server serves', async () => {
    const folder = makeFolder();
    const installation = join(folder, 'app');
    await run(process.execPath, ['deploy/production-install.mjs', installation]);
    const files = readdirSync(installation, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    const bytes = files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
    expect(bytes).toBeLessThan(MOST_BYTES);
    expect(files.map(({ name }) => name).filter((name) => /\.map$|\.d\.ts$/.test(name))).toEqual([]);

    const database = await createTestDatabase();
    const env = { DATABASE_URL: database.url, ADMIN_PASSWORD: 'a long password', WORKERS: '1' };
    const server = new ServerProcess(folder, env, installation);
    try {
      const url = await server.ready();
      expect((await send(`${url}/health/ready`, 'GET')).status).toBe(200);
      const body = { device_id: 1, device_type: 'sensor', current_version: '1.0.0', current_build: 1 };
      expect((await send(`${url}/api/ota/check`, 'POST', { body })).body.reason).toBe('no_release');
      const { PATH = '' } = process.env;
      const migrated = run(process.execPath, ['dist/tools/migration.js', 'run'], {
        cwd: installation,
        env: { PATH, DATABASE_URL: database.url },
      });
      await expect(migrated).resolves.toBeDefined();
      const healthcheck = run(process.execPath, [join(installation, 'deploy/healthcheck.mjs')], {
        env: { PATH, PORT: new URL(url).port },
      });
      await expect(healthcheck).resolves.toBeDefined();
    } finally {
      await server.kill('SIGTERM');
      await database.drop();
      await removeFolder(folder);
    }
  });
});
