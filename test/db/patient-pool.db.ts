import pg from 'pg';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../src/database/data-source.js';
import { NoConnectionFree } from '../../src/database/no-connection-free.js';
import { PatientPool } from '../../src/database/patient-pool.js';
import { toProblem } from '../../src/http/problem.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const ROLE = 'ota_test_limited';

describe('the pool of connections', () => {
  let database: TestDatabase;
  let limitedUrl: string;
  const pools: pg.Pool[] = [];

  beforeAll(async () => {
    database = await createTestDatabase();
    await database.query(`DROP ROLE IF EXISTS ${ROLE}`);
    await database.query(`CREATE ROLE ${ROLE} LOGIN PASSWORD 'limited' CONNECTION LIMIT 1`);
    const url = new URL(database.url);
    url.username = ROLE;
    url.password = 'limited';
    limitedUrl = url.href;
  });
  afterEach(async () => {
    for (const pool of pools.splice(0)) await pool.end();
  });
  afterAll(async () => {
    await database.query(`DROP ROLE ${ROLE}`);
    await database.drop();
  });

  const open = (max: number, connectionWaitMs: number, connectionString = database.url): PatientPool => {
    const pool = new PatientPool({ connectionString, max, connectionWaitMs });
    pool.on('error', () => undefined);
    pools.push(pool);
    return pool;
  };

  it('gives connections out in the order in which they were asked for', async () => {
    const pool = open(1, 10_000);
    const order: number[] = [];
    const use = async (n: number): Promise<void> => {
      const client = await pool.connect();
      order.push(n);
      await client.query('SELECT pg_sleep(0.01)');
      client.release(n % 5 === 0 ? new Error('a connection that broke') : undefined);
    };
    await Promise.all(Array.from({ length: 20 }, (_, n) => use(n)));
    expect(order).toEqual(Array.from({ length: 20 }, (_, n) => n));
    expect(pool.totalCount).toBeLessThanOrEqual(1);
  });

  it('refuses who waits for too long, in words for a client, and serves on', async () => {
    const pool = open(1, 200);
    const client = await pool.connect();
    const begun = performance.now();
    const error: unknown = await pool.query('SELECT 1').catch((reason: unknown) => reason);
    expect(performance.now() - begun).toBeGreaterThan(190);
    expect(error).toBeInstanceOf(NoConnectionFree);
    const { status, code, detail, headers } = toProblem(error);
    expect([status, code, detail]).toEqual([
      503,
      'DATABASE_UNAVAILABLE',
      'All connections to the database are in use; try again shortly.',
    ]);
    expect(headers?.['Retry-After']).toMatch(/^\d+$/);
    client.release();
    expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });

  it('waits for a connection that PostgreSQL has none of at the moment', async () => {
    const other = new pg.Client({ connectionString: limitedUrl });
    await other.connect();
    const pool = open(3, 10_000, limitedUrl);
    const answers = Promise.all([pool.query('SELECT 1 AS one'), pool.query('SELECT 1 AS one')]);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await other.end();
    expect((await answers).map(({ rows }) => rows as unknown[])).toEqual([[{ one: 1 }], [{ one: 1 }]]);
  });

  it('and says so when there is none for too long', async () => {
    const other = new pg.Client({ connectionString: limitedUrl });
    await other.connect();
    const pool = open(3, 300, limitedUrl);
    await expect(pool.query('SELECT 1')).rejects.toThrow(NoConnectionFree);
    await other.end();
  });

  it('passes on at once what else goes wrong', async () => {
    const pool = open(1, 10_000, 'postgres://nobody:x@127.0.0.1:1/ota');
    const codes = await Promise.all(
      [1, 2, 3].map(() => pool.query('SELECT 1').catch((error: unknown) => (error as pg.DatabaseError).code)),
    );
    expect(codes).toEqual(['ECONNREFUSED', 'ECONNREFUSED', 'ECONNREFUSED']);
  });

  it('is the one of the server, with as many connections as it is told, and a name', async () => {
    const dataSource = await new DataSource(dataSourceOptions(database.url, { poolSize: 4 })).initialize();
    try {
      const names = await Promise.all(
        Array.from({ length: 12 }, () =>
          dataSource.query<[{ pid: number; name: string }]>(
            `SELECT pg_backend_pid() AS pid, current_setting('application_name') AS name FROM pg_sleep(0.02)`,
          ),
        ),
      );
      expect(new Set(names.map(([{ pid }]) => pid)).size).toBe(4);
      expect(names[0]?.[0].name).toMatch(new RegExp(`^ota-server .+:${process.pid}$`));
    } finally {
      await dataSource.destroy();
    }
  });
});
