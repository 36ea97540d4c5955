import { DataSource } from 'typeorm';
import { dataSourceOptions, type PostgresOptions } from '../../src/database/data-source.js';
import { inTransaction } from '../../src/database/transaction.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

describe('the connections to the database', () => {
  let database: TestDatabase;
  let dataSource: DataSource;

  const open = async (more: Record<string, unknown> = {}): Promise<void> => {
    const options: PostgresOptions = dataSourceOptions(database.url);
    const extra = { ...(options.extra as object), max: 1, ...more };
    dataSource = await new DataSource({ ...options, extra }).initialize();
  };
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterEach(() => dataSource.destroy());
  afterAll(() => database.drop());

  const pid = async (): Promise<number> => {
    const [row] = await dataSource.query<{ pid: number }[]>('SELECT pg_backend_pid() AS pid');
    return row!.pid;
  };

  it('have limits that the server keeps by itself', async () => {
    await open();
    const rows = await dataSource.query<{ name: string; setting: string }[]>(
      `SELECT name, setting FROM pg_settings WHERE name ~ '^(statement|lock|idle_in_transaction_session)_timeout$'`,
    );
    expect(rows).toHaveLength(3);
    expect(rows.every(({ setting }) => Number(setting) > 0)).toBe(true);
    // A client that gives up before the server would leave the statement running.
    const { query_timeout, statement_timeout } = dataSourceOptions(database.url).extra as Record<
      string,
      number
    >;
    expect(query_timeout).toBeGreaterThan(statement_timeout!);
  });

  it('end when a query on them times out on this side, also within a transaction', async () => {
    await open({ query_timeout: 300, statement_timeout: 0 });
    const before = await pid();
    const slow = inTransaction(dataSource.manager, (manager) => manager.query('SELECT pg_sleep(60)'), {
      statementTimeoutMs: 0,
    });
    await expect(slow).rejects.toThrow('Query read timeout');
    const after = await pid();
    expect(after).not.toBe(before);
    const rows = await dataSource.query<unknown[]>('SELECT now() = transaction_timestamp() AS idle');
    expect(rows).toEqual([{ idle: true }]);
    await database.query('SELECT pg_terminate_backend($1)', [before]);
  });
});
