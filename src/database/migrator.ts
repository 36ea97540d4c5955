import pg from 'pg';
import { DataSource } from 'typeorm';
import { schemaDataSourceOptions } from './data-source.js';

const MIGRATION_LOCK = 4_007_002;

/** Brings the schema up to date. Servers that start together take turns. @returns the names of what was applied */
export function migrateUp(url: string): Promise<string[]> {
  return withSchema(url, async (dataSource) => {
    const applied = await dataSource.runMigrations({ transaction: 'all' });
    return applied.map(({ name }) => name);
  });
}

/** Takes the newest applied migration back. @returns its name, null when there is none */
export function migrateDown(url: string): Promise<string | null> {
  return withSchema(url, async (dataSource) => {
    const newest = await newestApplied(dataSource);
    await dataSource.undoLastMigration({ transaction: 'all' });
    return newest;
  });
}

/** The SQL that would bring a fully migrated schema to what the entities say; empty when they agree. */
export function findDrift(url: string): Promise<string[]> {
  return withSchema(url, async (dataSource) => {
    const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
    return upQueries.map(({ query }) => query);
  });
}

async function newestApplied(dataSource: DataSource): Promise<string | null> {
  const table = dataSource.options.migrationsTableName ?? '';
  const [{ exists }] = await dataSource.query<[{ exists: boolean }]>(
    'SELECT to_regclass($1) IS NOT NULL AS exists',
    [table],
  );
  if (!exists) return null;
  const rows = await dataSource.query<{ name: string }[]>(
    `SELECT name FROM ${table} ORDER BY id DESC LIMIT 1`,
  );
  return rows[0]?.name ?? null;
}

async function withSchema<T>(url: string, work: (dataSource: DataSource) => Promise<T>): Promise<T> {
  const lock = new pg.Client({ connectionString: url, keepAlive: true });
  const dataSource = new DataSource(schemaDataSourceOptions(url));
  await lock.connect();
  try {
    await lock.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await dataSource.initialize();
    return await work(dataSource);
  } finally {
    if (dataSource.isInitialized) await dataSource.destroy();
    await lock.end();
  }
}
