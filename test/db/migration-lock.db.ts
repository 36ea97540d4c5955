import { Logger } from '@nestjs/common';
import pg from 'pg';
import { MigrationLockHeld } from '../../src/database/migration-lock.js';
import { migrateUp } from '../../src/database/migrator.js';
import { eventually } from '../support/http-client.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { startWay } from '../support/way.js';

const HOLD = 'SELECT pg_advisory_lock(4007002)';

describe('the lock of migrations', () => {
  let database: TestDatabase;
  const others: pg.Client[] = [];
  const connect = async (url = database.url) => {
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => undefined);
    await client.connect();
    others.push(client);
    return client;
  };

  beforeEach(async () => {
    Logger.overrideLogger(false);
    database = await createTestDatabase();
  });
  afterEach(async () => {
    await Promise.all(others.splice(0).map((client) => client.end()));
    await database.drop();
  });

  it('is waited for', async () => {
    const other = await connect();
    await other.query(HOLD);
    let isDone = false;
    const migrating = migrateUp(database.url).then(() => (isDone = true));
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(isDone).toBe(false);
    await other.query('SELECT pg_advisory_unlock_all()');
    await migrating;
  }, 60_000);

  it('is given up when another keeps it, which is named', async () => {
    const other = await connect();
    const { rows } = await other.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    await other.query(HOLD);
    const error = await migrateUp(database.url, { patienceMs: 300 }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(MigrationLockHeld);
    expect((error as Error).message).toContain(`pg_terminate_backend(${rows[0]!.pid})`);
  }, 60_000);

  it('is not waited for by a server that is stopped', async () => {
    const other = await connect();
    await other.query(HOLD);
    const stop = new AbortController();
    const migrating = migrateUp(database.url, { signal: stop.signal });
    setTimeout(() => {
      stop.abort(new Error('stopped'));
    }, 300);
    await expect(migrating).rejects.toThrow('stopped');
  }, 60_000);

  it('does not stay behind on a connection that a pooler keeps', async () => {
    const pooler = await startWay(database.url, { keepsSessions: true });
    await migrateUp(pooler.url);
    await expect(migrateUp(database.url, { patienceMs: 2_000 })).resolves.toEqual([]);
    await pooler.close();
  }, 60_000);

  it('outlives a broken connection without ending the process', async () => {
    const other = await connect();
    await other.query(HOLD);
    const { rows } = await other.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    const migrating = migrateUp(database.url).catch((reason: unknown) => reason);
    await eventually(async () => {
      const cut = await database.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND pid NOT IN (pg_backend_pid(), ${rows[0]!.pid})`,
      );
      expect(cut.length).toBeGreaterThan(0);
    });
    expect(await migrating).toBeInstanceOf(Error);
  }, 60_000);
});
