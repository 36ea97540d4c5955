import { jest } from '@jest/globals';
import { Client, eventually, send } from '../support/http-client.js';
import { hasPgBouncer, startPgBouncer, type Pooler } from '../support/pgbouncer.js';
import { makeFolder, removeFolder, ServerProcess } from '../support/server-process.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

jest.setTimeout(180_000);

const ENV = { ADMIN_PASSWORD: 'a long password', WORKERS: '1' };
const WARNING = 'DATABASE_URL leads through a connection pooler in transaction mode';
/** Fewer than the server would use by itself. */
const POOL_SIZE = 3;

// Without the program there is nothing to try: `apt-get install pgbouncer`.
const describeWithPgBouncer = hasPgBouncer() ? describe : describe.skip;

describeWithPgBouncer('a server behind PgBouncer in transaction mode', () => {
  let folder: string;
  let database: TestDatabase;
  let pooler: Pooler;
  const servers: ServerProcess[] = [];

  const start = (env: Record<string, string>): ServerProcess => {
    const server = new ServerProcess(folder, { ...ENV, ...env });
    servers.push(server);
    return server;
  };
  const logIn = async (url: string): Promise<string> => {
    const body = { username: 'admin', password: ENV.ADMIN_PASSWORD };
    return (await send(`${url}/api/auth/login`, 'POST', { body })).body.access_token as string;
  };

  beforeEach(async () => {
    folder = makeFolder();
    database = await createTestDatabase();
    pooler = await startPgBouncer(database.url, POOL_SIZE);
  });
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.kill('SIGKILL')));
    await pooler.stop();
    await database.drop();
    await removeFolder(folder);
  });

  it('says so at the start, and serves all the same', async () => {
    const server = start({ DATABASE_URL: pooler.url });
    const url = await server.ready();
    expect(server.output + server.errors).toContain(WARNING);
    expect(server.output + server.errors).toContain('Set DATABASE_DIRECT_URL');

    const client = new Client({ url, token: await logIn(url) });
    const { status, body } = await client.publish(Buffer.alloc(100, 1), { version: '2.0.0' });
    expect([status, body.version]).toEqual([200, '2.0.0']);
    const offers = await Promise.all(
      Array.from({ length: 20 }, async (_, n) => (await client.check({ device_id: n + 1 })).body),
    );
    expect(offers.every(({ update_available }) => update_available === true)).toBe(true);
    const reports = await Promise.all(
      Array.from({ length: 20 }, async (_, n) => {
        const report = { device_id: n + 1, firmware_id: body.id, status: 'success' };
        return (await send(`${url}/api/ota/status`, 'POST', { body: report })).status;
      }),
    );
    expect(new Set(reports)).toEqual(new Set([200]));
  });

  it('hears of changes at once, and warns of nothing, when it is told the direct way', async () => {
    const urls: string[] = [];
    for (const name of ['one', 'other']) {
      const server = start({
        DATABASE_URL: pooler.url,
        DATABASE_DIRECT_URL: database.url,
        DATA_DIR: `${folder}/data-${name}`,
      });
      urls.push(await server.ready());
      expect(server.output + server.errors).not.toContain('pooler in');
    }
    const [one = '', other = ''] = urls;
    const publisher = new Client({ url: one, token: await logIn(one) });
    expect((await publisher.publish(Buffer.alloc(100, 2), { version: '3.0.0' })).status).toBe(200);
    // A server that polls would take up to a minute.
    await eventually(async () => {
      const { body } = await new Client({ url: other, token: '' }).check({ device_id: 1 });
      expect(body.version).toBe('3.0.0');
    }, 5_000);
  });

  it('does not start when the direct way leads to another database', async () => {
    const another = await createTestDatabase();
    const server = start({ DATABASE_URL: pooler.url, DATABASE_DIRECT_URL: another.url });
    expect(await server.ended).toBe(1);
    expect(server.errors).toContain('DATABASE_DIRECT_URL leads to another database than DATABASE_URL.');
    await another.drop();
  });
});
