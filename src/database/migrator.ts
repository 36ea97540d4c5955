import { DataSource, MigrationExecutor, type QueryRunner } from 'typeorm';
import { schemaDataSourceOptions } from './data-source.js';
import { withMigrationLock, type LockOptions } from './migration-lock.js';
import { MIGRATIONS } from './schema.js';

/** A server that starts may wait for longer than one that answers requests. */
const CONNECT_PATIENCE_MS = 10_000;

/**
 * Brings the schema up to date. Servers that start together take turns.
 * @returns the names of what was applied
 * @throws MigrationLockHeld when another server has its turn for too long
 */
export function migrateUp(url: string, options: LockOptions = {}): Promise<string[]> {
  return withSchema(url, options, async (dataSource) => {
    const isFirst = !(await hasMigrationsTable(dataSource));
    try {
      const applied = await dataSource.runMigrations({ transaction: 'all' });
      return applied.map(({ name }) => name);
    } catch (error) {
      // TypeORM makes its table before the transaction begins; a database that is refused stays as it was.
      if (isFirst) await dataSource.query(`DROP TABLE IF EXISTS ${migrationsTableOf(dataSource)}`);
      throw error;
    }
  });
}

/** The names of all migrations of this version, in their order. */
export const migrationNames = (): string[] => MIGRATIONS.map((one) => new one().name ?? one.name);

/**
 * Migrates in the transaction of a query runner, whose database nobody else uses.
 * @param names of the migrations to apply; all by default. Those that were applied are passed over
 */
export async function migrateWithin(
  runner: QueryRunner,
  url: string,
  names: readonly string[] = migrationNames(),
): Promise<void> {
  const migrations = MIGRATIONS.filter((one) => names.includes(new one().name ?? one.name));
  const dataSource = await new DataSource({ ...schemaDataSourceOptions(url), migrations }).initialize();
  try {
    await new MigrationExecutor(dataSource, runner).executePendingMigrations();
  } finally {
    await dataSource.destroy();
  }
}

/** Reverts the newest applied migration. @returns its name, null when there is none */
export function migrateDown(url: string): Promise<string | null> {
  return withSchema(url, {}, async (dataSource) => {
    const newest = await newestApplied(dataSource);
    await dataSource.undoLastMigration({ transaction: 'all' });
    return newest;
  });
}

/** The SQL that would bring a fully migrated schema to what the entities say; empty when they agree. */
export function findDrift(url: string): Promise<string[]> {
  return withSchema(url, {}, async (dataSource) => {
    const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
    return upQueries.map(({ query }) => query);
  });
}

/** The table in which TypeORM keeps which migrations were applied. */
const migrationsTableOf = ({ options }: DataSource): string => options.migrationsTableName ?? 'migrations';

async function hasMigrationsTable(dataSource: DataSource): Promise<boolean> {
  const [{ exists }] = await dataSource.query<[{ exists: boolean }]>(
    'SELECT to_regclass($1) IS NOT NULL AS exists',
    [migrationsTableOf(dataSource)],
  );
  return exists;
}

async function newestApplied(dataSource: DataSource): Promise<string | null> {
  if (!(await hasMigrationsTable(dataSource))) return null;
  const rows = await dataSource.query<{ name: string }[]>(
    `SELECT name FROM ${migrationsTableOf(dataSource)} ORDER BY id DESC LIMIT 1`,
  );
  return rows[0]?.name ?? null;
}

function withSchema<T>(
  url: string,
  options: LockOptions,
  work: (dataSource: DataSource) => Promise<T>,
): Promise<T> {
  return withMigrationLock(url, options, async () => {
    const dataSource = new DataSource({
      ...schemaDataSourceOptions(url),
      connectTimeoutMS: CONNECT_PATIENCE_MS,
    });
    try {
      await dataSource.initialize();
      return await work(dataSource);
    } finally {
      if (dataSource.isInitialized) await dataSource.destroy();
    }
  });
}
