import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { send } from '../support/http-client.js';
import { makeFolder, removeFolder, ServerProcess } from '../support/server-process.js';
import { createEmptyDatabase } from '../support/test-database.js';

jest.setTimeout(180_000);

describe('the start of the server', () => {
  let folder: string;
  const servers: ServerProcess[] = [];
  const start = (env: Record<string, string> = {}) => {
    const server = new ServerProcess(folder, env);
    servers.push(server);
    return server;
  };

  beforeEach(() => {
    folder = makeFolder();
  });
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.kill('SIGKILL')));
    await removeFolder(folder);
  });

  it('lists every error of the configuration and makes nothing', async () => {
    const server = start({
      PORT: '99999',
      LOG_LEVEL: 'loud',
      DATABASE_URL: 'mysql://x',
      TLS_CERT_FILE: '/none',
    });
    expect(await server.ended).toBe(1);
    for (const name of ['PORT', 'LOG_LEVEL', 'DATABASE_URL', 'TLS_KEY_FILE'])
      expect(server.errors).toContain(name);
    expect(server.errors).toContain('4 errors');
    expect(existsSync(join(folder, 'data', 'postgres'))).toBe(false);
  });

  it('refuses a store or a data folder that cannot be written', async () => {
    writeFileSync(join(folder, 'file'), '');
    const server = start({
      FIRMWARE_STORE: join(folder, 'file', 'store'),
      DATA_DIR: join(folder, 'file', 'data'),
    });
    expect(await server.ended).toBe(1);
    expect(server.errors).toMatch(/FIRMWARE_STORE .* must be a folder that this process can write to/);
    expect(server.errors).toMatch(/DATA_DIR .* must be a folder that this process can write to/);
  });

  it('says that the port is taken, and loses no password by it', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    const refused = start({ PORT: String(port) });
    expect(await refused.ended).toBe(1);
    expect(refused.errors).toContain(`Port ${port} is in use by another process.`);
    other.close();
    const server = start();
    await server.ready();
    expect(server.password).toBeDefined();
  });

  it('says that no database answers', async () => {
    const server = start({ DATABASE_URL: 'postgres://x:y@127.0.0.1:1/z' });
    expect(await server.ended).toBe(1);
    expect(server.errors).toMatch(/^The database of DATABASE_URL cannot be reached/);
  });

  it('says in a sentence why a database cannot be used', async () => {
    const database = await createEmptyDatabase();
    const role = `ota_test_role_${process.pid}`;
    await database.query(`CREATE ROLE ${role} LOGIN PASSWORD 'x'`);
    const by = (change: (url: URL) => void) => {
      const url = new URL(database.url);
      change(url);
      return url.href;
    };
    const cases: readonly (readonly [string, RegExp])[] = [
      [by((url) => (url.pathname = '/ota_test_none')), /^There is no database "ota_test_none"/],
      [by((url) => (url.password = 'wrong')), /^The database refuses the password of the user/],
      [
        by((url) => ([url.username, url.password] = [role, 'x'])),
        /^The user "ota_test_role_\d+" lacks a right/,
      ],
      [by((url) => (url.search = '?sslmode=verify-full')), /^DATABASE_URL asks for TLS/],
    ];
    for (const [DATABASE_URL, sentence] of cases) {
      const server = start({ DATABASE_URL, WORKERS: '1' });
      expect(await server.ended).toBe(1);
      expect(server.errors).toMatch(sentence);
      expect(server.errors).not.toMatch(/^\s+at /m);
    }
    await database.query(`DROP ROLE ${role}`);
    await database.drop();
  });

  it('prints where it is and the password once, stops cleanly, and finds everything again', async () => {
    const first = start();
    const url = await first.ready();
    expect(first.output).toContain(`${url}/docs`);
    const body = { username: 'admin', password: first.password };
    expect((await send(`${url}/api/auth/login`, 'POST', { body })).status).toBe(200);
    expect(await first.kill('SIGTERM')).toBe(0);
    expect(existsSync(join(folder, 'data', 'postgres', 'postmaster.pid'))).toBe(false);

    const second = start();
    const again = await second.ready();
    expect(second.password).toBeUndefined();
    expect((await send(`${again}/api/auth/login`, 'POST', { body })).status).toBe(200);
  });

  it('lets one of two have the data folder, and tells the other', async () => {
    const pair = [start(), start()];
    const outcomes = await Promise.all(
      pair.map((server) =>
        server.ready().then(
          () => 'serves',
          () => 'refused',
        ),
      ),
    );
    expect(outcomes.sort()).toEqual(['refused', 'serves']);
    expect(pair.map(({ errors }) => errors).join('')).toContain(
      'Another running server uses the embedded PostgreSQL',
    );
  });

  it('lets two that begin together share an empty database', async () => {
    const database = await createEmptyDatabase();
    mkdirSync(join(folder, 'store'));
    const pair = [1, 2].map((n) =>
      start({ DATABASE_URL: database.url, DATA_DIR: join(folder, `data-${n}`) }),
    );
    await Promise.all(pair.map((server) => server.ready()));
    expect(pair.filter(({ password }) => password !== undefined)).toHaveLength(1);
    await Promise.all(pair.map((server) => server.kill('SIGTERM')));
    await database.drop();
  });
});
